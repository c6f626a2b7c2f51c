"""Samples to show a model: the bundled digits in the model's size, or those of a data set that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet.types import Array

import numpy as np

from dataset import Dataset, names
from nn.explore.scale import inputRange, inputShapeOf, pictureShape
from nn.explore.subjects.centring import centred

MOST = 1000


@dataclass(frozen=True)
class Samples:
    """Some samples of a data set.

    Attributes
    ----------
    inputs : as the model takes them, raw numbers (*sampleShape, N).
    labels : class numbers (N,), or None.
    classNames : their names, or None.
    name : that of the data set.
    """

    inputs: Array
    labels: Array | None
    classNames: list[str] | None
    name: str

    def __len__(self) -> int:
        return self.inputs.shape[-1]


def samplesFor(model: Any, dataset: str | None = None) -> Samples | None:
    """At most 1,000 test samples of a data set, in the shape that the model takes.

    Without a name the bundled digits, where the model takes pictures of one channel, resized; None for other models.
    ValueError if there is no such data set, or the model does not take its samples.
    """
    shape = inputShapeOf(model)
    if dataset is None:
        return None if pictureShape(model) is None else _digits(model)
    if dataset not in names:
        raise ValueError(f"there is no data set {dataset!r}: there are {', '.join(names)}")
    size = MOST
    try:
        chosen = Dataset(dataset, test_size=size, rng=0)
    except ValueError:
        chosen = Dataset(dataset, rng=0)
    inputs, labels = chosen.testSet()
    if shape is not None and int(np.prod(shape)) == int(np.prod(inputs.shape[:-1])):
        inputs = inputs.reshape(*shape, inputs.shape[-1])
    if shape is not None and inputs.shape[:-1] != shape:
        raise ValueError(
            f"the model takes samples of shape {shape}, those of {dataset!r} have {inputs.shape[:-1]}: name another"
        )
    classes = None if chosen.classes is None or labels.ndim != 2 else labels.argmax(axis=0)
    return Samples(inputs[..., :MOST], None if classes is None else classes[:MOST], chosen.classNames, dataset)


def _digits(model: Any) -> Samples | None:
    picture, shape = pictureShape(model), inputShapeOf(model)
    if picture is None or picture[0] != 1 or shape is None:
        return None
    digits = Dataset("digits", rng=0)
    inputs, labels = digits.testSet()
    height, width = picture[1:]
    images = inputs.reshape(8, 8, -1)
    if (height, width) != (8, 8):
        images = np.stack([centred(images[..., i], height, width) for i in range(images.shape[-1])], axis=-1)
    low, high = inputRange(model)
    return Samples(low + (high - low) * images.reshape(*shape, -1), labels.argmax(axis=0), digits.classNames, "digits")

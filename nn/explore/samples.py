"""Samples to show a model: the bundled digits in the model's size, or those of a data set that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet.types import Array, Shape

import numpy as np

from dataset import Dataset, names
from nn.synthesis.resizing import resized

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


def inputShapeOf(model: Any) -> Shape | None:
    """The shape of one sample, of a model of any kind; None where any will do."""
    shape = getattr(model, "inputShape", None) or getattr(model, "sampleShape", None)
    if shape is None and hasattr(model, "components"):
        shape = (model.mean.size,)
    return None if shape is None else tuple(shape)


def pictureShape(model: Any) -> tuple[int, int, int] | None:
    """(channels, height, width) of the pictures a model takes; None if its samples are none, by their shape.

    (784,) is a square of pixels; (28, 28) are rows, to a recurrent network.
    """
    shape = inputShapeOf(model)
    if shape is None:
        return None
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        return (1, side, side) if side * side == shape[0] and side >= SMALLEST else None
    if len(shape) == 3:
        return shape if shape[0] in (1, 3) and min(shape[1:]) >= SMALLEST else None
    return None


SMALLEST = 6  # pixels a side of what is taken for a picture


def _digits(model: Any) -> Samples | None:
    picture, shape = pictureShape(model), inputShapeOf(model)
    if picture is None or picture[0] != 1 or shape is None:
        return None
    digits = Dataset("digits", rng=0)
    inputs, labels = digits.testSet()
    images = resized(inputs.reshape(1, 8, 8, -1), *picture[1:])
    return Samples(images.reshape(*shape, -1), labels.argmax(axis=0), digits.classNames, "digits")

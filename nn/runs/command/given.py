"""The data that a model from a file is measured on: a named data set, or a file or folder of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leibnet.files import absolute
from leibnet.types import Shape

import numpy as np

from dataset import Dataset, names
from dataset.catalogue import LOADERS, TEXTS
from nn.models.model import Model
from nn.models.objective import lastActivation
from nn.models.sequences.languagemodel import LanguageModel
from nn.runs.command.ownfiles import own

DATA = "a data set by name, or your own: a .csv, an .npz, a .txt, a folder of images"
STEPS, STREAMS = 100, 16  # of a text: characters of a piece, pieces read side by side


def dataFor(model: Model, given: str) -> Dataset:
    """The data in the shape that the model takes, with its classes. ValueError or OSError says why that cannot be.

    Parameters
    ----------
    model : from a file.
    given : the name of a data set, or a path: a .csv whose lines are samples, the last column the labels if there is
        one more column than the model takes; an .npz with `inputs` (*shape, N) and `labels`; a .txt for a language
        model; a folder of images. Such data have no splits: each of them is all there is.
    """
    path = absolute(given)
    if model.domains != 1:
        raise ValueError(f"a {model.name} is measured on samples of two kinds: in a program, by Dataset.fromDomains")
    if isinstance(model, LanguageModel):
        return _text(model, given, path)
    if given in names:
        return _shaped(model, _named(model, given))
    if not path.exists():
        known = ", ".join(names)
        remedy = "a name is spelled so, and a path leads to a .csv, an .npz, a .txt or a folder of images"
        raise ValueError(f"there is no data set {given!r}, and no such file: there are {known}; {remedy}")
    return _shaped(model, own(model, path, _shape_of(model)))


def _text(model: LanguageModel, given: str, path: Path) -> Dataset:
    if given not in TEXTS and path.suffix != ".txt":
        raise ValueError(f"expected a text for a language model, {', '.join(TEXTS)} or a .txt, got {given}")
    text = TEXTS[given]() if given in TEXTS else path
    return Dataset.fromText(text, STEPS, STREAMS, vocabulary=model.vocabulary, validation=0.1, test=0.1, name=given)


def _named(model: Model, name: str) -> Dataset:
    shape = _shape_of(model)
    options: dict[str, Any] = {}
    if shape is not None and "side" in (LOADERS[name].__kwdefaults__ or {}):
        options["side"] = shape[-1]
    if _gives(model) == (-1, 1):
        options["valueRange"] = (-1, 1)
    try:
        dataset = Dataset(name, images=shape is not None and len(shape) == 3, rng=0, **options)
    except ValueError:
        dataset = Dataset(name, rng=0)
    return _with_classes(model, dataset)


def _with_classes(model: Model, dataset: Dataset) -> Dataset:
    """The samples of the classes that the model knows."""
    mine, there = model.classNames, dataset.classNames
    if mine is None or there is None or mine == there:
        return dataset
    if set(mine) <= set(there):
        return dataset.ofClasses(mine)
    if not model.labelled:
        return dataset
    raise ValueError(f"the model knows the classes {', '.join(mine)}, and {dataset.name} has {', '.join(there)}")


def _shaped(model: Model, dataset: Dataset) -> Dataset:
    """The same data set, with samples of the model's shape, if they have as many numbers."""
    shape = _shape_of(model)
    if shape is None or dataset.sampleShape == shape:
        return dataset
    if int(np.prod(shape)) != dataset.inputDim:
        raise ValueError(
            f"the model takes samples of shape {shape}, {int(np.prod(shape)):,} numbers, and those of {dataset.name} "
            f"have the shape {dataset.sampleShape}, {dataset.inputDim:,} numbers: name the data it was trained on"
        )
    return dataset.mapped(lambda x: x.reshape(*shape, x.shape[-1]))


def _shape_of(model: Model) -> Shape | None:
    """The shape of one sample that the model takes; None where any will do."""
    shape = model.inputShape or model.sampleShape
    return None if shape is None else tuple(shape)


def _gives(model: Model) -> tuple[float, float] | None:
    """The range of the samples that a model without labels gives; None where it gives none, or any."""
    if model.labelled:
        return None
    networks = model.networks()
    chain = next((networks[name] for name in model.generating if name in networks), list(networks.values())[-1])
    activation = lastActivation(chain)
    return None if activation is None else activation.range

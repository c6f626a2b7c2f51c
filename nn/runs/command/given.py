"""The data that a model from a file is measured on: a named data set, or a file or folder of the user's."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from leibnet.arguments import refusal
from leibnet.files import absolute
from leibnet.types import Array, Shape

import numpy as np

from dataset import Dataset, names
from dataset.catalogue import LOADERS, TEXTS
from nn.models.model import Model
from nn.models.objective import lastActivation
from nn.models.sequences.languagemodel import LanguageModel

DATA = "a data set by name, or your own: a .csv, an .npz, a .txt, a folder of images"
STEPS, STREAMS = 100, 16  # of a text: characters of a piece, pieces read side by side
NAMES = {"inputs": ("inputs", "x", "X"), "labels": ("labels", "y", "Y")}
Pair = tuple[Array, Array | None]


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
    if path.is_dir():
        return _shaped(model, _folder(model, path))
    if path.suffix not in (".csv", ".npz"):
        raise ValueError(f"expected a .csv, an .npz or a folder of images, got {path}")
    inputs, labels = _table(model, path) if path.suffix == ".csv" else _arrays(path)
    return _shaped(model, _own(model, inputs, labels, path.name))


# Named ones ----------------------------------------------------------------------------------------------------------


def _named(model: Model, name: str) -> Dataset:
    shape = shapeOf(model)
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
    shape = shapeOf(model)
    if shape is None or dataset.sampleShape == shape:
        return dataset
    if int(np.prod(shape)) != dataset.inputDim:
        raise ValueError(
            f"the model takes samples of shape {shape}, {int(np.prod(shape)):,} numbers, and those of {dataset.name} "
            f"have the shape {dataset.sampleShape}, {dataset.inputDim:,} numbers: name the data it was trained on"
        )
    return dataset.mapped(lambda x: x.reshape(*shape, x.shape[-1]))


def shapeOf(model: Model) -> Shape | None:
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


# The user's own ------------------------------------------------------------------------------------------------------


def _text(model: LanguageModel, given: str, path: Path) -> Dataset:
    if given not in TEXTS and path.suffix != ".txt":
        raise ValueError(f"expected a text for a language model, {', '.join(TEXTS)} or a .txt, got {given}")
    text = TEXTS[given]() if given in TEXTS else path
    return Dataset.fromText(text, STEPS, STREAMS, vocabulary=model.vocabulary, validation=0.1, test=0.1, name=given)


def _folder(model: Model, path: Path) -> Dataset:
    shape = shapeOf(model)
    size, colour = None, False
    if shape is not None and len(shape) == 3:
        size, colour = (shape[1], shape[2]), shape[0] == 3
    elif shape is not None and len(shape) == 1 and round(shape[0] ** 0.5) ** 2 == shape[0]:
        size = (round(shape[0] ** 0.5),) * 2
    read = Dataset.fromFolder(path, size=size, colour=colour, test_size=0, shuffle=False)
    inputs, classes = read.trainSet()
    found = read.classNames
    labels = None if found is None else np.array(found)[classes.argmax(axis=0)]
    return _own(model, inputs, labels, path.name)


def _table(model: Model, path: Path) -> Pair:
    """The lines of a file as columns, and its last column where the model does not take it."""
    lines = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
    if lines and not _is_number(lines[0][0]):
        del lines[0]  # the names of the columns
    widths = sorted({len(row) for row in lines})
    if len(widths) != 1:
        raise ValueError(f"{path}: expected lines of one length below the first one, got lengths of {widths or 'none'}")
    shape = shapeOf(model)
    features = widths[0] - 1 if shape is None else int(np.prod(shape))
    if widths[0] not in (features, features + 1):
        raise ValueError(
            f"{path}: expected {features:,} columns, and one with the labels if there are any, got {widths[0]:,}"
        )
    try:
        inputs = np.array([row[:features] for row in lines], float).T
    except ValueError as error:
        raise ValueError(f"{path}: expected numbers in the first {features:,} columns: {error}") from None
    texts = [row[features].strip() for row in lines] if widths[0] > features else None
    if texts is None:
        return inputs, None
    return inputs, np.array(texts) if not all(map(_is_number, texts)) else np.array(texts, float)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _arrays(path: Path) -> Pair:
    with np.load(path, allow_pickle=False) as file:
        found = {kind: next((one for one in spelled if one in file), None) for kind, spelled in NAMES.items()}
        if found["inputs"] is None:
            held = ", ".join(file.files) or "nothing"
            raise ValueError(f"{path}: expected arrays `inputs` and, if there are any, `labels`, got {held}")
        inputs = file[found["inputs"]]
        return inputs, None if found["labels"] is None else file[found["labels"]]


def _own(model: Model, inputs: Array, labels: Array | None, name: str) -> Dataset:
    """A data set of which every split is all there is."""
    options: dict[str, Any] = {}
    if labels is not None:
        labels, options = _labels(model, labels)
    elif model.labelled:
        raise ValueError(f"{name} has no labels, and a {model.name} is measured by them: add them")
    return Dataset.fromArrays(
        inputs, labels, testInputs=inputs, testLabels=labels, name=name, shuffle=False, rng=0, **options
    )


def _labels(model: Model, labels: Array) -> tuple[Array, dict[str, Any]]:
    """Labels as the model counts its classes, or as the numbers they are."""
    if labels.ndim != 1:
        return labels, {}
    outputs = getattr(model, "outputShape", None)
    classes = model.classNames
    if classes is None and outputs is not None and len(outputs) == 1 and outputs[0] > 1:
        classes = [str(number) for number in range(outputs[0])]
    if labels.dtype.kind == "f" and (labels % 1 == 0).all():
        labels = labels.astype(int)
    if classes is None or labels.dtype.kind == "f":
        return labels[np.newaxis].astype(float), {}
    texts = labels.astype(str)
    if set(texts) <= set(classes):
        return texts, {"classNames": classes}
    if labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < len(classes):
        return labels, {"classNames": classes}
    strange = sorted(set(texts) - set(classes))
    raise ValueError(refusal("the labels", "their classes", f"among {', '.join(classes)}", ", ".join(strange[:5])))

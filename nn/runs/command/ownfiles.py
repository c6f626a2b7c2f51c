"""Files of the user's own that a model is measured on: a .csv, an .npz, a folder of images."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array, Shape

import numpy as np

from dataset import Dataset
from nn.models.model import Model

NAMES = {"inputs": ("inputs", "x", "X"), "labels": ("labels", "y", "Y")}
Pair = tuple[Array, Array | None]


def own(model: Model, path: Path, shape: Shape | None) -> Dataset:
    """A data set of which every split is all that there is at this path; `shape` is that of a sample, if any is asked.

    ValueError or OSError says why there is none.
    """
    if path.is_dir():
        inputs, labels = _folder(path, shape)
    elif path.suffix in (".csv", ".npz"):
        inputs, labels = _table(path, shape) if path.suffix == ".csv" else _arrays(path)
    else:
        raise ValueError(f"expected a .csv, an .npz or a folder of images, got {path}")
    options: dict[str, Any] = {}
    if labels is not None:
        labels, options = _labels(model, labels)
    elif model.labelled:
        raise ValueError(f"{path.name} has no labels, and a {model.name} is measured by them: add them")
    return Dataset.fromArrays(
        inputs, labels, testInputs=inputs, testLabels=labels, name=path.name, shuffle=False, rng=0, **options
    )


def _folder(path: Path, shape: Shape | None) -> Pair:
    size, colour = None, False
    if shape is not None and len(shape) == 3:
        size, colour = (shape[1], shape[2]), shape[0] == 3
    elif shape is not None and len(shape) == 1 and round(shape[0] ** 0.5) ** 2 == shape[0]:
        size = (round(shape[0] ** 0.5),) * 2
    read = Dataset.fromFolder(path, size=size, colour=colour, test_size=0, shuffle=False)
    inputs, classes = read.trainSet()
    found = read.classNames
    return inputs, None if found is None else np.array(found)[classes.argmax(axis=0)]


def _table(path: Path, shape: Shape | None) -> Pair:
    """The lines of a file as columns, and its last column where the model does not take it."""
    lines = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
    if lines and not _is_number(lines[0][0]):
        del lines[0]  # the names of the columns
    widths = sorted({len(row) for row in lines})
    if len(widths) != 1:
        raise ValueError(f"{path}: expected lines of one length below the first one, got lengths of {widths or 'none'}")
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

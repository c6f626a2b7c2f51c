"""The user's own arrays, checked and turned into rows."""

from dataclasses import replace
from typing import Any

import numpy as np

from dataset.sizes import Sizes
from dataset.source import Array, Source

MAX_CLASSES = 1_000_000
"""Larger class numbers are no class numbers; and their one-hot columns would fill the memory."""


def input_rows(name: str, inputs: Any, dtype: np.dtype[Any]) -> Array:
    """Columns of inputs (features, N) as rows (N, features): uint8 stays uint8, everything else becomes `dtype`.

    A copy: what happens to the user's array later does not matter.
    """
    array = matrix(name, inputs, "(features, N), one sample a column")
    return np.array(array.T, order="C") if array.dtype == np.uint8 else float_rows(name, array, dtype)


def label_rows(name: str, labels: Any, inputs: Array, dtype: np.dtype[Any]) -> Array:
    """Labels of the samples `inputs` (N, features).

    Class numbers stay a vector (N,), targets (targets, N) become rows (N, targets).
    """
    array = as_array(name, labels)
    if array.ndim == 1:
        check_size(name, array, inputs)
        return class_numbers(name, array)
    array = matrix(name, array, "class numbers (N,) or targets (targets, N), one sample a column")
    check_size(name, array, inputs)
    return float_rows(name, array, dtype)


def check_size(name: str, labels: Array, inputs: Array) -> None:
    """Raise ValueError unless there is one label for each of the `inputs` (N, features)."""
    size, features = inputs.shape
    if labels.shape[-1] == size:
        return
    advice = "give one label a sample"
    if labels.shape[0] == size:
        advice = "samples are columns, pass labels.T"
    elif labels.shape[-1] == features:
        advice = "samples are columns, did you mean inputs.T?"
    raise ValueError(f"{name}: expected labels for {size} samples, got shape {labels.shape}; {advice}")


def class_numbers(name: str, labels: Array) -> Array:
    """A vector of class numbers 0, 1, 2, ... as indices."""
    numbering = "number the classes by classNames, labels = np.unique(labels, return_inverse=True)"
    regression = "use labels[np.newaxis, :] for targets of a regression"
    if labels.dtype.kind == "f":
        raise ValueError(
            f"{name}: expected a vector of whole class numbers, got {labels.dtype}; use labels.astype(int), or "
            f"{regression}"
        )
    if labels.dtype.kind not in "biu":
        raise ValueError(f"{name}: expected a vector of whole class numbers, got {labels.dtype}; {numbering}")
    if labels.min() < 0:
        sample = int(np.argmax(labels < 0))
        raise ValueError(
            f"{name}: expected class numbers of at least 0, got {labels[sample]} at sample {sample}; {numbering}"
        )
    if int(labels.max()) >= MAX_CLASSES:
        sample = int(np.argmax(labels))
        raise ValueError(
            f"{name}: expected class numbers 0, 1, 2, ... below {MAX_CLASSES}, got {labels[sample]} at sample "
            f"{sample}; {numbering}, or {regression}"
        )
    return labels.astype(np.intp)


def as_array(name: str, value: Any) -> Array:
    """`value` as an array of whatever kind; ValueError when NumPy cannot make one, or some entries are masked."""
    if np.ma.is_masked(value):
        masked = int(np.ma.getmaskarray(value).sum())
        raise ValueError(
            f"{name}: expected numbers without a mask, got {masked} masked entries; fill them by .filled(...), or "
            "remove those samples"
        )
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}: expected an array of numbers, with rows of equal length; NumPy says: {error}"
        ) from error


def matrix(name: str, value: Any, expected: str) -> Array:
    """`value` as an array of real numbers with two axes, none of them empty."""
    array = as_array(name, value)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name}: expected real numbers, got an array of {array.dtype}; convert it to integers or floats"
        )
    if array.ndim != 2:
        raise ValueError(f"{name}: expected shape {expected}, got {array.shape}; reshape it to two axes")
    if 0 in array.shape:
        raise ValueError(
            f"{name}: expected shape {expected}, got the empty array of shape {array.shape}; give at least one sample"
        )
    return array


def float_rows(name: str, columns: Array, dtype: np.dtype[Any]) -> Array:
    """Columns (features, N) as rows (N, features) of finite floats."""
    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.array(columns.T, dtype, order="C")
    bad = ~np.isfinite(rows)
    if bad.any():
        column, row = map(int, np.argwhere(bad)[0])
        raise ValueError(
            f"{name}: expected finite numbers in {dtype}, got {columns[row, column]} at row {row}, column {column} "
            f"(entry {row} of sample {column}), the first of {int(bad.sum())} in all; repair or remove those samples"
        )
    return rows


def source(name: str, inputs: Any, labels: Any, test_inputs: Any, test_labels: Any, dtype: np.dtype[Any]) -> Source:
    """The user's arrays as a source; without `test_inputs` its test part is empty."""
    rows = input_rows("inputs", inputs, dtype)
    answers = None if labels is None else label_rows("labels", labels, rows, dtype)
    if test_inputs is None:
        if test_labels is not None:
            raise ValueError("testLabels: expected testInputs with them, got None; give both or neither")
        test_rows, test_answers = rows[:0], None if answers is None else answers[:0]
    else:
        test_rows = input_rows("testInputs", test_inputs, dtype)
        test_answers = None if test_labels is None else label_rows("testLabels", test_labels, test_rows, dtype)
        check_same_kind(rows, test_rows, answers, test_answers)
    return Source(
        name=name,
        inputs=rows,
        labels=answers,
        testInputs=test_rows,
        testLabels=test_answers,
        white=255 if rows.dtype == np.uint8 else None,
        classes=count_classes(answers, test_answers),
        description="Own arrays.",
    )


def check_same_kind(rows: Array, test_rows: Array, answers: Array | None, test_answers: Array | None) -> None:
    """Raise ValueError unless training and test part can be fed to the same network."""
    if (rows.shape[1], rows.dtype) != (test_rows.shape[1], test_rows.dtype):
        raise ValueError(
            f"testInputs: expected {rows.shape[1]} features of {rows.dtype} as in inputs, "
            f"got {test_rows.shape[1]} of {test_rows.dtype}"
        )
    if (answers is None) != (test_answers is None):
        given, missing = ("labels", "testLabels") if test_answers is None else ("testLabels", "labels")
        raise ValueError(f"{missing}: expected them because {given} are given, got None; give both or neither")
    if answers is not None and test_answers is not None and answers.shape[1:] != test_answers.shape[1:]:
        raise ValueError(f"testLabels: expected {describe(answers)} as in labels, got {describe(test_answers)}")


def describe(answers: Array) -> str:
    return "class numbers (N,)" if answers.ndim == 1 else f"targets ({answers.shape[1]}, N)"


def count_classes(*answers: Array | None) -> int | None:
    """The largest class number + 1, or None where the labels are not class numbers."""
    vectors = [vector for vector in answers if vector is not None and vector.ndim == 1 and len(vector)]
    return max(int(vector.max()) for vector in vectors) + 1 if vectors else None


def split_off(source: Source, sizes: Sizes, rng: np.random.Generator) -> Source:
    """The source with `sizes.test` samples, chosen by `rng`, moved to its test part.

    By default a sixth of all samples, rounded down, or what training and validation leave if that is less.
    """
    size = len(source.inputs)
    left = size - (sizes.trainPart or 0)
    test_size = max(0, min(size // 6, left)) if sizes.test is None else sizes.test
    if test_size >= size:
        raise ValueError(f"test_size: expected fewer than the {size} samples of {source.name!r}, got {test_size}")
    order = rng.permutation(size)
    train, test = order[test_size:], order[:test_size]
    return replace(
        source,
        inputs=source.inputs[train],
        labels=None if source.labels is None else source.labels[train],
        testInputs=source.inputs[test],
        testLabels=None if source.labels is None else source.labels[test],
    )

"""The user's own arrays, checked and turned into rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray, positionsOf, realNumbers
from leibnet.frames import columnNames, isFrame
from leibnet.terminal import warn
from leibnet.types import Array

import numpy as np

from dataset.own.rounding import warnOfLostNumbers
from dataset.own.texts import areTexts, labelArray, numbered
from dataset.sequences.lengths import checkedLengths
from dataset.source import Source
from dataset.split import columns
from dataset.weights import checkedWeights

MAX_CLASSES = 1_000_000
"""Larger class numbers are no class numbers; and their one-hot columns would fill the memory."""
OWNER = "Dataset.fromArrays"
_NUMBERING = "number the classes by classNames, labels = np.unique(labels, return_inverse=True)"
_REGRESSION = "use labels[np.newaxis, :] for targets of a regression"


@dataclass(frozen=True)
class Given:
    """Arrays as the user gives them, samples last, or tables whose rows are samples; `dtype` is what they become.

    `oneHot` is True where class numbers with several axes (..., N) are to be told from targets.
    """

    inputs: Any
    labels: Any
    testInputs: Any
    testLabels: Any
    dtype: np.dtype[Any]
    oneHot: bool | None = None
    weights: Any = None
    testWeights: Any = None
    classNames: list[str] | None = None
    lengths: Any = None
    testLengths: Any = None

    def source(self, name: str) -> Source:
        """The arrays as a source; without `testInputs` its test part is empty."""
        inputs = asArray(self.inputs, OWNER, "inputs")
        rows = _input_rows("inputs", inputs, self.dtype)
        labels, test_labels, names = self._numbered(inputs)
        answers = self._answers("labels", labels, rows)
        weights, test_weights = self._weights("sampleWeights", self.weights, rows, answers), None
        lengths, test_lengths = checkedLengths(OWNER, "lengths", self.lengths, rows), None
        if self.testInputs is None:
            if self.testLengths is not None:
                raise ValueError(refusal(OWNER, "testLengths", "omitted without testInputs", self.testLengths))
            if self.testWeights is not None:
                remedy = "those of the samples that are split off for the test are among sampleWeights"
                raise ValueError(refusal(OWNER, "testWeights", "omitted without testInputs", self.testWeights, remedy))
            if self.testLabels is not None:
                raise ValueError(
                    refusal(OWNER, "testInputs", "given because testLabels are", None, "give both or neither")
                )
            test_rows, test_answers = rows[:0], None if answers is None else answers[:0]
        else:
            _check_same_columns(self.inputs, self.testInputs)
            test_rows = _input_rows("testInputs", self.testInputs, self.dtype)
            test_answers = self._answers("testLabels", test_labels, test_rows)
            test_weights = self._weights("testWeights", self.testWeights, test_rows, test_answers)
            test_lengths = checkedLengths(OWNER, "testLengths", self.testLengths, test_rows)
            rows, test_rows = _numbers_if_black_and_white(rows, test_rows, self.dtype)
            _check_same_kind(rows, test_rows, answers, test_answers)
        rows, test_rows = _numbers_if_black_and_white(rows, test_rows, self.dtype)
        warnOfLostNumbers(OWNER, "inputs", inputs, rows)
        if self.oneHot is not False and names is None:
            _warn_of_missing_classes(answers, test_answers)
        return Source(
            name=name,
            inputs=rows,
            labels=answers,
            testInputs=test_rows,
            testLabels=test_answers,
            white=255 if rows.dtype == np.uint8 else None,
            classes=_count_classes(names, answers, test_answers),
            classNames=names,
            featureNames=columnNames(self.inputs) if isFrame(self.inputs) else None,
            weights=weights,
            testWeights=test_weights,
            lengths=lengths,
            testLengths=test_lengths,
            imageShape=(rows.shape[2], rows.shape[3]) if rows.ndim == 4 else None,
            description="Own arrays.",
        )

    def _numbered(self, inputs: Array) -> tuple[Any, Any, list[str] | None]:
        """Labels and test labels, texts among them as class numbers, and the names of the classes."""
        given = {"labels": self.labels, "testLabels": self.testLabels}
        arrays = {name: labelArray(OWNER, name, one) for name, one in given.items() if one is not None}
        texts = [name for name, array in arrays.items() if areTexts(array)]
        if not texts:
            return arrays.get("labels"), arrays.get("testLabels"), self.classNames
        for name in arrays:
            if name not in texts:
                raise TypeError(refusal(OWNER, name, "texts, as the other labels are", arrays[name].dtype))
            if not self._areClasses(arrays[name], inputs):
                expected = "texts (N,), one for each sample, or with oneHot=True one for each step or pixel"
                raise ValueError(refusal(OWNER, name, expected, arrays[name].shape))
        numbers, names = numbered(OWNER, arrays, self.classNames)
        return numbers.get("labels"), numbers.get("testLabels"), names

    def _areClasses(self, labels: Array, inputs: Array) -> bool:
        """Whether labels of such inputs are class numbers, or names: (N,), or with `oneHot` of steps or pixels."""
        return labels.ndim == 1 or bool(self.oneHot and (labels.ndim, inputs.ndim) != (2, 2))

    def _weights(self, name: str, given: Any, rows: Array, answers: Array | None) -> Array | None:
        """Weights (N,), or (..., N) of the steps or pixels that have labels or inputs, as rows."""
        if given is None:
            return None
        weights = checkedWeights(OWNER, name, given).astype(float)
        positions = {(len(rows),), _positions(rows, answers)}
        if weights.shape not in positions:
            expected = " or ".join(f"{one}" for one in sorted(positions, key=len))
            raise ValueError(refusal(OWNER, name, f"of shape {expected}", weights.shape, "samples are the last axis"))
        return np.ascontiguousarray(np.moveaxis(weights, -1, 0))

    def _answers(self, name: str, labels: Any, rows: Array) -> Array | None:
        """Labels of the samples `rows` (N, ...) as rows: class numbers as integers, everything else as floats."""
        if labels is None:
            return None
        array = asArray(labels, OWNER, name)
        if array.ndim != 1:
            _check_numbers(name, array, "class numbers (N,), targets (targets, N) or any shape (..., N)")
        _check_size(name, array, rows)
        if self._areClasses(array, rows):
            return np.ascontiguousarray(np.moveaxis(_class_numbers(name, array), -1, 0))
        rows_of_labels = _float_rows(name, array, self.dtype)
        warnOfLostNumbers(OWNER, name, array, rows_of_labels)
        return rows_of_labels


def _input_rows(name: str, inputs: Any, dtype: np.dtype[Any]) -> Array:
    """Columns of inputs (..., N) as rows (N, ...): uint8 stays uint8, everything else becomes `dtype`.

    A copy: what happens to the user's array later does not matter.
    """
    array = asArray(inputs, OWNER, name)
    _check_numbers(name, array, "(features, N), one sample a column, or any shape (..., N)")
    return (
        np.array(np.moveaxis(array, -1, 0), order="C") if array.dtype == np.uint8 else _float_rows(name, array, dtype)
    )


def _check_size(name: str, labels: Array, rows: Array) -> None:
    """Raise ValueError unless there is one label for each of the inputs `rows` (N, ...)."""
    size, first = rows.shape[0], rows.shape[1]
    if labels.shape[-1] == size:
        return
    advice = "give one label for each sample"
    if labels.shape[0] == size:
        advice = f"samples are the last axis, pass {_turned(name, labels.ndim)}"
    elif labels.shape[-1] == first:
        advice = f"samples are the last axis, did you mean {_turned('inputs', rows.ndim)}?"
    raise ValueError(refusal(OWNER, name, f"of shape (..., {size}), {size} samples", labels.shape, advice))


def _turned(name: str, axes: int) -> str:
    return f"{name}.T" if axes == 2 else f"np.moveaxis({name}, 0, -1)"


def _class_numbers(name: str, labels: Array) -> Array:
    """Class numbers 0, 1, 2, ... as indices; those of steps and pixels, of which there are many, in few bytes."""
    if labels.dtype.kind not in "biu":
        advice = f"use labels.astype(int), or {_REGRESSION}" if labels.dtype.kind == "f" else _NUMBERING
        if labels.ndim > 1:
            advice = "use labels.astype(int), or omit oneHot if they are targets"
        raise ValueError(refusal(OWNER, name, "whole class numbers", labels.dtype, advice))
    smallest, largest = (np.unravel_index(place, labels.shape) for place in (labels.argmin(), labels.argmax()))
    if labels[smallest] < 0:
        raise ValueError(
            refusal(
                OWNER, name, "class numbers of at least 0", int(labels[smallest]), f"{_where(smallest)}: {_NUMBERING}"
            )
        )
    if int(labels[largest]) >= MAX_CLASSES:
        expected = f"class numbers 0, 1, 2, ... below {MAX_CLASSES}"
        advice = f"{_where(largest)}: {_NUMBERING}, or {_REGRESSION}"
        raise ValueError(refusal(OWNER, name, expected, int(labels[largest]), advice))
    return labels.astype(np.intp if labels.ndim == 1 else np.min_scalar_type(int(labels[largest])))


def _check_numbers(name: str, array: Array, expected: str) -> None:
    """Raise unless it is an array of real numbers with at least two axes, none of them empty."""
    realNumbers(OWNER, name, array)
    if array.ndim < 2:
        raise ValueError(
            refusal(OWNER, name, f"of shape {expected}", array.shape, "reshape it; samples are the last axis")
        )
    if 0 in array.shape:
        advice = "give at least one sample, and at least one number for each"
        raise ValueError(refusal(OWNER, name, f"of shape {expected}, not empty", array.shape, advice))


def _float_rows(name: str, given: Array, dtype: np.dtype[Any]) -> Array:
    """Columns (..., N) as rows (N, ...) of finite floats."""
    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.array(np.moveaxis(given, -1, 0), dtype, order="C")
    bad = ~np.isfinite(rows)
    if bad.any():
        sample, *entry = map(int, np.argwhere(bad)[0])
        advice = f"{_where((*entry, sample))}, the first of {int(bad.sum())} in all: repair or remove those samples"
        raise ValueError(refusal(OWNER, name, f"finite numbers in {dtype}", given[(*entry, sample)].item(), advice))
    return rows


def _where(place: tuple[Any, ...]) -> str:
    """Where a number stands in an array whose last axis is that of the samples."""
    *entry, sample = map(int, place)
    if not entry:
        return f"it belongs to sample {sample}"
    return f"it is entry {entry[0] if len(entry) == 1 else tuple(entry)} of sample {sample}"


def _check_same_columns(inputs: Any, test_inputs: Any) -> None:
    """Raise ValueError if both are tables, with other columns or in another order."""
    if isFrame(inputs) and isFrame(test_inputs) and columnNames(inputs) != columnNames(test_inputs):
        known = f"a table with the columns {', '.join(columnNames(inputs))} in this order, as inputs"
        remedy = "give testInputs[inputs.columns]"
        raise ValueError(refusal(OWNER, "testInputs", known, columnNames(test_inputs), remedy))


def _check_same_kind(rows: Array, test_rows: Array, answers: Array | None, test_answers: Array | None) -> None:
    """Raise ValueError unless training and test part can be fed to the same network."""
    if rows.shape[1:] != test_rows.shape[1:]:
        raise ValueError(
            refusal(OWNER, "testInputs", f"of shape {_described(rows)} as inputs", columns(test_rows).shape)
        )
    if rows.dtype != test_rows.dtype:
        advice = "uint8 is scaled, other numbers are not: give both in the same type"
        raise ValueError(refusal(OWNER, "testInputs", f"{rows.dtype} as inputs", test_rows.dtype, advice))
    if (answers is None) != (test_answers is None):
        given, missing = ("labels", "testLabels") if test_answers is None else ("testLabels", "labels")
        raise ValueError(refusal(OWNER, missing, f"given because {given} are", None, "give both or neither"))
    if answers is None or test_answers is None:
        return
    if answers.shape[1:] != test_answers.shape[1:]:
        expected = f"{'class numbers' if _are_numbers(answers) else 'targets'} {_described(answers)} as labels"
        raise ValueError(refusal(OWNER, "testLabels", expected, columns(test_answers).shape))


def _described(rows: Array) -> str:
    """The shape of columns with any number of samples."""
    return f"({', '.join([*map(str, rows.shape[1:]), 'N'])}{',' if rows.ndim == 1 else ''})"


def _count_classes(names: list[str] | None, *answers: Array | None) -> int | None:
    """How many names there are, or the largest class number + 1; None where the labels are not class numbers."""
    numbers = [array for array in answers if array is not None and _are_numbers(array) and len(array)]
    if not numbers:
        if names is not None:
            raise ValueError(refusal(OWNER, "classNames", "omitted for labels that are no class numbers", names))
        return None
    count = max(int(array.max()) for array in numbers) + 1
    if names is not None and count > len(names):
        raise ValueError(refusal(OWNER, "classNames", f"{count} names, as the largest class number says", names))
    return count if names is None else len(names)


def _are_numbers(answers: Array) -> bool:
    """Whether rows of labels are class numbers, rather than targets."""
    return answers.dtype.kind in "iu"


def _positions(rows: Array, answers: Array | None) -> tuple[int, ...]:
    """The shape of the weights of the steps or pixels of labels, or without them of inputs; (N,) of vectors."""
    if answers is not None and _are_numbers(answers):
        return columns(answers).shape  # class numbers have no axis of features
    return positionsOf(columns(rows if answers is None else answers).shape)


def _numbers_if_black_and_white(rows: Array, test_rows: Array, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Both parts as floats if neither has a grey value above 1: what is 0 or 1 is black or white, not nearly black."""
    parts = rows, test_rows
    if any(part.dtype == np.uint8 and part.size and part.max() > 1 for part in parts):
        return parts
    black_and_white = tuple(part.astype(dtype) if part.dtype == np.uint8 else part for part in parts)
    return black_and_white[0], black_and_white[1]


def _warn_of_missing_classes(*answers: Array | None) -> None:
    """Warns where there are classes without samples, as where counting begins at 1."""
    count = _count_classes(None, *answers)
    if count is None:
        return
    there = np.zeros(count, bool)
    for numbers in answers:
        if numbers is not None:
            there[numbers.ravel()] = True
    if there[0] and 2 * np.count_nonzero(there) >= count:
        return
    if there[1:].all():
        words = f"no sample has the class 0: counting begins at 1, and {count} classes are made of {count - 1}"
        cure = "give labels - 1"
    else:
        words, cure = f"only {np.count_nonzero(there)} of {count} classes have samples", _NUMBERING
    warn(f"{OWNER}: {words}; {cure}")

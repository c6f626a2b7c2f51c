"""Lists of sequences of different lengths as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray
from leibnet.frames import columnNames, isFrame
from leibnet.types import Array

import numpy as np

from dataset.own.texts import areTexts
from dataset.sequences.windows import seriesArray

OWNER = "Dataset.fromSequences"


def listed(name: str, given: Any, features: int | None = None) -> list[Array]:
    """Sequences as a list of arrays (steps, features) of finite numbers, with so many features, or as the first has."""
    if isFrame(given) or isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        remedy = "one series alone is cut into samples by windows(series, steps)"
        raise TypeError(refusal(OWNER, name, "a list of sequences (steps, features)", type(given), remedy))
    if isinstance(given, np.ndarray) and given.dtype != object and given.ndim != 3:
        expected, remedy = (
            "a list, or an array (N, steps, features)",
            "one series alone is cut by windows(series, steps)",
        )
        raise ValueError(refusal(OWNER, name, expected, given.shape, remedy))
    sequences = [seriesArray(OWNER, f"{name}[{i}]", one) for i, one in enumerate(given)]
    if not sequences:
        raise ValueError(refusal(OWNER, name, "a list of one sequence or more", []))
    _check_same_features(name, sequences, features)
    return sequences


def featureNames(sequences: Any) -> list[str] | None:
    """The names of the features, where the sequences are tables."""
    names = [columnNames(one) if isFrame(one) else None for one in sequences]
    for i, one in enumerate(names):
        if one != names[0]:
            expected = f"with the columns {names[0]}, as the first" if names[0] else "an array, as the first"
            raise ValueError(refusal(OWNER, f"sequences[{i}]", expected, one))
    return names[0]


def padded(sequences: list[Array], steps: int) -> Array:
    """(steps, features, N), or of sequences (steps_i,) (steps, N); zeros, of texts the first, follow a shorter one."""
    dtype = np.result_type(*sequences)
    if dtype == np.uint8:  # no grey values here, which would be scaled
        dtype = np.dtype(np.int16)
    padding = sequences[0][0] if areTexts(sequences[0]) else 0
    rows = np.full((len(sequences), steps, *sequences[0].shape[1:]), padding, dtype)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence
    return np.moveaxis(rows, 0, -1)


def lengthsOf(sequences: list[Array]) -> Array:
    """How many steps each has, (N,)."""
    return np.array([len(one) for one in sequences])


def labelColumns(name: str, labels: Any, lengths: Array, steps: int, oneHot: bool | None) -> Any:
    """Labels, one entry for each sequence, as `Dataset.fromArrays` takes them: with the samples last.

    Classes (N,) stay; targets (N, targets) become (targets, N). Labels of steps, in which every entry is (steps_i,
    targets), or with `oneHot` (steps_i,) classes, become (steps, targets, N) or (steps, N), padded.
    """
    if labels is None or isFrame(labels):  # whose rows are samples, as `fromArrays` takes them
        return labels
    if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
        raise TypeError(refusal(OWNER, name, "a list with one entry for each sequence", labels))
    entries = [asArray(one, OWNER, f"{name}[{i}]") for i, one in enumerate(labels)]
    if len(entries) != len(lengths):
        raise ValueError(refusal(OWNER, name, f"{len(lengths)} entries, one for each sequence", len(entries)))
    axes = {one.ndim for one in entries}
    of_steps = axes == {2} or (axes == {1} and oneHot is True)
    if axes == {0}:
        if entries[0].dtype.kind == "f":
            remedy = "targets (N, 1) are np.reshape(labels, (-1, 1))"
            raise ValueError(refusal(OWNER, name, "whole class numbers, or names", entries[0].item(), remedy))
        return np.array([one.item() for one in entries]) if areTexts(entries[0]) else np.stack(entries)
    if not of_steps:
        if axes != {1} or len({len(one) for one in entries}) > 1:
            expected = "classes (N,), targets (N, targets), or labels of steps: a list of arrays (steps, targets)"
            remedy = "classes of steps, (steps,) for each sequence, need oneHot=True"
            raise ValueError(refusal(OWNER, name, expected, f"entries of shape {entries[0].shape}, ...", remedy))
        return np.stack(entries, axis=-1)
    for i, (one, length) in enumerate(zip(entries, lengths, strict=True)):
        if len(one) != length:
            expected = f"of {length} steps, as many as its sequence has"
            raise ValueError(refusal(OWNER, f"{name}[{i}]", expected, len(one)))
    if axes == {2}:
        entries = [seriesArray(OWNER, f"{name}[{i}]", one) for i, one in enumerate(entries)]
        _check_same_features(name, entries)
        return padded(entries, steps)
    return padded(entries, steps)


def _check_same_features(name: str, sequences: list[Array], features: int | None = None) -> None:
    others = "the first" if features is None else "those of the training"
    features = sequences[0].shape[1] if features is None else features
    for i, one in enumerate(sequences):
        if one.shape[1] != features:
            expected = f"of shape (steps, {features}), with as many features as {others}"
            raise ValueError(refusal(OWNER, f"{name}[{i}]", expected, one.shape))

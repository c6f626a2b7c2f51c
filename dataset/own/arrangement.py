"""Which of the user's own samples are for training, validation and test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from dataset.sizes import Sizes
from dataset.source import Source


def arranged(source: Source, sizes: Sizes, rng: np.random.Generator, shuffle: bool, hasTest: bool) -> Source:
    """The source with the samples that `rng` chooses for validation behind the training samples.

    Unless it has test samples of its own, `sizes.test` samples, chosen by `rng` as well, are moved to its test part: by
    default a sixth of all samples, rounded down, or what training and validation leave if that is less. All are in a
    new order; without `shuffle`, and with test samples of its own, in the order in which they were within each split.
    """
    size = len(source.inputs)
    if hasTest:
        return replace(source, **_rows(source, _in_order(rng.permutation(size), sizes))) if sizes.validation else source
    left = size - (sizes.trainPart or 0)
    test_size = max(0, min(size // 6, left)) if sizes.test is None else sizes.test
    if test_size >= size:
        raise ValueError(
            refusal(sizes.owner, "test_size", f"fewer than the {size} samples of {source.name!r}", test_size)
        )
    order = rng.permutation(size)
    train, test = order[test_size:], order[:test_size]
    if not shuffle:
        train, test = _in_order(train, sizes), np.sort(test)
    return replace(source, **_rows(source, train), **_rows(source, test, "testInputs", "testLabels"))


def _in_order(chosen: Array, sizes: Sizes) -> Array:
    """The indices of the training samples, in order, then of the first of `chosen`, for validation, and the rest."""
    validation, others = np.sort(chosen[: sizes.validation]), np.sort(chosen[sizes.validation :])
    first = len(others) if sizes.train is None else sizes.train
    return np.concatenate((others[:first], validation, others[first:]))


def _rows(source: Source, indices: Array, inputs: str = "inputs", labels: str = "labels") -> dict[str, Any]:
    """Those samples of the training part, under these names."""
    weights, lengths = ("weights", "lengths") if inputs == "inputs" else ("testWeights", "testLengths")
    return {
        inputs: source.inputs[indices],
        labels: None if source.labels is None else source.labels[indices],
        weights: None if source.weights is None else source.weights[indices],
        lengths: None if source.lengths is None else source.lengths[indices],
    }

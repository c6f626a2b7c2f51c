"""What holds for all samples of a data set, of which a batch shows some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np

from dataset.sequences.lengths import withoutPadding


class Labels(NamedTuple):
    """What the labels are like.

    Attributes
    ----------
    rows : labels of a sample, of one step or of one pixel; 0: there are none.
    low, high : the smallest and the largest of them.
    levels : how many different numbers there are: 1, 2, or 3 for more.
    oneHot : whether they are classes: there are two numbers, and one row of every sample has the larger one.
    """

    rows: int
    low: float = 0.0
    high: float = 0.0
    levels: int = 0
    oneHot: bool = False

    @classmethod
    def of(cls, *arrays: Array) -> Labels:
        """Of labels (rows, N), (..., rows, N) or (rows, height, width, N), in one or more arrays."""
        filled = [array for array in arrays if array.size]
        if not filled:
            return cls(0)
        rows = filled[0].shape[featureAxis(filled[0])]
        low, high = min(float(array.min()) for array in filled), max(float(array.max()) for array in filled)
        if low == high:
            return cls(rows, low, high, 1)
        tops = [array == high for array in filled]
        if not all((top | (array == low)).all() for top, array in zip(tops, filled, strict=True)):
            return cls(rows, low, high, 3)
        one_hot = rows > 1 and all((np.count_nonzero(top, axis=featureAxis(top)) == 1).all() for top in tops)
        return cls(rows, low, high, 2, one_hot)


class Facts:
    """What is known of all samples; each is found out when it is asked for, and kept.

    Parameters
    ----------
    inputs, labels : functions that give the arrays (..., N) that hold them, or the facts about the labels.
    valueRange : (low, high), black and white, where inputs are grey values; else None.
    """

    def __init__(
        self,
        inputs: Callable[[], Iterable[Array]],
        labels: Callable[[], Labels],
        valueRange: tuple[float, float] | None = None,
    ) -> None:
        self._inputs, self._labels = inputs, labels
        self.valueRange = valueRange

    @classmethod
    def of(cls, inputs: Array, labels: Array, mask: Array | None = None) -> Facts:
        """Of arrays at hand, (..., N) each; with a mask (steps, N), without the steps that are padding."""
        return cls(lambda: [withoutPadding(inputs, mask)], lambda: Labels.of(withoutPadding(labels, mask)))

    @cached_property
    def labels(self) -> Labels:
        """What the labels are like."""
        return self._labels()

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest number that an input may be: `valueRange`, or what there is."""
        if self.valueRange is not None:
            return self.valueRange
        arrays = [array for array in self._inputs() if array.size]
        if not arrays:
            return 0.0, 1.0
        return min(float(array.min()) for array in arrays), max(float(array.max()) for array in arrays)

"""Codes of which few numbers are not zero."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.arrays import featureAxis, featureAxisOf
from leibnet.types import Array, Shape

import numpy as np

from layers.codes.scheduled import Scheduled
from layers.passes import Pass, Wanted
from layers.shapes import wrongShape


class KSparse(Scheduled):
    """y = x for the k largest features of a sample, 0 for all others. The gradient goes to those k alone.

    Of sequences the k largest of every step, of images the k largest channels at every place. Where several are equal
    to the k-th largest, all of them stay. Makhzani & Frey 2013, arXiv:1312.5663: the layer before it is linear, a
    prediction may take more than k, and k falls from a large number in a training, so that no unit is left behind.

    Parameters
    ----------
    k : features that stay, a positive integer, at most as many as there are.
    testFactor : α ≥ 1: in a prediction the α k largest stay, or all; default 1.
    start : how many stay at the beginning of a training, from where they fall to k in a straight line; default k.
    over : the share of the training in which they do, 0 < over ≤ 1; default 0.5.

    Attributes
    ----------
    count : how many stay now: k, except in the first part of a training with a `start`; files keep it, so that what
        was saved in between is what it was.

    Example
    -------
    >>> x = np.array([[3.0, 0.5], [1.0, 0.0], [2.0, 0.1]])
    >>> KSparse(2).feedforward(x)
    array([[3. , 0.5],
           [0. , 0. ],
           [2. , 0.1]])
    """

    def __init__(self, k: int, testFactor: float = 1.0, start: int | None = None, over: float = 0.5) -> None:
        super().__init__()
        self.k = arguments.wholeNumber("KSparse", "k", k)
        self.testFactor = arguments.number("KSparse", "testFactor", testFactor, low=1)
        self.start = None if start is None else arguments.wholeNumber("KSparse", "start", start, self.k)
        self.over = arguments.number("KSparse", "over", over, low=0, high=1, excluding="low")
        self._count = np.array([self.k], dtype=self.dtype)

    @property
    def count(self) -> int:
        """How many stay now."""
        return int(self._count[0])

    @property
    def statistics(self) -> dict[str, Array]:
        return {} if self.start is None else {"count": self._count}

    def converted(self, dtype: np.dtype[Any]) -> None:
        super().converted(dtype)
        self._count = self._count.astype(dtype)

    def advance(self, progress: float) -> None:
        if self.start is not None:
            self._count[0] = round(self.start + (self.k - self.start) * min(1.0, progress / self.over))

    def predictedCount(self, features: int) -> int:
        """How many of so many features stay in a prediction: α times the `count`, or all."""
        return min(features, round(self.testFactor * self.count))

    def outputShape(self, inputShape: Shape) -> Shape:
        if not inputShape:
            raise ValueError(f"{self.describe()}: {wrongShape(('features',), ('N',))}")
        features = inputShape[featureAxisOf((*inputShape, 1))]
        most = max(self.k, self.start or 0)
        if most > features:
            raise ValueError(
                f"{self.describe()}: expected at least k = {most} features, got samples of shape {inputShape}; "
                "take a smaller k, or a larger layer before it"
            )
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        axis = featureAxis(x)
        features = x.shape[axis]
        count = self.count if training else self.predictedCount(features)
        least = np.take(np.partition(x, features - count, axis=axis), [features - count], axis=axis)
        now.kept = np.greater_equal(x, least, out=now.buffer("kept", x.shape))
        return np.multiply(x, now.kept, out=now.buffer("y", x.shape))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return np.multiply(dy, now.kept, out=now.buffer("dx", dy.shape)) if wanted.input else None

    def __repr__(self) -> str:
        return f"KSparse {self.k}" + ("" if self.start is None else f" from {self.start}")

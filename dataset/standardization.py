"""Inputs with mean 0 and deviation 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray, featureAxis, realNumbers
from leibnet.types import Array, Shape

import numpy as np


class Standardization:
    """x ↦ (x - μ)/σ for every feature, or every channel of images, and back.

    A data set with `standardize=True` has that of its training samples, and a model that was trained on it keeps it: it
    takes and gives raw numbers. A feature that is always the same has σ = 1.

    Parameters
    ----------
    mean, deviation : (features,), or (channels,), as arrays or lists of numbers; deviations are positive.

    Example
    -------
    >>> scale = Standardization([10.0, 0.0], [2.0, 1.0])
    >>> scale.apply(np.array([[12.0, 8.0], [1.0, 2.0]]))
    array([[ 1., -1.],
           [ 1.,  2.]])
    """

    def __init__(self, mean: Any, deviation: Any) -> None:
        self._mean = realNumbers("Standardization", "mean", mean, np.dtype(float), finite=True)
        self._deviation = realNumbers("Standardization", "deviation", deviation, np.dtype(float), finite=True)
        if self._mean.ndim != 1 or self._mean.shape != self._deviation.shape:
            got = self._mean.shape, self._deviation.shape
            raise ValueError(refusal("Standardization", "mean and deviation", "(features,) each", got))
        if not (self._deviation > 0).all():
            raise ValueError(refusal("Standardization", "deviation", "positive", float(self._deviation.min())))

    @property
    def mean(self) -> list[float]:
        """μ of every feature."""
        return [float(one) for one in self._mean]

    @property
    def deviation(self) -> list[float]:
        """σ of every feature."""
        return [float(one) for one in self._deviation]

    @classmethod
    def of(cls, columns: Array, weights: Array | None = None) -> Standardization:
        """That of samples (features, N), or (..., N), with weights (N,): means over all steps or pixels, in float64."""
        return cls.ofPieces(lambda: [(columns, weights)])

    @classmethod
    def ofPieces(cls, pieces: Callable[[], Iterable[tuple[Array, Array | None]]]) -> Standardization:
        """The same, of samples and weights that come in pieces, twice: first for the means, then for the deviations."""
        n, total, mean = 0, 0.0, np.zeros(1)
        for x, w in map(_rows, pieces()):
            n, total, mean = n + x.shape[1], total + w.sum(), mean + x @ w
        mean = mean / total
        variance = sum((x - mean[:, np.newaxis]) ** 2 @ w for x, w in map(_rows, pieces())) / total
        eps = np.finfo(float).eps
        is_constant = variance <= n * eps * variance + (n * mean * eps) ** 2  # Chan et al. 1983: what rounding leaves
        return cls(mean, np.where(is_constant, 1.0, np.sqrt(variance)))

    def flattened(self, sampleShape: Shape) -> Standardization:
        """The same for samples of this shape that became columns: every entry has μ and σ of its feature or channel."""
        beside = self._beside(np.empty((*sampleShape, 0)))
        return Standardization(*(np.broadcast_to(one, (*sampleShape, 1)).ravel() for one in beside))

    def config(self) -> dict[str, list[float]]:
        """The arguments of the constructor, as plain values."""
        return {"mean": self.mean, "deviation": self.deviation}

    def check(self, sampleShape: Shape) -> None:
        """ValueError if samples of this shape have another number of features."""
        axis = featureAxis(np.empty((*sampleShape, 0)))
        if sampleShape[axis] != len(self._mean):
            expected = f"samples with {len(self._mean)} features, those it was made for"
            raise ValueError(refusal("Standardization", "x", expected, sampleShape))

    def apply(self, x: Any) -> Array:
        """(x - μ)/σ for columns x (features, N), or (..., N), a new array in float64."""
        x = realNumbers("Standardization", "x", asArray(x, "Standardization", "x"))
        mean, deviation = self._beside(x)
        y = x - mean
        y /= deviation
        return y

    def undo(self, y: Any) -> Array:
        """σ y + μ, a new array in the precision of y."""
        y = realNumbers("Standardization", "y", asArray(y, "Standardization", "y"))
        mean, deviation = self._beside(y)
        return (deviation * y + mean).astype(y.dtype if y.dtype.kind == "f" else float, copy=False)

    def _beside(self, x: Array) -> tuple[Array, Array]:
        """μ and σ so that they broadcast over x."""
        if x.ndim < 2:
            raise ValueError(refusal("Standardization", "x", "samples as columns, (features, N)", x.shape))
        self.check(x.shape[:-1])
        shape = [1] * x.ndim
        shape[featureAxis(x)] = -1
        return self._mean.reshape(shape), self._deviation.reshape(shape)

    def __repr__(self) -> str:
        return f"Standardization of {len(self._mean)} features"


def _rows(piece: tuple[Array, Array | None]) -> tuple[Array, Array]:
    """Samples (..., N) as (features, M), with all steps and pixels as samples, and their weights (M,), in float64."""
    columns, weights = piece
    x = np.moveaxis(columns, featureAxis(columns), 0).astype(float)
    each = np.ones(1) if weights is None else weights.astype(float)
    return x.reshape(len(x), -1), np.broadcast_to(each, x.shape[1:]).ravel()

"""Mean and covariance of samples that are read once, in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import isFinite, realNumbers
from leibnet.types import Array

import numpy as np
from numpy.typing import ArrayLike

from dataset import Dataset

ENTRIES = 2**22  # numbers in a chunk of the data, 16 MB in single precision


class Columns:
    """The columns of an array (d, n), or the training samples of a data set, to be read in chunks.

    Attributes
    ----------
    features, count : d and n.
    dtype : float32 or float64, the precision of the chunks.
    """

    def __init__(self, owner: str, X: ArrayLike | Dataset) -> None:
        self._owner = owner
        self._source: Array | Dataset
        if isinstance(X, Dataset):
            if X.standardization is not None or X.isWeighted:
                expected = "a data set without standardize and weights, which play no part in the covariance"
                raise ValueError(refusal(owner, "X", expected, X.name, "give X.standardization.apply(x) as an array"))
            self._source, self.features, self.count, self.dtype = X, X.inputDim, X.train_size, X.dtype
        else:
            self._source = columns = asColumns(owner, "X", X)
            self.features, self.count = columns.shape
            single = columns.dtype in (np.float16, np.float32)
            self.dtype = np.dtype(np.float32 if single else np.float64)

    def chunks(self, size: int) -> Iterator[Array]:
        """Chunks (d, N) of `size` columns, the last one of what is left."""
        if isinstance(self._source, Dataset):
            yield from (x.reshape(-1, x.shape[-1]) for x, _ in self._source.chunks("train", size))
            return
        for start in range(0, self.count, size):
            yield self._source[:, start : start + size].astype(self.dtype, copy=False)

    def checkFinite(self, found: Array) -> None:
        """ValueError if what was found is not finite, as it is if the samples are not, or their squares."""
        if not isFinite(found):
            refuseInfinite(self._owner, "X", self._source)


def covariance(samples: Columns) -> tuple[Array, Array]:
    """μ (d, 1) and Σ (d, d), multiplied in the precision of the samples and added in double precision:

        μ = 1/n Σ x        Σ = 1/n Σ (x - μ)(x - μ)ᵀ

    In one reading, by n Σ = Σ (x - s)(x - s)ᵀ - n (μ - s)(μ - s)ᵀ, which holds for every s. Rounding matters where μ is
    large beside the standard deviation: there, s is close to μ. Elsewhere s is 0, which saves a copy of the samples.
    """
    d, n = samples.features, samples.count
    shift: Any = None
    sums, scatter = np.zeros((d, 1)), np.zeros((d, d))
    for x in samples.chunks(max(1, ENTRIES // d)):
        if shift is None:
            shift = _shift(x[:, :1000])
        if shift.any():
            x = x - shift
        sums += x.sum(axis=1, keepdims=True, dtype=np.float64)
        scatter += x @ x.T  # (d, N) · (N, d) = (d, d)
    scatter -= sums @ sums.T / n
    scatter /= n
    samples.checkFinite(scatter)
    return shift + sums / n, scatter


def triangle(samples: Columns) -> tuple[Array, Array]:
    """μ (d, 1), and R of the QR decomposition of the centred Xᵀ, so that n Σ = RᵀR without a square of the samples.

    Xᵀ is decomposed chunk by chunk. In the QR of [1 | Xᵀ], the first column of Q is constant and the others are
    orthogonal to it: without its first row and column, R is that of the centred Xᵀ.
    """
    d = samples.features
    shift: Any = None
    R: Any = np.zeros((0, 1 + d))
    for x in samples.chunks(max(d, ENTRIES // d)):
        if shift is None:
            shift = x.mean(axis=1, dtype=np.float64)  # subtracted against rounding
        rows = np.ones((x.shape[1], 1 + d))
        np.subtract(x.T, shift, out=rows[:, 1:])
        R = np.linalg.qr(np.concatenate((R, rows)), mode="r")
    mean = shift + R[0, 1:] / R[0, 0]
    R[0] = 0
    samples.checkFinite(R)
    return mean[:, np.newaxis], R[:, 1:]


def _shift(x: Array) -> Array:
    """The mean of each row where it is large beside the standard deviation, else 0, (d, 1)."""
    mean, deviation = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
    return mean * (np.abs(mean) > 3 * deviation)


def asColumns(owner: str, name: str, X: ArrayLike) -> Array:
    """X as columns of real numbers (rows, N); each image of (channels, height, width, N) is one."""
    columns = realNumbers(owner, name, X, scaled=True)
    if columns.ndim == 4 and columns.size:
        return columns.reshape(-1, columns.shape[-1])
    if columns.ndim != 2 or not columns.size:
        remedy = "x[:, np.newaxis] is one column" if columns.ndim == 1 else ""
        raise ValueError(refusal(owner, name, "columns, (rows, N)", columns.shape, remedy))
    return columns


def refuseInfinite(owner: str, name: str, X: Array | Dataset) -> None:
    """ValueError that says where numbers are not finite or, if all are, that their squares are not."""
    if isinstance(X, Dataset) or np.isfinite(X).all():
        largest = X if isinstance(X, Dataset) else float(np.abs(X).max())
        expected, remedy = "numbers whose squares are finite", "divide it by its largest number"
        raise ValueError(refusal(owner, name, expected, largest, remedy))
    row, column = np.argwhere(~np.isfinite(X))[0]
    remedy = f"clean the data, it is the first in row {row}, column {column}"
    raise ValueError(refusal(owner, name, "finite numbers", X[row, column].item(), remedy))

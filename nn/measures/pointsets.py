"""Sets of points, as the measures of two of them take them."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np


def pointColumns(owner: str, name: str, value: Any, like: Array | None = None, least: int = 1) -> Array:
    """Points as columns in double precision, at least so many, with as many rows as the others."""
    points = realNumbers(owner, name, value, np.dtype(float), finite=True, scaled=True)
    if points.ndim != 2 or not len(points) or points.shape[1] < least:
        expected = f"points as columns (d, N), {least} or more"
        raise ValueError(refusal(owner, name, expected, points.shape))
    if like is not None and len(points) != len(like):
        remedy = "transpose it" if points.shape[1] == len(like) else ""
        raise ValueError(refusal(owner, name, f"columns of {len(like)} rows, as the others", points.shape, remedy))
    return points


def squaredDistances(x: Array, y: Array) -> Array:
    """‖x_i - y_j‖² of columns, (N, M); of equal points exactly 0."""
    total = np.zeros((x.shape[1], y.shape[1]))
    for one, other in zip(x, y, strict=True):
        difference = np.subtract.outer(one, other)
        difference *= difference
        total += difference
    return total


def quantileSteps(n: int, m: int) -> tuple[Array, Array, Array]:
    """The steps of q from 0 to 1 in which neither of two sets' quantiles jumps: their widths, and which of the n and
    which of the m sorted numbers are the quantiles there."""
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # n m q
    return np.diff(ends, prepend=0) / (n * m), (ends - 1) // m, (ends - 1) // n

"""Whether two quantities rise and fall together."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np


def rankCorrelation(x: Any, y: Any) -> float:
    """Spearman's rank correlation: 1 where y rises whenever x does, in whatever curve, -1 where it falls, about 0 where
    one says nothing of the other.

        ρ = Σ (r - r̄)(s - s̄) / (Σ (r - r̄)² Σ (s - s̄)²)^½        r and s are the ranks of x and y

    Equal numbers share the mean of their ranks. Spearman 1904, "The Proof and Measurement of Association between Two
    Things".

    Parameters
    ----------
    x, y : numbers, (n,) each, two or more, and neither of them all the same.

    Example
    -------
    >>> rankCorrelation([1, 2, 3, 4], [1, 8, 27, 64])
    1.0
    >>> rankCorrelation([1, 2, 3, 4], [2, 1, 4, 3])
    0.6
    """
    r, s = (_centred(name, values) for name, values in (("x", x), ("y", y)))
    if len(r) != len(s):
        raise ValueError(refusal("rankCorrelation", "y", f"as many numbers as x, {len(r)}", len(s)))
    return float(r @ s / np.sqrt((r @ r) * (s @ s)))


def _centred(name: str, values: Any) -> Array:
    """The ranks of the numbers, less their mean."""
    numbers = realNumbers("rankCorrelation", name, values, np.dtype(float), finite=True)
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(refusal("rankCorrelation", name, "two numbers or more, (n,)", numbers.shape))
    if (numbers == numbers[0]).all():
        raise ValueError(refusal("rankCorrelation", name, "numbers that are not all the same", float(numbers[0])))
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)  # the highest rank of each number, from 1 on
    return (last - (counts - 1) / 2)[places] - (len(numbers) + 1) / 2

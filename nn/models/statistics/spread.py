"""The variance of what is seen piece by piece."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np


class Spread:
    """The variance of columns that come in stretches, summed over the features.

    Of each stretch about its own mean, put together by T. F. Chan, G. H. Golub, R. J. LeVeque 1979: the squares of
    columns that are far from 0 beside their variance would not hold it.
    """

    def __init__(self) -> None:
        self._count, self._first, self._mean, self._squares = 0, np.zeros(1), np.zeros(1), 0.0

    def add(self, columns: Array) -> None:
        """Takes in columns."""
        n = columns.shape[-1]
        if not self._count:
            self._first = columns[..., :1].astype(float)
        shifted = columns - self._first  # by a number that rounds nothing away where all columns are alike
        mean = shifted.mean(axis=-1, keepdims=True)
        shifted -= mean
        way = mean - self._mean
        both = self._count + n
        self._squares += float(np.vdot(shifted, shifted) + np.vdot(way, way) * (self._count * n / both))
        self._mean = self._mean + way * (n / both)
        self._count = both

    def variance(self) -> float:
        """Of all columns so far."""
        return self._squares / self._count

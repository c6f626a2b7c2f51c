"""How well the nearest neighbours among codes tell the classes."""

from __future__ import annotations

from typing import Any, Self

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import classNumbersOf, columnsOf, fitted, meanOf

ENTRIES = 2**23  # distances in memory at a time


class NearestNeighbours:
    """The class that most of the k nearest codes have, by Euclidean distance; of several that of the nearest of theirs.

    Parameters
    ----------
    k : how many are asked; default 5.

    Example
    -------
    >>> neighbours = NearestNeighbours(k=1).fit([[0.0, 1.0, 5.0]], [0, 0, 1])
    >>> neighbours.predict([[0.4, 4.0]])
    array([0, 1])
    """

    def __init__(self, k: int = 5) -> None:
        self.k = wholeNumber("NearestNeighbours", "k", k)

    def fit(self, codes: Any, labels: Any) -> Self:
        """Keeps codes (features, N) and their class numbers (N,). Returns this object."""
        kept = columnsOf("NearestNeighbours.fit", "codes", codes)
        numbers = classNumbersOf("NearestNeighbours.fit", "labels", labels, kept.shape[1])
        if len(numbers) < self.k:
            raise ValueError(
                refusal("NearestNeighbours.fit", "codes", f"k = {self.k} columns or more", np.shape(codes))
            )
        self._mean, self._labels = meanOf(kept), numbers
        self._codes = kept - self._mean  # distances from products are inexact where all codes lie far from 0
        return self

    def predict(self, codes: Any) -> Array:
        """The class numbers (M,) of codes (features, M)."""
        kept = fitted(self, "_codes")
        asked = columnsOf("NearestNeighbours.predict", "codes", codes, len(kept))
        asked = asked.astype(kept.dtype, copy=False) - self._mean
        sizes = np.einsum("dn,dn->n", kept, kept)
        block = max(1, ENTRIES // len(sizes))
        found = [self._classesOf(asked[:, start : start + block], sizes) for start in range(0, asked.shape[1], block)]
        return np.concatenate(found)

    def accuracy(self, codes: Any, labels: Any) -> float:
        """The share of right answers, for codes (features, M) and class numbers (M,)."""
        found = self.predict(codes)
        return float(np.mean(found == classNumbersOf("NearestNeighbours.accuracy", "labels", labels, len(found))))

    def __repr__(self) -> str:
        return f"NearestNeighbours(k={self.k})"

    def _classesOf(self, asked: Array, sizes: Array) -> Array:
        distances = asked.T @ self._codes  # (M, d) · (d, N); ‖x - c‖² = ‖c‖² - 2 xᵀc, without what all have in common
        distances *= -2
        distances += sizes
        nearest = np.argpartition(distances, self.k - 1, axis=1)[:, : self.k]
        near = np.take_along_axis(distances, nearest, axis=1)
        order = np.lexsort((nearest, near), axis=1)
        classes = self._labels[np.take_along_axis(nearest, order, axis=1)]  # (M, k), the nearest first
        votes = (classes[:, :, np.newaxis] == classes[:, np.newaxis, :]).sum(axis=2)
        return np.take_along_axis(classes, votes.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]

"""Clusters of codes."""

from __future__ import annotations

from typing import Any, Self

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import columnsOf, fitted, meanOf


class KMeans:
    """k centres, so that the sum of the squared distances of all codes to the nearest one is small (Lloyd 1982).

    Every code goes to its nearest centre, every centre to the mean of its codes, until none moves. The first centres
    are codes, each drawn with a probability that grows as its squared distance to those before (k-means++, Arthur &
    Vassilvitskii 2007). Of several restarts the one with the least sum is kept.

    Parameters
    ----------
    k : number of clusters.
    restarts : default 10.
    iterations : at most, of each of them; default 300.
    rng : generator or seed for the first centres; default 0, None for the library's own.

    Attributes
    ----------
    centres : (features, k), after `fit`.
    inertia : the sum of the squared distances.

    Example
    -------
    >>> clusters = KMeans(2).fit([[0.0, 1.0, 9.0, 10.0]])
    >>> np.sort(clusters.centres), clusters.inertia
    (array([[0.5, 9.5]]), 1.0)
    """

    def __init__(
        self, k: int, restarts: int = 10, iterations: int = 300, rng: np.random.Generator | int | None = 0
    ) -> None:
        self.k = wholeNumber("KMeans", "k", k)
        self.restarts = wholeNumber("KMeans", "restarts", restarts)
        self.iterations = wholeNumber("KMeans", "iterations", iterations)
        self.rng = randomGenerator("KMeans", rng) or randomness.networks.generator

    def fit(self, codes: Any) -> Self:
        """Finds the centres of codes (features, N). Returns this object."""
        x = columnsOf("KMeans.fit", "codes", codes)
        if x.shape[1] < self.k:
            raise ValueError(refusal("KMeans.fit", "codes", f"k = {self.k} columns or more", np.shape(codes)))
        mean = meanOf(x)
        x = x - mean  # distances from products are inexact where all codes lie far from 0
        squares = np.einsum("dn,dn->n", x, x)
        found = [self._settled(x, squares, self._first(x, squares)) for _ in range(self.restarts)]
        self.inertia, centres = min(found, key=lambda one: one[0])
        self.centres = centres + mean
        return self

    def predict(self, codes: Any) -> Array:
        """Which cluster codes (features, M) belong to, (M,)."""
        centres = fitted(self, "centres")
        x, mean = columnsOf("KMeans.predict", "codes", codes, len(centres)), meanOf(centres)
        x = x - mean
        return _distances(x, np.einsum("dn,dn->n", x, x), centres - mean).argmin(axis=0)

    def __repr__(self) -> str:
        return f"KMeans(k={self.k})"

    def _first(self, x: Array, squares: Array) -> Array:
        """k codes that lie apart."""
        count = x.shape[1]
        places = [int(self.rng.integers(count))]
        nearest = _distances(x, squares, x[:, places])[0]
        while len(places) < self.k:
            sums = np.cumsum(nearest, dtype=float)
            drawn = int(np.searchsorted(sums, self.rng.random() * sums[-1], side="right"))
            places.append(min(drawn, count - 1))
            nearest = np.minimum(nearest, _distances(x, squares, x[:, places[-1:]])[0])
        return x[:, places]

    def _settled(self, x: Array, squares: Array, centres: Array) -> tuple[float, Array]:
        """The sum and the centres where these come to rest."""
        before = None
        for _ in range(self.iterations):
            distances = _distances(x, squares, centres)
            cluster = distances.argmin(axis=0)
            if before is not None and np.array_equal(cluster, before):
                break
            before = cluster
            members = np.eye(self.k, dtype=x.dtype)[cluster]  # (N, k)
            sizes = members.sum(axis=0)
            centres = x @ members / np.maximum(sizes, 1)  # (d, N) · (N, k)
            nearest = distances.min(axis=0)
            for empty in np.flatnonzero(sizes == 0):  # goes where the farthest code is
                farthest = int(nearest.argmax())
                centres[:, empty], nearest[farthest] = x[:, farthest], 0
        return float(_distances(x, squares, centres).min(axis=0).sum(dtype=float)), centres


def _distances(x: Array, squares: Array, centres: Array) -> Array:
    """‖x - c‖² = ‖x‖² - 2 cᵀx + ‖c‖², (k, N)."""
    distances = centres.T @ x
    distances *= -2
    distances += squares
    distances += np.einsum("dk,dk->k", centres, centres)[:, np.newaxis]
    return np.maximum(distances, 0, out=distances)

"""Regression trees on codes, averaged: what they predict, and which codes they ask."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from nn.measures.disentanglement.given import equalEdges

BINS = 64


class BaggedTrees:
    """The mean of several trees, each grown on samples that are drawn with replacement (Breiman 1996).

    A tree divides the samples at the threshold of a code where the variance of the targets falls most, and every part
    again, down to a depth. The importance of a code is by how much its thresholds lower the variance, summed over them
    (Breiman et al. 1984). Thresholds are those between 64 bins of each code that are equally full.

    Parameters
    ----------
    codes, targets : (latentDim, N) and (targets, N).
    trees, depth : how many, and how often a sample is asked at most.
    leaf : the least number of samples in a part.
    rng : draws the samples.

    Attributes
    ----------
    importance : (latentDim,), as a share of the variance; the sum is at most 1.
    """

    def __init__(self, codes: Array, targets: Array, trees: int, depth: int, leaf: int, rng: np.random.Generator):
        self.edges = [equalEdges(row, BINS) for row in codes]
        self.depth, self.leaf = depth, leaf
        self.importance = np.zeros(len(codes))
        places, count = self._places(codes), codes.shape[1]
        self.mean = targets.mean(axis=1, keepdims=True)
        targets = targets - self.mean
        total = float(np.sum(targets**2)) or 1.0  # of equal targets, no threshold lowers anything
        self.trees = []
        for _ in range(trees):
            drawn = np.bincount(rng.integers(count, size=count), minlength=count).astype(float)
            self.trees.append(self._grow(places, targets, drawn, total * trees))

    def predict(self, codes: Array) -> Array:
        """(targets, N)"""
        places = self._places(codes)
        every = np.arange(places.shape[1])
        result = np.zeros((len(self.mean), places.shape[1]))
        for levels, values in self.trees:
            node = np.zeros(places.shape[1], int)
            for code, threshold in levels:
                node = 2 * node + (places[code[node], every] > threshold[node])
            result += values[:, node]
        return self.mean + result / len(self.trees)

    def _places(self, codes: Array) -> Array:
        return np.array(
            [np.searchsorted(edges, row, side="right") for edges, row in zip(self.edges, codes, strict=True)]
        )

    def _grow(
        self, places: Array, targets: Array, drawn: Array, total: float
    ) -> tuple[list[tuple[Array, Array]], Array]:
        """For every level the code and the threshold that each part asks, and the values of the last parts."""
        node, every, levels = np.zeros(places.shape[1], int), np.arange(places.shape[1]), []
        weighted = targets * drawn
        for level in range(self.depth):
            parts = 2**level
            gain, code, threshold = np.zeros(parts), np.zeros(parts, int), np.full(parts, BINS)
            for i, place in enumerate(places):
                better, where = self._best(node * BINS + place, parts, weighted, drawn)
                chosen = better > gain
                gain[chosen], code[chosen], threshold[chosen] = better[chosen], i, where[chosen]
            np.add.at(self.importance, code, gain / total)
            levels.append((code, threshold))
            node = 2 * node + (places[code[node], every] > threshold[node])
        parts = 2**self.depth
        counts = np.maximum(np.bincount(node, drawn, parts), 1)
        return levels, np.array([np.bincount(node, row, parts) for row in weighted]) / counts

    def _best(self, cell: Array, parts: int, weighted: Array, drawn: Array) -> tuple[Array, Array]:
        """By how much the best threshold of a code lowers the squared error of every part, and which that is."""
        left = np.bincount(cell, drawn, parts * BINS).reshape(parts, BINS).cumsum(axis=1)
        right = left[:, -1:] - left
        gain = np.zeros((parts, BINS))
        for row in weighted:
            sums = np.bincount(cell, row, parts * BINS).reshape(parts, BINS).cumsum(axis=1)
            whole = sums[:, -1:]
            gain += sums**2 / np.maximum(left, 1) + (whole - sums) ** 2 / np.maximum(right, 1)
            gain -= whole**2 / np.maximum(left[:, -1:], 1)
        gain[(left < self.leaf) | (right < self.leaf)] = 0
        where = gain.argmax(axis=1)
        return gain[np.arange(parts), where], where

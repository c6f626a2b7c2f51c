"""The tables of multi-index hashing: which codes have which bits in a part of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise

from leibnet.types import Array

import numpy as np

from nn.measures.retrieval.hamming import distancesTo

WIDEST = 20  # bits of a part: it has 2^20 buckets then
SHARE, STEP = 0.05, 1500  # comparing all codes takes as long as looking up this share of them, and a step as so many
PIECE = 2**16  # codes whose bits become numbers at a time


class Buckets:
    """Codes by the bits of each of their parts, which are about log₂ N bits wide.

    A bucket has the codes with the same bits in a part; it is a stretch of one table for all parts.

    Parameters
    ----------
    bits : (bits, N) of bool.
    words : the same codes as `asWords` gives them.

    Attributes
    ----------
    parts, width : how many parts there are, and the bits of the widest.
    members : the table: places of codes, those of a bucket behind one another.
    """

    def __init__(self, bits: Array, words: Array) -> None:
        length, count = bits.shape
        self.parts = max(round(length / max(1.0, math.log2(count))), math.ceil(length / WIDEST), 1)
        ends = np.linspace(0, length, self.parts + 1).round().astype(int)
        self.width = int(np.diff(ends).max())
        self._limit = SHARE * count
        self._powers = np.zeros((self.parts, length), np.int64)
        for part, (start, end) in enumerate(pairwise(ends)):
            self._powers[part, start:end] = 1 << np.arange(end - start)
        keys = np.concatenate([self._keys(bits[:, i : i + PIECE]) for i in range(0, count, PIECE)], axis=1)
        self.members = np.concatenate([np.argsort(part, kind="stable") for part in keys])
        self._starts = np.zeros((self.parts << self.width) + 1, np.int64)
        np.cumsum(np.bincount(keys.ravel(), minlength=self.parts << self.width), out=self._starts[1:])
        self._codes = words[:, self.members]  # once more, in the order of the table: those of a bucket lie together

    def search(self, bits: Array, query: Array) -> Iterator[tuple[int, Array, Array]]:
        """Codes that have a part in common with one code, then those with one bit of a part changed, and so on.

        Yields
        ------
        (radius, entries, distances): up to which distance all codes have been found now, and what is new; `members` has
        the place of an entry's code, which may come again, by another part. It ends where comparing all codes is
        faster than to go on.
        """
        parts, cost = self._keys(bits), 0
        for changed in range(self.width + 1):
            cost += STEP + self.parts * math.comb(self.width, changed)
            if cost > self._limit:
                return
            keys = (parts[:, np.newaxis] ^ _changes(self.width, changed)).ravel()
            starts = self._starts[keys]
            sizes = self._starts[keys + 1] - starts
            cost += int(sizes.sum())
            if cost > self._limit:
                return
            ends = sizes.cumsum()
            entries = np.repeat(starts - ends + sizes, sizes)
            entries += np.arange(len(entries))
            yield self.parts * (changed + 1) - 1, entries, distancesTo(self._codes.take(entries, axis=1), query)

    def _keys(self, bits: Array) -> Array:
        """Which bucket every part of codes (bits, N) is in, (parts, N); of one code (bits,), (parts,)."""
        keys = self._powers @ bits  # (parts, bits) · (bits, N)
        keys.T[...] += np.arange(self.parts) << self.width
        return keys


@cache
def _changes(width: int, changed: int) -> Array:
    """All numbers of `width` bits of which so many are 1."""
    ones = [sum(1 << place for place in places) for places in combinations(range(width), changed)]
    return np.array(ones, np.int64)

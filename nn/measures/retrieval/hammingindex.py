"""An index of binary codes."""

from __future__ import annotations

import os
from bisect import bisect_left
from pathlib import Path
from typing import Any, NamedTuple

from leibnet.arguments import refusal, wholeNumber
from leibnet.files import absolute, writeAtomically
from leibnet.types import Array

import numpy as np

from nn.measures.retrieval import indexfile
from nn.measures.retrieval.buckets import Buckets
from nn.measures.retrieval.hamming import asWords, bitsOf, distancesTo


class Neighbours(NamedTuple):
    """What an index answers.

    Attributes
    ----------
    places : the columns of the codes in the index, nearest first, and of equally near ones the first one first.
    distances : how many of their bits differ from those of the query.
    """

    places: Array
    distances: Array


class HammingIndex:
    """Binary codes that can be asked for those near another one, by multi-index hashing: exact answers without looking
    at all codes (Norouzi, Punjani & Fleet 2012, "Fast search in Hamming space with multi-index hashing").

    The bits are cut into m parts. If two codes differ in at most r bits, then in some part they differ in at most
    ⌊r/m⌋. So there is a table for every part, from its bits to the codes that have them, and a query looks up what is
    near its own parts: first the same bits, then those with one changed, and so on. After the bits with s changed, all
    codes up to a distance of m (s + 1) - 1 are found. Where that would be much of all there is, all codes are compared.

    Parameters
    ----------
    codes : columns (bits, N) of two values, 0 and 1, -1 and 1, or False and True.

    Example
    -------
    >>> codes = np.random.default_rng(0).random((32, 5000)) < 0.5
    >>> index = HammingIndex(codes)
    >>> index.nearest(codes[:, 7], count=3)
    Neighbours(places=array([   7, 1169, 1610]), distances=array([0, 6, 7], dtype=uint8))
    >>> index.within(codes[:, 7], radius=5).places
    array([7])
    """

    def __init__(self, codes: Any) -> None:
        self._fill(bitsOf("HammingIndex", "codes", codes))

    def _fill(self, bits: Array) -> None:
        self.bits, self._count = len(bits), bits.shape[1]
        self._packed = np.packbits(bits, axis=0)
        self._words = asWords(self._packed)
        self._buckets = Buckets(bits, self._words)

    def __len__(self) -> int:
        return self._count

    def within(self, query: Any, radius: int) -> Neighbours:
        """All codes that differ from one code (bits,) in at most `radius` bits."""
        (bits,) = self._queries("within", query, single=True)
        radius = wholeNumber("within", "radius", radius, least=0)
        return self._within(bits, radius)

    def nearest(self, query: Any, count: int = 100) -> Neighbours:
        """The `count` nearest codes, default 100, at most all.

        For one code (bits,) places and distances are (count,), for several (bits, Q) they are (count, Q).
        """
        queries = self._queries("nearest", query)
        count = min(wholeNumber("nearest", "count", count), self._count)
        found = [self._nearest(bits, count) for bits in queries]
        if np.ndim(query) == 1:
            return found[0]
        places, distances = (np.stack(each, axis=1) for each in zip(*found, strict=True))
        return Neighbours(places, distances)

    def scan(self, query: Any, count: int = 100) -> Neighbours:
        """What `nearest` answers for one code (bits,), by comparing it with all codes."""
        (bits,) = self._queries("scan", query, single=True)
        count = min(wholeNumber("scan", "count", count), self._count)
        return self._scanned(_words_of(bits), count)

    def codes(self) -> Array:
        """The codes in the index, as columns (bits, N) of bool."""
        return np.unpackbits(self._packed, axis=0, count=self.bits).view(bool)

    # Files -----------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Saves the codes to a safetensors file, written in full or not at all; returns its path."""
        path = absolute(path)
        writeAtomically(path, indexfile.serialize(self._packed, self.bits))
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> HammingIndex:
        """The index in a file that `save` wrote; the tables are made again. Nothing in the file is executed."""
        packed, bits = indexfile.read(absolute(path))
        index = cls.__new__(cls)
        index._fill(np.unpackbits(packed, axis=0, count=bits).view(bool))
        return index

    # Inside ----------------------------------------------------------------------------------------------------------

    def _queries(self, owner: str, query: Any, single: bool = False) -> list[Array]:
        """The bits (bits,) of every code asked for, if it is as long as those in the index."""
        codes = np.asarray(query)
        if codes.ndim not in ((1,) if single else (1, 2)):
            expected = f"one code ({self.bits},)" if single else f"a code ({self.bits},) or codes ({self.bits}, N)"
            raise ValueError(refusal(owner, "query", expected, codes.shape))
        if len(codes) != self.bits:
            expected = f"codes of {self.bits} bits, as those in the index"
            raise ValueError(refusal(owner, "query", expected, len(codes), "make them by the same encoder"))
        return list(bitsOf(owner, "query", codes[:, np.newaxis] if codes.ndim == 1 else codes).T)

    def _nearest(self, bits: Array, count: int) -> Neighbours:
        query = _words_of(bits)
        found = self._lookedUp(bits, query, count=count)
        return self._scanned(query, count) if found is None else _sorted(*found, count)

    def _within(self, bits: Array, radius: int) -> Neighbours:
        query = _words_of(bits)
        found = self._lookedUp(bits, query, radius=radius)
        places, distances = (np.arange(self._count), distancesTo(self._words, query)) if found is None else found
        near = np.flatnonzero(distances <= radius)
        return _sorted(places[near], distances[near])

    def _lookedUp(self, bits: Array, query: Array, count: int = 0, radius: int = 0) -> tuple[Array, Array] | None:
        """Places, in order, and distances of all codes within the first radius that is large enough and has so many.

        None where comparing all codes is faster.
        """
        entries, distances = np.zeros(0, np.int64), np.zeros(0, np.uint8)
        for known, new, apart in self._buckets.search(bits, query):
            entries, distances = np.concatenate([entries, new]), np.concatenate([distances, apart])
            near = np.flatnonzero(distances <= known)
            if known >= radius and len(near) >= count:
                places, first = np.unique(self._buckets.members[entries[near]], return_index=True)
                if len(places) >= count:
                    return places, distances[near[first]]
        return None

    def _scanned(self, query: Array, count: int) -> Neighbours:
        distances = distancesTo(self._words, query)
        radius = bisect_left(range(self.bits), count, key=lambda one: int(np.count_nonzero(distances <= one)))
        near = np.flatnonzero(distances <= radius)
        return _sorted(near, distances[near], count)

    def __repr__(self) -> str:
        return f"HammingIndex of {self._count:,} codes of {self.bits} bits"


def _sorted(places: Array, distances: Array, count: int | None = None) -> Neighbours:
    """The nearest of codes whose places are in order."""
    order = np.argsort(distances, kind="stable")[:count]
    return Neighbours(places[order], distances[order])


def _words_of(bits: Array) -> Array:
    return asWords(np.packbits(bits[:, np.newaxis], axis=0))[:, 0]

"""What a file of binary codes holds, and which codes are near each other."""

from __future__ import annotations

import os
from typing import Any

from leibnet.types import Array

import numpy as np

from nn.measures.retrieval.hammingindex import HammingIndex
from nn.storage.stored import Stored


class Index:
    """A `HammingIndex`, to be looked at.

    Attributes
    ----------
    index : the index itself.
    name : "HammingIndex".
    codes : (bits, N) of bool.
    """

    name = "HammingIndex"

    def __init__(self, index: HammingIndex) -> None:
        self.index, self.codes = index, index.codes()

    def arrays(self) -> dict[str, Array]:
        """The codes, by their name in the file."""
        return {"codes": self.codes}

    def ones(self) -> Array:
        """How often every bit is 1, (bits,), as a share."""
        return np.asarray(self.codes.mean(axis=1))

    def different(self) -> int:
        """How many different codes there are."""
        return len(np.unique(np.packbits(self.codes, axis=0), axis=1).T)

    def neighbours(self, code: Any, count: int = 20) -> tuple[Array, Array]:
        """The places of the nearest codes, and how many bits differ, (count,) each."""
        found = self.index.nearest(np.asarray(code, bool), count)
        return found.places, found.distances

    def spread(self, draws: int = 2000) -> Array:
        """How many bits two codes differ in, in shares of pairs that are drawn: (bits + 1,)."""
        rng = np.random.default_rng(0)
        one, other = rng.integers(self.codes.shape[1], size=(2, draws))
        distances = (self.codes[:, one] != self.codes[:, other]).sum(axis=0)
        return np.bincount(distances, minlength=len(self.codes) + 1) / draws

    def __repr__(self) -> str:
        return f"HammingIndex of {self.codes.shape[1]:,} codes of {len(self.codes)} bits"


def opened(path: str | os.PathLike[str]) -> Stored | Index:
    """What a file of the library holds: a model, also that of a checkpoint, or an index of binary codes.

    ValueError, in a line, for a file that is damaged or another; OSError for one that cannot be read.
    """
    try:
        return Stored.load(path)
    except ValueError as error:
        try:
            return Index(HammingIndex.load(path))
        except ValueError:
            raise error from None

"""Samples that are drawn when they are needed: what is kept in memory are the factors that determine them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np


@dataclass(frozen=True)
class Rendering:
    """How images are drawn from their factors, which are then the rows of a source and of its splits.

    Attributes
    ----------
    draw : a function of rows (n, factors) that gives a fresh array of n images, uint8 from black, 0, to white.
    shape : of one sample, such as (channels, height, width).
    names : of the factors.
    sizes : how many values each factor has; it is then one of the whole numbers from 0 on. None: all are numbers from
        0 to 1.
    checksum : CRC-32 of whatever else the images depend on.
    """

    draw: Callable[[Array], Array]
    shape: Shape
    names: tuple[str, ...]
    sizes: tuple[int, ...] | None
    checksum: int

    def __call__(self, rows: Array) -> Array:
        """The samples (n, *shape) of rows (n, factors)."""
        return self.draw(rows).reshape(len(rows), *self.shape)

    def rows(self, owner: str, factors: Any) -> Array:
        """The rows (n, factors) of a user's factors (factors, n). ValueError where there is no such factor."""
        given = realNumbers(owner, "factors", factors, finite=True)
        if given.ndim != 2 or len(given) != len(self.names):
            expected = f"of shape ({len(self.names)}, n), with the rows {', '.join(self.names)}"
            raise ValueError(refusal(owner, "factors", expected, given.shape))
        if self.sizes is None:
            self._check(owner, given, (given < 0) | (given > 1), ["a number from 0 to 1"] * len(given))
            return given.T
        sizes = np.array(self.sizes)[:, np.newaxis]
        outside = (given < 0) | (given >= sizes) | (given != np.floor(given))
        self._check(owner, given, outside, [f"a whole number from 0 to {size - 1}" for size in self.sizes])
        return given.T.astype(np.intp)

    def _check(self, owner: str, given: Array, outside: Array, expected: list[str]) -> None:
        if outside.any():
            row, column = (int(place[0]) for place in np.nonzero(outside))
            raise ValueError(
                refusal(owner, f"the factor {self.names[row]!r}", expected[row], given[row, column].item())
            )

"""Small pieces of pictures, to learn from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet.arguments import randomGenerator, wholeNumber
from leibnet.arrays import asArray
from leibnet.randomness import data
from leibnet.types import Array

import numpy as np


def patches(
    pictures: Iterable[Any], size: int = 32, count: int = 1000, rng: np.random.Generator | int | None = None
) -> Array:
    """Square pieces from anywhere in these pictures, equally many of each, one after the other in turn.

    Parameters
    ----------
    pictures : arrays (channels, height, width) or (channels, height, width, 1), of the same channels and any size.
    size : of a piece, in pixels; default 32.
    count : of all of them together; default 1,000.
    rng : a generator or a seed; default the library's own of data.

    Returns
    -------
    (channels, size, size, count), for `Dataset.fromArrays`.

    Example
    -------
    >>> patches([np.zeros((3, 40, 50)), np.ones((3, 60, 60))], 16, 4, rng=0)[0, 0, 0]
    array([0., 1., 0., 1.])
    """
    source = randomGenerator("patches", rng) or data.generator
    size, count = wholeNumber("patches", "size", size), wholeNumber("patches", "count", count)
    given = [asArray(one, "patches", "every picture") for one in pictures]
    given = [one[..., 0] if one.ndim == 4 and one.shape[-1] == 1 else one for one in given]
    if not given or any(one.ndim != 3 or len(one) != len(given[0]) or min(one.shape[1:]) < size for one in given):
        got = ", ".join(str(one.shape) for one in given) or "none"
        raise ValueError(f"patches: expected pictures (channels, height, width) of {size} x {size} or more, got {got}")
    pieces = []
    for i in range(count):
        one = given[i % len(given)]
        down, right = (int(source.integers(side - size + 1)) for side in one.shape[1:])
        pieces.append(one[:, down : down + size, right : right + size])
    return np.stack(pieces, axis=-1)

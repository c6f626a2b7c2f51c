"""Pictures in another size."""

from __future__ import annotations

from functools import lru_cache

from leibnet.arguments import wholeNumber
from leibnet.types import Array

import numpy as np


def resized(x: Array, height: int, width: int) -> Array:
    """Pictures (channels, height, width, N) in another size, a new array of their precision: x ↦ R x Cᵀ.

    Between pixels it goes straight from one to the next; made smaller, a pixel is a mean of those that it covers, the
    middle ones more (a triangle as wide as two of the larger pixels).

    >>> resized(np.array([0.0, 1.0]).reshape(1, 1, 2, 1), 1, 4).ravel()
    array([0.  , 0.25, 0.75, 1.  ])
    """
    height, width = wholeNumber("resized", "height", height), wholeNumber("resized", "width", width)
    if x.shape[1:3] == (height, width):
        return x.copy()
    rows, columns = _weights(x.shape[1], height).astype(x.dtype), _weights(x.shape[2], width).astype(x.dtype)
    return np.einsum("ah,chwn,bw->cabn", rows, x, columns, optimize=True)


@lru_cache(maxsize=64)
def _weights(before: int, after: int) -> Array:
    """(after, before), what every pixel takes of those there were; rows add up to 1."""
    step = before / after
    centres = (np.arange(after) + 0.5) * step - 0.5
    distance = np.abs(centres[:, np.newaxis] - np.arange(before))
    if step <= 1:  # beyond the first and the last pixel, these go on
        distance = np.abs(np.clip(centres, 0, before - 1)[:, np.newaxis] - np.arange(before))
    weights = np.maximum(0, 1 - distance / max(1.0, step))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights

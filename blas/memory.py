"""Work arrays whose memory is kept."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Kept = dict[str, tuple[Array, Array]]


def workArray(kept: Kept, name: str, shape: tuple[int, ...], like: Array) -> Array:
    """An array of this shape, of the kind and precision of `like`, with whatever it held before.

    Its memory is kept under its name, and grows with the largest shape asked for: the system hands out large arrays
    page by page, and to ask for them anew in every step would take longer than what is done with them.
    """
    memory, array = kept.get(name, (None, None))
    if array is None or memory is None or array.shape != shape or array.dtype != like.dtype:
        size = math.prod(shape)
        if memory is None or memory.size < size or memory.dtype != like.dtype:
            memory = np.empty_like(like, shape=size)
        array = memory[:size].reshape(shape)
        kept[name] = memory, array
    return array

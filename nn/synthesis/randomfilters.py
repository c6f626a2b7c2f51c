"""Filters that nothing was learnt with."""

from __future__ import annotations

from collections.abc import Sequence

from leibnet.arguments import randomGenerator, wholeNumber
from leibnet.randomness import networks

import numpy as np

from activations import ReLU
from layers import Chain, Concatenate, Conv2D, Copy, Parallel


def randomFilters(
    sizes: Sequence[int] = (3, 5, 7, 11, 15, 23),
    count: int = 16,
    channels: int = 3,
    rng: np.random.Generator | int | None = None,
) -> Chain:
    """One convolution with random filters of several sizes, and ReLU: enough to tell textures apart.

    Ustyuzhaninov, Brendel, Gatys & Bethge 2016, arXiv:1606.00021, with 128 filters each of 3 to 55 pixels; weights
    uniform as Glorot & Bengio's. The layer "maps" gives those of all of them together, (len(sizes) · count, height,
    width, N). Pixels from 0 to 1 become -1 to 1 before. It is frozen, and in float32.

    Parameters
    ----------
    sizes : of the filters, in pixels; default 3, 5, 7, 11, 15 and 23.
    count : of the filters of each size; default 16.
    channels : of the pictures; default 3.
    rng : a generator or a seed; default the library's own.

    Example
    -------
    >>> randomFilters((3, 5), 4, rng=0).shapes((3, 32, 32))[-1]
    (8, 32, 32)
    """
    source = randomGenerator("randomFilters", rng) or networks.generator
    if not sizes:
        raise ValueError("randomFilters: expected sizes to be those of filters, such as (3, 7, 15), got none")
    filters = [
        Conv2D(
            wholeNumber("randomFilters", "channels", channels),
            wholeNumber("randomFilters", "count", count),
            wholeNumber("randomFilters", "every size", size),
            ReLU(),
            padding="same",
            initializer="glorot_uniform",
            rng=source,
        )
        for size in sizes
    ]
    centred = Conv2D(channels, channels, 1)
    centred.weight, centred.bias = 2 * np.eye(channels)[..., None, None], -np.ones((channels, 1))
    parts = {"centred": centred, "copies": Copy(len(filters)), "filters": Parallel(filters), "maps": Concatenate()}
    chain = Chain(parts)
    chain.astype(np.float32)
    chain.freeze()
    return chain

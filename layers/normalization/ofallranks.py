"""What `BatchNormalization` knows of a mini-batch that several ranks share, see `leibnet.ranks`."""

from __future__ import annotations

from leibnet.ranks import current, summed
from leibnet.types import Array

import numpy as np


def momentsOfAll(n: int, mean: Array, variance: Array) -> tuple[int, Array, Array]:
    """Number, mean and variance (features, 1) of the values of all ranks, from those of this one's n values.

    They are added up in double precision, so that nothing is lost where the mean is large beside the deviation.
    """
    if current() is None:
        return n, mean, variance
    middle = mean.astype(float)
    total = summed(np.concatenate(([[n]], n * middle, n * (variance + middle * middle))))
    count = int(total[0, 0])
    middle, square = np.split(total[1:] / max(count, 1), 2)
    return count, middle.astype(mean.dtype), np.maximum(square - middle * middle, 0).astype(mean.dtype)


def slopesOfAll(dscale: Array, dshift: Array) -> tuple[Array, Array]:
    """Σ dy x̂ and Σ dy over all ranks, from those of this one.

    Each rank's dy is that of a mean over its own samples and counts by its share of them; so the sums are in units of
    this rank's share, as its dy is.
    """
    if (share := current()) is None:
        return dscale, dshift
    both = np.concatenate((dscale, dshift)).astype(float)
    share.ranks.sum(both, share.weight)
    dscale, dshift = np.split((both / share.weight).astype(dscale.dtype), 2)
    return dscale, dshift

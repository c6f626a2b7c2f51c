"""What `BatchNormalization` knows of a mini-batch that several ranks share, see `leibnet.ranks`."""

from __future__ import annotations

from leibnet.ranks import current, summed
from leibnet.types import Array

import numpy as np


def momentsOfAll(n: int, mean: Array, variance: Array) -> tuple[int, Array, Array]:
    """Number, mean and variance (features, 1) of the values of all ranks, from those of this one's n values.

    Each rank's deviations are from its own mean, and those of the means are added: so nothing is lost where the mean is
    large beside the deviation (Chan et al. 1979).
    """
    if (share := current()) is None:
        return n, mean, variance
    each = np.zeros((share.ranks.size, 1 + 2 * len(mean)))
    each[share.ranks.rank] = n, *mean[:, 0], *variance[:, 0]
    counts, (means, variances) = summed(each)[:, 0], np.split(each[:, 1:], 2, axis=1)
    weights = counts / max(counts.sum(), 1)
    middle = weights @ means
    spread = weights @ (variances + (means - middle) ** 2)
    return int(counts.sum()), *(one[:, np.newaxis].astype(mean.dtype) for one in (middle, spread))


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

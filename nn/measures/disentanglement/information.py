"""What every code says of every factor, in nats, and by how much the first one says more than the second."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.disentanglement.given import codesAndFactors

BINS = 20


def mutualInformationGap(codes: Any, factors: Any, bins: int = BINS) -> float:
    """MIG: how much more of a factor the best code says than the second one, as a share of all, from 0 to 1.

        MIG = 1/K Σₖ (I(z_a; vₖ) - I(z_b; vₖ)) / H(vₖ)        a, b the codes with the most and the second most

    Chen et al. 2018, "Isolating sources of disentanglement", arXiv:1802.04942, section 4. Codes are cut into bins, see
    `mutualInformation`, as in the comparison of Locatello et al. 2018, arXiv:1811.12359. A factor with more values than
    there are bins cannot have 1, neither here nor there: of 60 equally frequent ones at most ln 20 / ln 60 = 0.73. Of
    codes that are random it is about 0. With a single code, the second says nothing.

    Parameters
    ----------
    codes : (latentDim, N).
    factors : (K, N), each of whose numbers is a class of its own.
    bins : of each code, equally wide; default 20.

    Example
    -------
    >>> factors = np.random.default_rng(0).integers(0, 4, (3, 20_000))
    >>> round(mutualInformationGap(factors[[1, 2, 0]], factors), 2)
    1.0
    """
    information, entropies = _information("mutualInformationGap", codes, factors, bins)
    if len(information) == 1:
        return float(np.mean(information[0] / entropies))
    second, first = np.sort(information, axis=0)[-2:]
    return float(np.mean((first - second) / entropies))


def mutualInformation(codes: Any, factors: Any, bins: int = BINS) -> Array:
    """I(zᵢ; vₖ) of every code and every factor in nats, (latentDim, K).

        I(z; v) = Σ p(z, v) ln p(z, v) / (p(z) p(v))

    of the frequencies in equally wide bins, from the least value of a code to the largest. Of few columns it is too
    large, by about (bins - 1)(values - 1) / 2N.

    Parameters are those of `mutualInformationGap`.
    """
    return _information("mutualInformation", codes, factors, bins)[0]


def _information(owner: str, codes: Any, factors: Any, bins: int) -> tuple[Array, Array]:
    """The information (latentDim, K), and the entropies of the factors (K,)."""
    codes, factors = codesAndFactors(owner, codes, factors)
    bins = wholeNumber(owner, "bins", bins, least=2)
    low, width = codes.min(axis=1, keepdims=True), np.ptp(codes, axis=1, keepdims=True)
    place = np.minimum((codes - low) / np.where(width > 0, width, 1) * bins, bins - 1).astype(int)
    information, entropies = np.empty((len(codes), len(factors))), np.empty(len(factors))
    for k, row in enumerate(factors):
        _, value, counts = np.unique(row, return_inverse=True, return_counts=True)
        entropies[k] = _entropy(counts)
        for i, bin_of in enumerate(place):
            joint = np.bincount(bin_of * len(counts) + value, minlength=bins * len(counts)).reshape(bins, -1)
            information[i, k] = max(_entropy(joint.sum(axis=1)) + entropies[k] - _entropy(joint.ravel()), 0.0)
    return information, entropies


def _entropy(counts: Array) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))

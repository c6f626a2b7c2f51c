"""How far two sets of points lie apart: data in a few dimensions and samples of a model, with no classifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leibnet import randomness
from leibnet.arguments import randomGenerator, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.pointsets import pointColumns, quantileSteps, squaredDistances

ENTRIES = 2**20  # numbers in an array that is computed at a time, 8 MB


def slicedWasserstein(a: Any, b: Any, directions: int = 100, rng: np.random.Generator | int | None = 0) -> float:
    """The sliced Wasserstein distance of two sets of points, in their own unit.

        SW = (1/K Σ W(θᵀa, θᵀb)²)^½                 over K directions θ, unit vectors
        W(u, v)² = ∫₀¹ (U⁻¹(q) - V⁻¹(q))² dq        of numbers: U⁻¹ and V⁻¹ are their quantiles, which sorting gives

    W is how far, root mean square, the numbers must be moved to become the others. Rabin et al. 2011, "Wasserstein
    Barycenter and its Application to Texture Mixing"; Bonneel et al. 2015, "Sliced and Radon Wasserstein Barycenters of
    Measures". Two samples of the same distribution do not have distance 0: compare with that of two halves of the data.

    Parameters
    ----------
    a, b : points as columns, (d, N) and (d, M).
    directions : K; default 100. In the plane they are evenly spread, in more dimensions drawn at random.
    rng : generator or seed for them; default 0, None for the library's own.

    Example
    -------
    >>> a = np.random.default_rng(0).normal(size=(2, 500))
    >>> slicedWasserstein(a, a)
    0.0
    >>> round(slicedWasserstein(a, a + [[3.0], [4.0]]), 6)  # 5/√2
    3.535534
    """
    owner = "slicedWasserstein"
    a = pointColumns(owner, "a", a)
    b = pointColumns(owner, "b", b, like=a)
    count = wholeNumber(owner, "directions", directions)
    theta = _directions(len(a), count, randomGenerator(owner, rng) or randomness.networks.generator)
    widths, of_a, of_b = quantileSteps(a.shape[1], b.shape[1])
    total = 0.0
    for block in _blocks(len(theta), len(widths)):
        u, v = (np.sort(theta[block] @ points, axis=1) for points in (a, b))  # (K, d) · (d, N)
        total += float(np.sum((u[:, of_a] - v[:, of_b]) ** 2 @ widths))
    return float(np.sqrt(total / len(theta)))


@dataclass(frozen=True)
class PrecisionRecall:
    """How samples and data lie in one another, see `precisionRecall`.

    Attributes
    ----------
    precision : the share of the samples that lie where data do: low where samples are bad.
    recall : the share of the data that lie where samples do: low where the model has left out some of the data.
    """

    precision: float
    recall: float

    def __str__(self) -> str:
        return f"precision {self.precision:.1%}, recall {self.recall:.1%}"


def precisionRecall(data: Any, samples: Any, neighbours: int = 3) -> PrecisionRecall:
    """Precision and recall of a model's samples by nearest neighbours (Kynkäänniemi et al. 2019, arXiv:1904.06991).

    A point lies where a set does, if it lies in a ball about one of its points, whose radius is the distance to that
    point's k-th neighbour in the set:

        precision = share of samples in the balls of the data         recall = share of data in the balls of the samples

    The balls shrink with more points: take as many samples as data, and compare only figures of equal numbers. Samples
    that are the data themselves have 100 % of both. For images, give features of a network instead of pixels.

    Parameters
    ----------
    data, samples : points as columns, (d, N) and (d, M), more than k each. The time grows as d (N + M)², the memory
        does not.
    neighbours : k; default 3, as in the paper.

    Example
    -------
    >>> data = [[0, 1, 2, 3, 10, 11, 12, 13]]
    >>> print(precisionRecall(data, [[0.5, 1.5, 2.5, 3.5, 0, 1, 20, 21]], neighbours=1))
    precision 75.0%, recall 50.0%
    """
    owner = "precisionRecall"
    k = wholeNumber(owner, "neighbours", neighbours)
    data = pointColumns(owner, "data", data, least=k + 1)
    samples = pointColumns(owner, "samples", samples, like=data, least=k + 1)
    return PrecisionRecall(_share(samples, data, k), _share(data, samples, k))


def _share(points: Array, of: Array, k: int) -> float:
    """The share of the points in the balls about those of the other set."""
    radii = np.empty(of.shape[1])  # squared; a point's first neighbour is itself
    for block in _blocks(of.shape[1], of.shape[1]):
        radii[block] = np.partition(squaredDistances(of[:, block], of), k, axis=1)[:, k]
    inside = sum(
        int(np.count_nonzero((squaredDistances(points[:, block], of) <= radii).any(axis=1)))
        for block in _blocks(points.shape[1], of.shape[1])
    )
    return inside / points.shape[1]


def _directions(dimensions: int, count: int, source: np.random.Generator) -> Array:
    """Unit vectors, as rows (K, d): the only one there is, evenly spread, or drawn at random."""
    if dimensions == 1:
        return np.ones((1, 1))
    if dimensions == 2:
        angles = np.pi / count * np.arange(count)  # those of the other half circle give the same
        return np.stack((np.cos(angles), np.sin(angles)), axis=1)
    theta = source.standard_normal((count, dimensions))
    return theta / np.linalg.norm(theta, axis=1, keepdims=True)


def _blocks(count: int, entries: int) -> Iterator[slice]:
    """Stretches of `count` things of which each takes so many entries."""
    size = max(1, ENTRIES // entries)
    return (slice(start, start + size) for start in range(0, count, size))

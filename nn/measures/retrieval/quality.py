"""What ranked answers are worth: precision and average precision, where equally near answers have no order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import classNumbersOf
from nn.measures.retrieval.hamming import asWords, bitsOf, distancesTo


@dataclass(frozen=True)
class RetrievalQuality:
    """How many of the answers to some queries are right, on average over the queries.

    Attributes
    ----------
    meanAveragePrecision : see `averagePrecision`.
    precision : the share of right ones among the `count` nearest, see `precisionAt`.
    count : how many these are.
    averagePrecisions, precisions : (Q,), those of each query.
    """

    meanAveragePrecision: float
    precision: float
    count: int
    averagePrecisions: Array = field(repr=False)
    precisions: Array = field(repr=False)

    def __str__(self) -> str:
        return f"mean average precision {self.meanAveragePrecision:.3f}, precision@{self.count} {self.precision:.3f}"


def retrievalQuality(queries: Any, queryLabels: Any, codes: Any, labels: Any, count: int = 100) -> RetrievalQuality:
    """How well binary codes find samples of the same class: all are ranked by their Hamming distance to each query.

    Parameters
    ----------
    queries, codes : binary codes as columns (bits, Q) and (bits, N), of values as for `HammingIndex`.
    queryLabels, labels : class numbers (Q,) and (N,): those with the class of the query are right.
    count : k of precision@k; default 100, at most N.

    Example
    -------
    >>> quality = retrievalQuality([[1], [1]], [7], [[1, 1, 0], [1, 0, 0]], [7, 3, 7], count=2)
    >>> print(quality)
    mean average precision 0.833, precision@2 0.500
    """
    owner = "retrievalQuality"
    asked, there = bitsOf(owner, "queries", queries), bitsOf(owner, "codes", codes)
    if len(asked) != len(there):
        raise ValueError(refusal(owner, "queries", f"codes of {len(there)} bits, as codes has", len(asked)))
    count = _at_most(owner, count, there.shape[1])
    wanted = classNumbersOf(owner, "queryLabels", queryLabels, asked.shape[1])
    found = classNumbersOf(owner, "labels", labels, there.shape[1])
    words, harmonic = asWords(np.packbits(there, axis=0)), _harmonic(there.shape[1])
    average, precise = np.zeros(len(wanted)), np.zeros(len(wanted))
    for place, query in enumerate(asWords(np.packbits(asked, axis=0)).T):
        ranks, right = distancesTo(words, query), found == wanted[place]
        sizes, hits = np.bincount(ranks), np.bincount(ranks[right], minlength=int(ranks.max()) + 1)
        average[place], precise[place] = _average_precision(sizes, hits, harmonic), _precision(sizes, hits, count)
    return RetrievalQuality(float(average.mean()), float(precise.mean()), count, average, precise)


def averagePrecision(distances: Any, relevant: Any) -> float:
    """The average precision of the answers to one query, ranked by their distance:

        AP = 1/R Σ (share of right ones among the first i), over the ranks i at which a right one stands

    R is the number of all right ones there are; where there are none, AP is 0. Equally distant answers have no order:
    it is the mean over all of them, in closed form (McSherry & Najork 2008, "Computing information retrieval
    performance measures efficiently in the presence of tied scores"). So it does not depend on the order of the data,
    and answers that are all at one distance have about the share of right ones, R/N.

    Parameters
    ----------
    distances : (N,), the smaller the better.
    relevant : (N,) of bool, which answers are right.

    Example
    -------
    >>> averagePrecision([1, 2, 3, 4], [True, False, True, False])  # (1/1 + 2/3) / 2
    0.8333333333333333
    >>> averagePrecision([0, 0, 0, 0], [True, False, False, False])  # (1 + 1/2 + 1/3 + 1/4) / 4
    0.5208333333333333
    """
    sizes, hits = _groups("averagePrecision", distances, relevant)
    return _average_precision(sizes, hits, _harmonic(int(sizes.sum())))


def precisionAt(count: int, distances: Any, relevant: Any) -> float:
    """The share of right ones among the `count` nearest answers to one query; of equally distant ones in the mean.

    Parameters
    ----------
    count : at most N.
    distances, relevant : as for `averagePrecision`.

    Example
    -------
    >>> precisionAt(2, [1, 2, 2, 4], [True, False, True, False])
    0.75
    """
    sizes, hits = _groups("precisionAt", distances, relevant)
    return _precision(sizes, hits, _at_most("precisionAt", count, int(sizes.sum())))


def _groups(owner: str, distances: Any, relevant: Any) -> tuple[Array, Array]:
    """How many answers, and how many right ones, there are at each distance, nearest first."""
    distances = realNumbers(owner, "distances", distances, finite=True)
    right = realNumbers(owner, "relevant", relevant)
    if distances.ndim != 1 or not distances.size:
        raise ValueError(refusal(owner, "distances", "one number or more (N,)", distances.shape))
    if right.shape != distances.shape or not np.isin(right, (0, 1)).all():
        raise ValueError(refusal(owner, "relevant", f"True or False {distances.shape} for every distance", relevant))
    values, group = np.unique(distances, return_inverse=True)
    return np.bincount(group), np.bincount(group[right.astype(bool)], minlength=len(values))


def _average_precision(sizes: Array, hits: Array, harmonic: Array) -> float:
    """Groups of c answers, h of them right, behind C answers, H of them right. At rank C + i a right one stands with
    probability h/c, and then H + (i - 1) (h - 1)/(c - 1) others are expected before it. So a group gives

        h/c Σᵢ (H + 1 + (i - 1) (h - 1)/(c - 1)) / (C + i)

        Σᵢ 1/(C + i) = S, a difference of harmonic numbers        Σᵢ (i - 1)/(C + i) = c - (C + 1) S
    """
    some = hits > 0
    total = hits.sum()
    before, right = sizes.cumsum() - sizes, hits.cumsum() - hits
    c, h, C, H = sizes[some], hits[some], before[some], right[some]
    S = harmonic[C + c] - harmonic[C]
    rising = (h - 1) / np.maximum(c - 1, 1)
    return float(np.sum(h / c * ((H + 1) * S + rising * (c - (C + 1) * S)))) / max(int(total), 1)


def _precision(sizes: Array, hits: Array, count: int) -> float:
    taken = np.clip(count - (sizes.cumsum() - sizes), 0, sizes)
    return float(np.sum(hits * (taken / np.maximum(sizes, 1)))) / count


def _harmonic(count: int) -> Array:
    """0, 1, 1 + 1/2, 1 + 1/2 + 1/3, ..."""
    return np.concatenate([[0.0], np.cumsum(1 / np.arange(1, count + 1))])


def _at_most(owner: str, count: Any, most: int) -> int:
    count = wholeNumber(owner, "count", count)
    if count > most:
        raise ValueError(refusal(owner, "count", f"at most {most}, as many as there are answers", count))
    return count

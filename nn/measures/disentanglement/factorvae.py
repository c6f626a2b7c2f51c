"""The score of FactorVAE: which code stands still when a factor does."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.disentanglement.given import codesAndFactors

ENTRIES = 2_000_000  # numbers that are looked at at once


def factorVaeScore(
    codes: Any,
    factors: Any,
    votes: int = 5000,
    samples: int = 64,
    collapsed: float = 0.05,
    rng: np.random.Generator | int | None = 0,
) -> float:
    """How often the code that varies least tells which factor was held fixed, from 1/K, chance, to 1.

    For every vote a factor k is drawn, one of its values, and L samples that have it. The code whose variance among
    them, divided by its variance among all, is the least, votes for k:

        d = argminᵢ Var(zᵢ | vₖ) / Var(zᵢ)

    Every code stands for the factor that the majority of its votes is for. The score is the share of right answers
    for as many further votes. Kim & Mnih 2018, "Disentangling by factorising", arXiv:1802.05983, section 4. Codes that
    say nothing, whose variance among all is small, are left out.

    Parameters
    ----------
    codes : (latentDim, N), such as the means of a VAE's encoder.
    factors : (K, N), what the samples were made from; every value has two columns or more.
    votes : V, to find what codes stand for, and again V to score; default 5000.
    samples : L of each vote, drawn with replacement; default 64.
    collapsed : the variance below which a code is left out; default 0.05, for codes with a prior N(0, I). If none is
        left, the score is 0.
    rng : generator or seed of the draws; default 0, None for a new one.

    Example
    -------
    >>> factors = np.random.default_rng(0).integers(0, 4, (3, 1000))
    >>> factorVaeScore(2.0 * factors[[1, 2, 0]], factors)
    1.0
    """
    owner = "factorVaeScore"
    codes, factors = codesAndFactors(owner, codes, factors)
    votes, samples = wholeNumber(owner, "votes", votes), wholeNumber(owner, "samples", samples, least=2)
    collapsed = number(owner, "collapsed", collapsed, low=0)
    source = randomGenerator(owner, rng) or np.random.default_rng()
    variances = codes.var(axis=1)
    codes = codes[variances > collapsed]
    if not len(codes):
        return 0.0
    codes /= codes.std(axis=1, keepdims=True)
    groups = [_Groups(owner, k, row) for k, row in enumerate(factors)]
    tables = np.zeros((2, len(codes), len(factors)), int)
    for table in tables:
        fixed = source.integers(len(factors), size=votes)
        for k, group in enumerate(groups):
            least = _least(codes, group.draw(int(np.sum(fixed == k)), samples, source))
            table[:, k] = np.bincount(least, minlength=len(codes))
    meaning = tables[0].argmax(axis=1)
    return float(tables[1][np.arange(len(codes)), meaning].sum() / votes)


class _Groups:
    """The columns with the same value of a factor."""

    def __init__(self, owner: str, k: int, row: Array) -> None:
        self.order = np.argsort(row, kind="stable")
        _, number, self.counts = np.unique(row, return_inverse=True, return_counts=True)
        if self.counts.min() < 2:
            expected, got = "values that two columns or more have", f"one of a single column in row {k}"
            remedy = "give more columns, or round the factor"
            raise ValueError(refusal(owner, "factors", expected, got, remedy))
        self.number, self.starts = number, np.cumsum(self.counts) - self.counts

    def draw(self, votes: int, samples: int, source: np.random.Generator) -> Array:
        """Columns (votes, samples) that have the same value in every row."""
        value = self.number[source.integers(len(self.number), size=votes)]
        inside = (source.random((votes, samples)) * self.counts[value, None]).astype(int)
        return self.order[self.starts[value, None] + inside]


def _least(codes: Array, columns: Array) -> Array:
    """Which code varies least among these columns of each vote, (votes,)."""
    size = max(1, ENTRIES // (len(codes) * columns.shape[1]))
    pieces = [columns[start : start + size] for start in range(0, len(columns), size)]
    return np.concatenate([codes[:, piece].var(axis=2).argmin(axis=0) for piece in pieces] or [np.zeros(0, int)])

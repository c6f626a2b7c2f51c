"""How well single codes predict a factor: linearly, the best against the second; and by a curve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.disentanglement.given import classesAmong, codesAndFactors, equalEdges, halvesOf, oneHotOf

THRESHOLDS = 20


def separatedAttributePredictability(codes: Any, factors: Any, classes: Iterable[int] = ()) -> float:
    """SAP: how much better the best code predicts a factor than the second one, from 0 to 1.

        SAP = 1/K Σₖ (S_ak - S_bk)        a, b the codes with the largest and the second largest S_ik

    S_ik is the share of the variance of vₖ that a line through zᵢ explains, Cov(zᵢ, vₖ)² / (Var(zᵢ) Var(vₖ)). Of a
    factor that is a class it is the balanced accuracy of a classifier that looks at thresholds of zᵢ, here at 20 bins
    that are equally full: the mean over the classes of the share of right answers. Kumar et al. 2018, "Variational
    inference of disentangled latent concepts", arXiv:1711.00848, section 3. (Other code takes all factors for classes.)
    Of codes that are random it is about 0. With a single code, S_bk is what chance gives: 0, or one over the classes.

    Parameters
    ----------
    codes : (latentDim, N).
    factors : (K, N).
    classes : the rows of factors whose values have no order, such as a shape; default none.

    Example
    -------
    >>> factors = np.random.default_rng(0).integers(0, 4, (3, 20_000))
    >>> round(separatedAttributePredictability(factors[[1, 2, 0]], factors), 2)
    1.0
    """
    owner = "separatedAttributePredictability"
    codes, factors = codesAndFactors(owner, codes, factors)
    rows = classesAmong(owner, classes, len(factors))
    centred = codes - codes.mean(axis=1, keepdims=True)
    scale = np.linalg.norm(centred, axis=1)
    centred /= np.where(scale > 1e-9 * np.abs(codes).max(axis=1), scale, np.inf)[:, np.newaxis]
    gaps = []
    for k, row in enumerate(factors):
        if k in rows:
            hot = oneHotOf(row)
            scores, chance = np.array([_balanced_accuracy(one, hot) for one in codes]), 1 / len(hot)
        else:
            v = row - row.mean()
            scores, chance = (centred @ v) ** 2 / (v @ v), 0.0
        second, first = np.sort(scores if len(scores) > 1 else np.append(scores, chance))[-2:]
        gaps.append(first - second)
    return float(np.mean(gaps))


def codeFactorR2(codes: Any, factors: Any, bins: int = 20, classes: Iterable[int] = ()) -> Array:
    """The share of the variance of every factor that every single code explains by some curve, (latentDim, K).

        R²_ik = 1 - Σ (vₖ - m(zᵢ))² / Σ (vₖ - mean vₖ)²

    m gives the mean of the factor in the bin that zᵢ falls into, of bins that are equally full. It is found on one
    half of the samples, drawn at random, always the same, and judged on the other, and the other way round, so that
    noise is not taken for an explanation: of a random code R² is about 0, or a little less. Of a factor that is a
    class, the sums are over its one-hot rows, too.

    Parameters
    ----------
    codes : (latentDim, N).
    factors : (K, N), numbers such as the position of a ball, with an order, but for the classes.
    bins : of each code; default 20. There should be some dozens of columns for each.
    classes : the rows of factors whose values have no order, such as a shape; default none.

    Example
    -------
    >>> z = np.linspace(-1, 1, 1000)
    >>> codeFactorR2([z, np.sign(z)], [z**3, np.abs(z)]).round(1) + 0.0
    array([[1. , 1. ],
           [0.4, 0. ]])
    """
    codes, factors = codesAndFactors("codeFactorR2", codes, factors)
    bins = wholeNumber("codeFactorR2", "bins", bins, least=2)
    if codes.shape[1] < 2 * bins:
        raise ValueError(refusal("codeFactorR2", "codes", f"{2 * bins} columns or more for {bins} bins", codes.shape))
    rows = classesAmong("codeFactorR2", classes, len(factors))
    targets = [oneHotOf(row) if k in rows else row[np.newaxis] for k, row in enumerate(factors)]
    left = np.zeros((len(codes), len(targets)))
    halves = halvesOf(codes.shape[1], np.random.default_rng(0))
    for half, other in (halves, halves[::-1]):
        for i, z in enumerate(codes):
            edges = equalEdges(z[half], bins)
            learnt, asked = (
                np.searchsorted(edges, z[half], side="right"),
                np.searchsorted(edges, z[other], side="right"),
            )
            counts = np.bincount(learnt, minlength=len(edges) + 1)
            for k, v in enumerate(targets):
                for row in v:
                    sums = np.bincount(learnt, row[half], len(edges) + 1)
                    curve = np.where(counts > 0, sums / np.maximum(counts, 1), row[half].mean())
                    left[i, k] += np.sum((row[other] - curve[asked]) ** 2)
    return 1 - left / [np.sum((v - v.mean(axis=1, keepdims=True)) ** 2) for v in targets]


def _balanced_accuracy(code: Array, hot: Array) -> float:
    """Of the classifier that gives each bin of a code the class with the largest share of its own samples there."""
    edges = equalEdges(code, THRESHOLDS)
    place = np.searchsorted(edges, code, side="right")
    shares = np.array([np.bincount(place, row, len(edges) + 1) / row.sum() for row in hot])  # (classes, bins)
    return float(shares.max(axis=0).sum() / len(hot))

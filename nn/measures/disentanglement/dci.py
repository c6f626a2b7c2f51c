"""Disentanglement, completeness and informativeness of codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.measures.disentanglement.given import classesAmong, codesAndFactors, halvesOf, oneHotOf
from nn.measures.disentanglement.trees import BaggedTrees

LEAF = 5
DEEPEST = 16  # a tree has two to that power of parts


@dataclass(frozen=True)
class DCI:
    """What `dci` finds, all from 0 to 1.

    Attributes
    ----------
    disentanglement : whether every code stands for one factor.
    completeness : whether every factor stands in one code.
    informativeness : how much of the factors the codes say together.
    importance : (latentDim, K), the share that every code has in predicting a factor; 0 of a factor that cannot be
        predicted, else the sum over the codes is 1.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: Array

    def __str__(self) -> str:
        return (
            f"disentanglement {self.disentanglement:.3f}, completeness {self.completeness:.3f}, "
            f"informativeness {self.informativeness:.3f}"
        )


def dci(
    codes: Any,
    factors: Any,
    classes: Iterable[int] = (),
    trees: int = 10,
    depth: int = 8,
    rng: np.random.Generator | int | None = 0,
) -> DCI:
    """Disentanglement, completeness and informativeness, from which codes predict which factor.

    With R_ik, the importance of code i in predicting factor k, p_ik = R_ik / Σₖ R_ik and q_ik = R_ik / Σᵢ R_ik,

        disentanglement    Σᵢ wᵢ (1 - H_K(pᵢ))             wᵢ = Σₖ R_ik / Σ R
        completeness       1/K Σₖ (1 - H_latentDim(qₖ))
        informativeness    1/K Σₖ R²ₖ                       of the other half of the samples

    where H_K is the entropy with the logarithm to the base K. Eastwood & Williams 2018, "A framework for the
    quantitative evaluation of disentangled representations" (ICLR), section 2. They predict by a lasso or a random
    forest; other code by boosted trees. Here it is the mean of several trees, each grown on samples that are drawn with
    replacement, and R_ik the share of the variance that the thresholds of code i take away. A class is predicted as its
    one-hot rows. One half of the samples, drawn at random, is learnt from, the other predicted. Figures of different
    regressors do not compare.

    Of random codes, disentanglement and completeness are small, not 0: what little trees find in noise is in no code in
    particular, but not quite evenly spread; the informativeness is about 0, or a little less.

    Parameters
    ----------
    codes : (latentDim, N), some hundreds of columns or more.
    factors : (K, N), K >= 2.
    classes : the rows of factors whose values have no order, such as a shape; default none.
    trees, depth : default 10, of 8 questions; at most 16.
    rng : generator or seed of the draws; default 0, None for a new one.

    Example
    -------
    >>> factors = np.random.default_rng(0).integers(0, 4, (3, 5000))
    >>> print(dci(factors[[1, 2, 0]], factors))
    disentanglement 1.000, completeness 1.000, informativeness 1.000
    """
    codes, factors = codesAndFactors("dci", codes, factors)
    if len(factors) < 2:
        raise ValueError(refusal("dci", "factors", "2 rows or more", factors.shape))
    if codes.shape[1] < 4 * LEAF:
        raise ValueError(refusal("dci", "codes", f"{4 * LEAF} columns or more", codes.shape))
    rows = classesAmong("dci", classes, len(factors))
    trees, depth = wholeNumber("dci", "trees", trees), wholeNumber("dci", "depth", depth)
    if depth > DEEPEST:
        raise ValueError(refusal("dci", "depth", f"at most {DEEPEST}", depth))
    source = randomGenerator("dci", rng) or np.random.default_rng()
    half, other = halvesOf(codes.shape[1], source)
    importance, explained = np.zeros((len(codes), len(factors))), np.zeros(len(factors))
    for k, row in enumerate(factors):
        targets = oneHotOf(row) if k in rows else row[np.newaxis]
        learnt, truth = targets[:, half], targets[:, other]
        forest = BaggedTrees(codes[:, half], learnt, trees, depth, LEAF, source)
        errors = [np.sum((truth - guess) ** 2) for guess in (forest.predict(codes[:, other]), forest.mean)]
        explained[k] = 1 - errors[0] / errors[1]
        importance[:, k] = forest.importance / (forest.importance.sum() or 1)
    by_code, by_factor = importance.sum(axis=1), importance.sum(axis=0)
    weights = by_code / (by_code.sum() or 1)
    return DCI(
        float(weights @ _certainty(importance)),
        float(np.mean(np.where(by_factor > 0, _certainty(importance.T), 0))),
        float(explained.mean()),
        importance,
    )


def _certainty(importance: Array) -> Array:
    """1 minus the entropy of every row as shares, with its length as the base of the logarithm."""
    if importance.shape[1] == 1:
        return np.ones(len(importance))
    shares = importance / np.maximum(importance.sum(axis=1, keepdims=True), 1e-300)
    return 1 + np.sum(shares * np.log(np.maximum(shares, 1e-300)), axis=1) / np.log(importance.shape[1])

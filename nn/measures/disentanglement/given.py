"""Codes and factors, checked, and codes in bins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import columnsOf


def codesAndFactors(owner: str, codes: Any, factors: Any) -> tuple[Array, Array]:
    """Codes (latentDim, N) and factors (K, N), two columns or more, both as finite numbers in float64."""
    codes = columnsOf(owner, "codes", codes).astype(float)
    factors = realNumbers(owner, "factors", factors, np.dtype(float), finite=True)
    if factors.ndim != 2 or not len(factors) or factors.shape[1] != codes.shape[1]:
        expected = f"a row for each factor and a column for each code, (K, {codes.shape[1]})"
        raise ValueError(refusal(owner, "factors", expected, factors.shape))
    constant = np.flatnonzero(np.ptp(factors, axis=1) == 0)
    if constant.size:
        expected, remedy = "rows of two different values or more", "leave it out: no code can say anything of it"
        raise ValueError(refusal(owner, "factors", expected, f"a constant in row {constant[0]}", remedy))
    return codes, factors


def classesAmong(owner: str, classes: Iterable[int], count: int) -> list[int]:
    """Which of `count` factors are classes, whose values have no order."""
    if not isinstance(classes, Iterable):
        raise TypeError(refusal(owner, "classes", "rows of factors, such as [0]", classes))
    rows = sorted({wholeNumber(owner, "each of classes", one, least=0) for one in classes})
    if rows and rows[-1] >= count:
        raise ValueError(refusal(owner, "each of classes", f"the row of one of {count} factors", rows[-1]))
    return rows


def oneHotOf(values: Array) -> Array:
    """Classes (N,), whatever their numbers, as columns (classes, N)."""
    found, number = np.unique(values, return_inverse=True)
    return np.eye(len(found))[:, number]


def equalEdges(row: Array, bins: int) -> Array:
    """The inner edges of bins that are equally full; fewer where many numbers are the same."""
    return np.unique(np.quantile(row, np.arange(1, bins) / bins))


def halvesOf(count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The columns in two halves at random, as they may come in an order in which every other one is of a kind."""
    order = rng.permutation(count)
    return np.sort(order[: -(-count // 2)]), np.sort(order[-(-count // 2) :])

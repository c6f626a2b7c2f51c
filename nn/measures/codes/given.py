"""Codes and class numbers, checked."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np


def columnsOf(owner: str, name: str, codes: Any, features: int | None = None) -> Array:
    """Finite numbers as columns (features, N), one or more, in float32 or float64; images become columns."""
    codes = realNumbers(owner, name, codes, finite=True, scaled=True)
    if codes.ndim < 2 or not codes.size:
        raise ValueError(refusal(owner, name, "one column or more, (features, N)", codes.shape))
    columns = codes.reshape(-1, codes.shape[-1])
    if features is not None and len(columns) != features:
        raise ValueError(refusal(owner, name, f"columns of shape ({features}, N)", codes.shape))
    return columns if columns.dtype in (np.float32, np.float64) else columns.astype(float)


def meanOf(codes: Array) -> Array:
    """Their mean as a column, in their precision."""
    return codes.mean(axis=1, keepdims=True, dtype=float).astype(codes.dtype)


def fitted(measure: Any, attribute: str) -> Any:
    """An attribute that `fit` makes. RuntimeError before."""
    found = getattr(measure, attribute, None)
    if found is None:
        raise RuntimeError(f"this {type(measure).__name__} is not fitted: call fit first")
    return found


def classNumbersOf(owner: str, name: str, labels: Any, count: int) -> Array:
    """Class numbers 0, 1, 2, ... (N,), one for each of `count` columns."""
    labels = realNumbers(owner, name, labels)
    if labels.shape != (count,):
        expected = f"class numbers ({count},), one for each column"
        raise ValueError(refusal(owner, name, expected, labels.shape, "of one-hot columns, give labels.argmax(axis=0)"))
    if not count:
        raise ValueError(refusal(owner, name, "one class number or more", labels.shape))
    if (labels % 1).any() or labels.min() < 0:
        raise ValueError(refusal(owner, name, "class numbers 0, 1, 2, ...", f"{labels.min():g} to {labels.max():g}"))
    return labels.astype(np.int64)

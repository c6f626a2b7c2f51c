"""How many steps each sequence has, where padding at its end makes all of them equally long."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray, positionsOf
from leibnet.types import Array

import numpy as np


def checkedLengths(owner: str, name: str, given: Any, rows: Array) -> Array | None:
    """The lengths (N,) of sequences as rows (N, steps, features), whole numbers from 1 to their steps."""
    if given is None:
        return None
    if rows.ndim != 3:
        shape = (*rows.shape[1:], len(rows))
        remedy = "only sequences (steps, features, N) have lengths"
        raise ValueError(refusal(owner, name, f"omitted for samples of shape {shape}", given, remedy))
    lengths, steps = asArray(given, owner, name), rows.shape[1]
    if lengths.dtype.kind not in "iu":
        raise TypeError(refusal(owner, name, "whole numbers", lengths.dtype))
    if lengths.shape != (len(rows),):
        raise ValueError(refusal(owner, name, f"of shape ({len(rows)},), one for each sequence", lengths.shape))
    wrong = (lengths < 1) | (lengths > steps)
    if wrong.any():
        place = int(wrong.argmax())
        raise ValueError(
            refusal(owner, name, f"from 1 to {steps}, the steps", int(lengths[place]), f"it belongs to sample {place}")
        )
    return lengths.astype(np.intp)


def maskOf(lengths: Array, steps: int) -> Array:
    """(steps, n), True where a sequence has that step.

    >>> maskOf(np.array([1, 3]), 3).astype(int)
    array([[1, 1],
           [0, 1],
           [0, 1]])
    """
    mask: Array = np.arange(steps)[:, np.newaxis] < lengths
    return mask


def withoutPadding(columns: Array, mask: Array | None) -> Array:
    """The steps that there are, as samples (features, M), of columns (steps, features, n) with this mask (steps, n).

    Arrays that have no such steps, and all of them where there is no mask, stay as they are.
    """
    if mask is None or columns.ndim != 3 or positionsOf(columns.shape) != mask.shape:
        return columns
    return np.moveaxis(columns, 1, 0)[:, mask]

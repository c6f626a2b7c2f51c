"""Sequences that are handed in."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np


def givenSequences(owner: str, name: str, given: Any, features: int, dtype: np.dtype[Any], least: int = 1) -> Array:
    """Sequences (steps, features, N) of finite numbers in this precision, of at least so many steps."""
    x = realNumbers(owner, name, given, dtype, finite=True, scaled=True)
    if x.ndim != 3 or x.shape[1] != features or not x.shape[2] or len(x) < least:
        hint = "x[:, :, np.newaxis] is one series (steps, features)" if x.ndim == 2 else ""
        raise ValueError(refusal(owner, name, f"sequences (steps, {features}, N)", x.shape, hint))
    return x

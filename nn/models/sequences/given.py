"""What sequences and networks for them must be, where they are handed in."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from layers import Bidirectional, Conv1D, Layer


def givenSequences(owner: str, name: str, given: Any, features: int, dtype: np.dtype[Any], least: int = 1) -> Array:
    """Sequences (steps, features, N) of finite numbers in this precision, of at least so many steps."""
    x = realNumbers(owner, name, given, dtype, finite=True, scaled=True)
    if x.ndim != 3 or x.shape[1] != features or not x.shape[2] or len(x) < least:
        hint = "x[:, :, np.newaxis] is one series (steps, features)" if x.ndim == 2 else ""
        raise ValueError(refusal(owner, name, f"sequences (steps, {features}, N)", x.shape, hint))
    return x


def checkBackwardLooking(owner: str, name: str, network: Layer) -> None:
    """ValueError for a layer that sees later steps, or that keeps no state from which it goes on step by step."""
    for layer in network.parts():
        if isinstance(layer, (Bidirectional, Conv1D)):
            expected = "without one that sees later steps or has no state to go on from"
            raise ValueError(refusal(owner, name, expected, layer, "take LSTM or GRU"))

"""Arguments, checked."""

from __future__ import annotations

from typing import Any

import numpy as np


def positive(name: str, value: Any) -> int:
    """The value as an int, if it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"expected {name} to be a positive integer, got {value!r}")
    return int(value)

"""Checks of arguments, so that a bad one fails when the data set is made and says what to do."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from dataset import random


def whole_number(name: str, value: Any, minimum: int) -> int:
    """`value` as an int of at least `minimum`.

    Raises TypeError when it is no whole number (50.0 is none either), ValueError when it is too small.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected a whole number, got {value!r}; give an int of at least {minimum}")
    if value < minimum:
        raise ValueError(f"{name}: expected at least {minimum}, got {value}")
    return int(value)


def real_number(name: str, value: Any, minimum: float, *, included: bool = True) -> float:
    """`value` as a finite float, at least `minimum` (above it, when it is not `included`)."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    number = float(value)
    if not np.isfinite(number) or number < minimum or (number == minimum and not included):
        raise ValueError(
            f"{name}: expected a finite number {'of at least' if included else 'above'} {minimum:g}, got {value}"
        )
    return number


def value_range(value: Any) -> tuple[float, float]:
    """The pair (low, high) of finite numbers, low < high."""
    expected = "valueRange: expected two finite numbers (low, high) with low < high, such as (0, 1) or (-1, 1)"
    if not isinstance(value, (Sequence, np.ndarray)) or len(value) != 2:
        raise ValueError(f"{expected}, got {value!r}")
    try:
        low, high = float(value[0]), float(value[1])
    except (TypeError, ValueError):
        raise ValueError(f"{expected}, got {value!r}") from None
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"{expected}, got {value!r}")
    return low, high


def float_type(value: Any) -> np.dtype[Any]:
    """float32 or float64."""
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        try:
            if value is not None and np.dtype(value) == dtype:
                return dtype
        except TypeError:
            break
    raise ValueError(f"dtype: expected np.float32 or np.float64, got {value!r}")


def random_generator(rng: Any) -> np.random.Generator:
    """The generator itself, a new one for a seed, the library's own for None."""
    if rng is None:
        return random.generator
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, bool):
        return np.random.default_rng(whole_number("rng", rng, minimum=0))
    raise TypeError(
        f"rng: expected a numpy Generator, a seed (an int of at least 0) or None, got {rng!r}; "
        "give np.random.default_rng(seed)"
    )

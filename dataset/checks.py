"""Checks of arguments, so that a bad one fails when the data set is made and says what to do."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from leibnet import randomness


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
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    if not np.isfinite(number) or number < minimum or (number == minimum and not included):
        raise ValueError(
            f"{name}: expected a finite number {'of at least' if included else 'above'} {minimum:g}, got {value}"
        )
    return number


def value_range(value: Any, dtype: np.dtype[Any]) -> tuple[float, float]:
    """The pair (low, high) of numbers, low < high, both finite and different also in `dtype`."""
    problem = (
        "valueRange: expected two finite numbers (low, high) with low < high, such as (0, 1) or (-1, 1), "
        f"also when rounded to {dtype}, got {value!r}"
    )
    if not isinstance(value, (Sequence, np.ndarray)) or len(value) != 2 or not all(isinstance(n, Real) for n in value):
        raise ValueError(problem)
    try:
        low, high = float(value[0]), float(value[1])
    except OverflowError:
        raise ValueError(problem) from None
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.array((low, high)).astype(dtype)
    if not (np.isfinite(rounded).all() and rounded[0] < rounded[1]):
        raise ValueError(problem)
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
        return randomness.data.generator
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, bool):
        return np.random.default_rng(whole_number("rng", rng, minimum=0))
    raise TypeError(
        f"rng: expected a numpy Generator, a seed (an int of at least 0) or None, got {rng!r}; "
        "give np.random.default_rng(seed)"
    )

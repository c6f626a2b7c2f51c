"""Arguments, checked once and refused in one grammar: who expected what, what was given, and what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def refusal(owner: str, name: str, expected: str, value: Any, remedy: str = "") -> str:
    """The sentence with which an argument is refused.

    >>> refusal("Dense", "inputDim", "a whole number of at least 1", 0, "say how many inputs there are")
    'Dense: expected inputDim to be a whole number of at least 1, got 0; say how many inputs there are'
    """
    first, more, _ = repr(value).partition("\n")  # of a model, which prints as a table, its kind is enough
    got = f"{first} ..." if more else first
    return f"{owner}: expected {name} to be {expected}, got {got}" + (f"; {remedy}" if remedy else "")


def withArticle(noun: str) -> str:
    """The noun with its article.

    >>> withArticle("Activation"), withArticle("loss"), withArticle("MLP")
    ('an Activation', 'a loss', 'an MLP')
    """
    spelt = noun[:2].isupper()
    return f"{'an' if noun[0] in ('AEFHILMNORSX' if spelt else 'AEIOUaeiou') else 'a'} {noun}"


def wholeNumber(owner: str, name: str, value: Any, least: int = 1) -> int:
    """The value as an int of at least `least`. TypeError if it is no whole number (50.0 is none), else ValueError."""
    expected = f"a whole number of at least {least}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(refusal(owner, name, expected, value))
    if value < least:
        raise ValueError(refusal(owner, name, expected, value))
    return int(value)


def number(
    owner: str, name: str, value: Any, low: float = -math.inf, high: float = math.inf, excluding: str = ""
) -> float:
    """The value as a finite float from `low` to `high`, without the ends that `excluding` names ("low", "high")."""
    expected = "a finite number" + _bounds(low, high, excluding)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(refusal(owner, name, expected, value))
    try:
        given = float(value)
    except OverflowError:
        given = math.inf
    inside = (given > low if "low" in excluding else given >= low) and (
        given < high if "high" in excluding else given <= high
    )
    if not (math.isfinite(given) and inside):
        raise ValueError(refusal(owner, name, expected, value))
    return given


def flag(owner: str, name: str, value: Any) -> bool:
    """The value as a bool, if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(refusal(owner, name, "True or False", value))
    return bool(value)


def instance(owner: str, name: str, value: Any, kind: type[T], example: str) -> T:
    """The value itself, if it is of that kind; `example` says how one is made."""
    if not isinstance(value, kind):
        remedy = f"give an instance, {value.__name__}()" if isinstance(value, type) else ""
        raise TypeError(refusal(owner, name, f"{withArticle(kind.__name__)} such as {example}", value, remedy))
    return value


def choice(owner: str, name: str, value: Any, known: Sequence[str]) -> str:
    """The value itself, if it is one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(refusal(owner, name, f"one of {', '.join(map(repr, known))}", value))
    return value


def randomGenerator(owner: str, rng: Any) -> np.random.Generator | None:
    """The generator itself, a new one for a seed, None for None."""
    if rng is None or isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, (bool, np.bool_)):
        return np.random.default_rng(wholeNumber(owner, "rng", rng, least=0))
    expected = "a numpy Generator, a seed (a whole number of at least 0) or None"
    raise TypeError(refusal(owner, "rng", expected, rng, "give numpy.random.default_rng(seed)"))


def floatType(owner: str, dtype: Any) -> np.dtype[Any]:
    """float32 or float64, as a dtype."""
    try:
        given = None if dtype is None else np.dtype(dtype)
    except TypeError:
        given = None
    if given is None or given not in (np.float32, np.float64):
        raise ValueError(refusal(owner, "dtype", "np.float32 or np.float64", dtype))
    return given


def interval(owner: str, name: str, value: Any, dtype: Any = np.float64) -> tuple[float, float]:
    """The pair (low, high) of finite numbers, low < high, different also in `dtype`."""
    expected = f"two finite numbers (low, high), low < high also when rounded to {np.dtype(dtype)}"
    error = ValueError(refusal(owner, name, expected, value, "give for example (0, 1)"))
    if not isinstance(value, (Sequence, np.ndarray)) or len(value) != 2 or not all(isinstance(n, Real) for n in value):
        raise error
    try:
        low, high = float(value[0]), float(value[1])
    except OverflowError:
        raise error from None
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.array((low, high)).astype(dtype)
    if not (np.isfinite(rounded).all() and rounded[0] < rounded[1]):
        raise error
    return low, high


def _bounds(low: float, high: float, excluding: str) -> str:
    parts = []
    if low > -math.inf:
        parts.append(f"{'>' if 'low' in excluding else '>='} {low:g}")
    if high < math.inf:
        parts.append(f"{'<' if 'high' in excluding else '<='} {high:g}")
    return f" {' and '.join(parts)}" if parts else ""

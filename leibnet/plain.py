"""Plain values: what stands in files as JSON, and how what stands there is read and refused."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from reprlib import repr as short
from typing import Any

import numpy as np

Plain = dict[str, Any]


def toJson(value: Any) -> str:
    """Plain values as JSON; NumPy's numbers as Python's. TypeError for anything else."""

    def plain(number: Any) -> Any:
        if isinstance(number, np.generic):
            return number.item()
        raise TypeError(f"a value of type {type(number).__name__} is none of these")

    return json.dumps(value, default=plain)


def asStored(value: Any) -> Any:
    """The value after a way through a file."""
    return json.loads(toJson(value))


def differences(now: Any, then: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The places where two descriptions differ, and what stands there."""
    if isinstance(now, dict) and isinstance(then, dict) and now.keys() == then.keys():
        for key in now:
            yield from differences(now[key], then[key], (*path, key))
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        for i, (one, other) in enumerate(zip(now, then, strict=True)):
            yield from differences(one, other, (*path, str(i)))
    elif now != then:
        yield path, now, then


def require(where: str, fits: bool, expected: str, value: Any) -> Any:
    """The value from a file, if it fits; ValueError with what was expected otherwise."""
    if not fits:
        raise ValueError(f"expected {where} to be {expected}, got {short(value)}")
    return value


def dictionary(where: str, value: Any, keys: Collection[str] | None = None) -> Plain:
    """The value from a file, if it is a dictionary; with these keys, if they are given."""
    if not isinstance(value, dict):
        raise ValueError(f"expected {where} to be a dictionary, got {short(value)}")
    if keys is not None and value.keys() != set(keys):
        raise ValueError(f"{where} has {', '.join(keys) or 'nothing'}, there it had {', '.join(value) or 'nothing'}")
    return value


def isCount(value: Any) -> bool:
    """Whether it is a whole number >= 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def isNumber(value: Any) -> bool:
    """Whether it is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def isAlike(now: Any, then: Any) -> bool:
    """Whether a plain value could stand where `now` stands: a number for a number, anything for nothing."""
    if now is None:
        return True
    if isNumber(now):
        return then is None or isNumber(then)
    return isinstance(then, type(asStored(now)))


def generatorState(state: Any) -> Any:
    """The state of a random generator as plain values."""
    if isinstance(state, Mapping):
        return {key: generatorState(value) for key, value in state.items()}
    if isinstance(state, np.ndarray):
        return {"dtype": state.dtype.str, "values": state.tolist()}
    return int(state) if isinstance(state, np.integer) else state


# Positions in a generator's array, from which it would read unchecked, and flags.
_LARGEST = {"pos": 624, "buffer_pos": 4, "has_uint32": 1}


def generatorLike(where: str, generator: np.random.Generator, given: Any) -> Any:
    """The state of a random generator for what `generatorState` made of it; tried on a copy of the generator.

    ValueError if this, from a file, is no state of a generator of this kind.
    """
    probe = copy.deepcopy(generator.bit_generator)
    state = _state_like(where, probe.state, given)
    try:
        probe.state, fits = state, True
    except OverflowError:
        fits = False
    require(where, fits and generatorState(probe.state) == given, f"a state of {type(probe).__name__}", given)
    return state


def _state_like(where: str, now: Any, given: Any, name: str = "") -> Any:
    """`given`, from a file, as a part of the state of a generator, if it is of the kind that `now` is of."""
    if isinstance(now, Mapping):
        dictionary(where, given, now)
        return {key: _state_like(where, value, given[key], key) for key, value in now.items()}
    if isinstance(now, np.ndarray):
        dictionary(where, given, ("dtype", "values"))
        values, largest = given["values"], np.iinfo(now.dtype).max
        fits = given["dtype"] == now.dtype.str and isinstance(values, list) and len(values) == now.size
        fits = fits and all(isCount(value) and value <= largest for value in values)
        require(f"{name} of {where}", fits, f"{now.size} whole numbers up to {largest}", given)
        return np.array(values, now.dtype).reshape(now.shape)
    if isinstance(now, str):
        return require(f"{name} of {where}", given == now, repr(now), given)
    fits = isCount(given) and given <= _LARGEST.get(name, given) and (name != "inc" or given % 2 == 1)
    return require(f"{name} of {where}", fits, f"a number such as {generatorState(now)!r}", given)


def reason(error: Exception) -> str:
    """What an error says of the content of a file."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__

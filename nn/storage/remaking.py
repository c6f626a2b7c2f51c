"""A model made again from its description, and whether it is the same: before it is written, and when it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from leibnet import randomness
from leibnet.configurable import Configurable
from leibnet.plain import asStored, dictionary, reason
from leibnet.types import Array

import numpy as np

from layers.initializer import uninitialized

LARGE = 2**24  # a number in the description of a layer above this, and above the size of the file, is no size of it
PLAIN = type(None), bool, int, float, str, np.generic


class Remade(Protocol):
    """What is made again."""

    def config(self) -> dict[str, Any]:
        """Its description in plain values."""

    def arrays(self) -> dict[str, Array]:
        """Its arrays by name."""


T = TypeVar("T", bound=Remade)


def remade(fromConfig: Callable[[Any], T], config: Any, size: int) -> T:
    """What this describes, of `size` weights at most, which are zero. Any error says that it describes nothing."""
    _check_numbers(dictionary("the model", config), max(size, LARGE))
    with uninitialized(size):
        made = fromConfig(config)
    _check_agreement(config, asStored(made.config()))
    return made


def checkRemaking(model: Remade, fromConfig: Callable[[Any], Remade]) -> None:
    """ValueError if a file of this model could not be loaded: if from its description it cannot be made again, equal.

    It is made again, cheaply, without initial values; random numbers stay as they are.
    """
    owner = type(model).__name__
    generators = [one.generator.bit_generator for one in (randomness.networks, randomness.data)]
    states = [generator.state for generator in generators]
    arrays = model.arrays()
    try:
        _check_arguments(model)
        config = model.config()
        _check_plain(config)
        made = remade(fromConfig, asStored(config), sum(array.size for array in arrays.values()))
        _check_kinds(model, made)
        shapes = [{name: array.shape for name, array in one.items()} for one in (arrays, made.arrays())]
        if shapes[0] != shapes[1]:
            raise ValueError(f"its arrays are {shapes[0]}, and would become {shapes[1]}")
    except Exception as error:  # whatever a class of the user's own raises
        raise ValueError(
            f"this {owner} could not be loaded from a file: {reason(error)}. See to the arguments and attributes of "
            "layers and other parts of your own"
        ) from error
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.state = state


def _check_arguments(value: Any) -> None:
    """TypeError where a part has an argument called kind, the name under which descriptions have its class."""
    if isinstance(value, Configurable):
        if "kind" in value.described():
            raise TypeError(f"{value.name} has an argument called kind, which in files is the class: rename it")
        for name in value.described():
            _check_arguments(getattr(value, name, None))
    elif isinstance(value, (list, tuple, Mapping)):
        for one in value.values() if isinstance(value, Mapping) else value:
            _check_arguments(one)


def _check_plain(value: Any, where: str = "it") -> None:
    """TypeError where a description holds what a file cannot: anything but numbers, texts, lists and dictionaries."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}, and keys in files are texts")
            _check_plain(one, f"{where}.{key}".removeprefix("it."))
    elif isinstance(value, (list, tuple)):
        for i, one in enumerate(value):
            _check_plain(one, f"{where}[{i}]")
    elif not isinstance(value, PLAIN):
        raise TypeError(f"{where} is of type {type(value).__name__}, and files hold numbers, texts and lists of these")


def _check_kinds(one: Any, other: Any) -> None:
    """TypeError where a part of the one is of another class than that of the other, which has the same name."""
    if isinstance(one, Configurable) and isinstance(other, Configurable):
        now, then = type(one), type(other)
        if (now.__module__, now.__qualname__) != (then.__module__, then.__qualname__):
            raise TypeError(
                f"files know {now.__name__} of {now.__module__} by its name, and {then.__module__} has another one: "
                "rename one of the two"
            )
        for name in one.described():
            _check_kinds(getattr(one, name, None), getattr(other, name, None))
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in one:
            _check_kinds(one[key], other[key])
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        for part, counterpart in zip(one, other, strict=True):
            _check_kinds(part, counterpart)


def _check_numbers(config: Any, limit: int, where: str = "it") -> None:
    """ValueError where a whole number is larger than the limit: a layer of that size would fill the memory."""
    if isinstance(config, dict):
        for name, value in config.items():
            _check_numbers(value, limit, f"{where}.{name}".removeprefix("it."))
    elif isinstance(config, list):
        for i, value in enumerate(config):
            _check_numbers(value, limit, f"{where}[{i}]")
    elif isinstance(config, int) and config > limit:
        raise ValueError(
            f"{where} is {config:,}, and a whole number in a file, which may be a size, is at most {limit:,}, so that "
            "no file fills the memory: keep a larger one as a text"
        )


def _check_agreement(said: Any, made: Any, where: str = "it") -> None:
    """ValueError where a description says something that the model made from it does not say of itself.

    The model may say more: a setting that is younger than the file has its default.
    """
    if isinstance(said, dict) and isinstance(made, dict):
        for key, value in said.items():
            if key not in made:
                raise ValueError(f"{where} has a setting {key!r}, which nothing here has")
            _check_agreement(value, made[key], f"{where}.{key}".removeprefix("it."))
    elif isinstance(said, list) and isinstance(made, list) and len(said) == len(made):
        for i, (one, other) in enumerate(zip(said, made, strict=True)):
            _check_agreement(one, other, f"{where}[{i}]")
    elif isinstance(said, bool) != isinstance(made, bool) or (said != made and (said == said or made == made)):
        raise ValueError(f"{where} is {said!r}, and would become {made!r}")

"""Arguments that are called something else elsewhere: refused with the word that there is here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def answering(
    words: Mapping[str, str], surplus: Callable[[Any], str] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: a method that says, for an argument it does not have, what to write instead.

    Python's own TypeError names, if anything, the argument that looks most like it, and that may be the wrong one:
    learning_rate is not learningRate. The one that looks most like it is named here where `words` does not have it.

    Parameters
    ----------
    words : what to write, by the name of an argument that others have. In the texts, {owner} stands for the class of a
        constructor, and for the method's name otherwise.
    surplus : a function that says it of a value without a name, where such values are too many; default Python's words.

    Example
    -------
    >>> class Machine:
    ...     @answering({"revs": "write {owner}(speed=...), in turns a minute"})
    ...     def __init__(self, *, speed=1):
    ...         self.speed = speed
    >>> Machine(revs=3)
    Traceback (most recent call last):
    TypeError: Machine has no argument 'revs': write Machine(speed=...), in turns a minute
    >>> Machine(sped=3)
    Traceback (most recent call last):
    TypeError: Machine has no argument 'sped': write speed=...
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        known = inspect.signature(method).parameters
        named = [name for name, one in known.items() if one.kind is not one.POSITIONAL_ONLY][1:]
        places = sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in known.values())

        @functools.wraps(method)
        def checked(*values: P.args, **arguments: P.kwargs) -> R:
            owner = type(values[0]).__name__ if values and method.__name__ == "__init__" else method.__name__
            for name in arguments:
                if name not in known:
                    answer = words[name].format(owner=owner) if name in words else _closest(name, named)
                    raise TypeError(f"{owner} has no argument {name!r}: {answer}")
            if surplus is not None and len(values) > places:
                raise TypeError(f"{owner} takes its arguments by name: {surplus(values[places]).format(owner=owner)}")
            return method(*values, **arguments)

        return checked

    return decorate


def _closest(name: str, known: Iterable[str]) -> str:
    """The argument that looks most like this name, or all there are."""
    from difflib import get_close_matches

    plain = {one.replace("_", "").lower(): one for one in known}
    found = get_close_matches(name.replace("_", "").lower(), plain, n=1)
    return f"write {plain[found[0]]}=..." if found else f"there are {', '.join(plain.values())}"

"""Settings that are checked whenever they are set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Check = Callable[[Any, Any], Any]


class _Setting:
    """An attribute of which every new value goes through a check.

    It is written through here and kept under its name in the object itself, from where it is read as any other: a
    descriptor without `__get__` costs the reader nothing.
    """

    def __init__(self, check: Check, then: Callable[[Any], None] | None) -> None:
        self._check, self._then, self._name = check, then, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self._name] = self._check(instance, value)
        if self._then is not None:
            self._then(instance)


def setting(check: Check, then: Callable[[Any], None] | None = None) -> Any:
    """An attribute for the body of a class.

    Parameters
    ----------
    check : a function of the object and the new value that returns what is kept, or raises.
    then : what is done with the object afterwards; default nothing.
    """
    return _Setting(check, then)

"""The public names: which there are, where each is documented, and how it is found by what a text calls it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import leibnet

PACKAGES = ("activations", "loss", "optimizer", "dataset", "layers", "nn")
OWN = ("seed", "kernels", "threads", "description", "chosen", "__version__")


class Names:
    """Every public name by the door that hands it out, "layers.Dense"."""

    @cached_property
    def doors(self) -> dict[str, ModuleType]:
        found = {name: importlib.import_module(name) for name in (*PACKAGES, "nn.runs", "nn.estimators", "nn.explore")}
        for door, module in list(found.items()):  # modules that are handed out themselves, such as nn.plots
            found |= {
                f"{door}.{name}": one for name in _public(module) if inspect.ismodule(one := getattr(module, name))
            }
        return found

    @cached_property
    def all(self) -> dict[str, Any]:
        """All names of all doors and their objects; leibnet's own come first, as they are documented there."""
        found = {f"leibnet.{name}": getattr(leibnet, name) for name in OWN}
        for door, module in self.doors.items():
            for name in _public(module):
                if not inspect.ismodule(thing := getattr(module, name)):
                    found[f"{door}.{name}"] = thing
        return found

    @cached_property
    def homes(self) -> dict[str, str]:
        """By every full name, the one under which the object is documented: the first of them."""
        first: dict[int, str] = {}
        found = {}
        for name, thing in self.all.items():
            plain = isinstance(thing, str | int | float | tuple | dict | list)
            found[name] = name if plain else first.setdefault(id(thing), name)
        return found

    @cached_property
    def _classes(self) -> dict[type, str]:
        return {thing: home for home, thing in self.documented.items() if inspect.isclass(thing)}

    @property
    def documented(self) -> dict[str, Any]:
        """The names that have an entry of their own."""
        return {name: thing for name, thing in self.all.items() if self.homes[name] == name}

    def members(self, thing: type) -> list[str]:
        """Public methods and properties that the class does not share with a public class above it."""
        return [name for name, owner in _members(thing) if self._owner(thing, owner) is thing]

    def inherited(self, thing: type) -> dict[str, list[str]]:
        """By the public class above it that has them, further methods and properties."""
        found: dict[str, list[str]] = {}
        for name, owner in _members(thing):
            public = self._owner(thing, owner)
            if public is not thing and public in self._classes:
                found.setdefault(self._classes[public], []).append(name)
        return found

    def _owner(self, thing: type, owner: type) -> type:
        """The public class that documents what `owner` defines: the last one of the line that still has it."""
        line = [one for one in thing.__mro__ if one in self._classes and issubclass(one, owner)]
        return line[-1] if line else owner

    def resolve(self, text: str, thing: Any = None) -> str | None:
        """The documented name that a text means by "Dense", "nn.seed", "leibnet.VAE", "Dense.forward" or "forward"."""
        for candidate in self._candidates(text, thing):
            door, _, rest = candidate.partition(".")
            if door == "leibnet" and rest and (found := self.resolve(rest)):
                return found
            if candidate in self.homes:
                return self.homes[candidate]
            owner, _, member = candidate.rpartition(".")
            home = self.homes.get(owner) or self._bare.get(owner)
            if home and inspect.isclass(self.all[home]):
                if member in self.members(self.all[home]):
                    return f"{home}.{member}"
                for other, names in self.inherited(self.all[home]).items():
                    if member in names:
                        return f"{other}.{member}"
            if candidate in self._bare:
                return self._bare[candidate]
        return None

    def _candidates(self, text: str, thing: Any) -> Iterator[str]:
        yield text
        if inspect.isclass(thing) and thing in self._classes:
            yield f"{self._classes[thing]}.{text}"
        yield f"nn.{text}"

    @cached_property
    def _bare(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, home in self.homes.items():
            found.setdefault(name.rpartition(".")[2], home)
        return found


def _public(module: ModuleType) -> list[str]:
    """What a door hands out; of a module that is handed out itself, the functions that it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    functions = inspect.getmembers(module, inspect.isfunction)
    return [name for name, one in functions if one.__module__ == module.__name__ and not name.startswith("_")]


def _members(thing: type) -> Iterator[tuple[str, type]]:
    for name in sorted(dir(thing), key=str.lower):
        if name.startswith("_"):
            continue
        owner = next((one for one in thing.__mro__ if name in vars(one)), None)
        if owner is None or owner.__module__.partition(".")[0] not in (*PACKAGES, "leibnet"):
            continue
        value = vars(owner)[name]
        if isinstance(value, property | classmethod | staticmethod) or inspect.isfunction(value):
            yield name, owner


NAMES = Names()

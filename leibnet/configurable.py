"""Objects that are described by the arguments of their constructor, and made again from the description."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from leibnet.arguments import withArticle
from leibnet.terminal import shown

_PACKAGES = ("activations", "dataset", "layers", "loss", "nn", "optimizer")


class Configurable:
    """A class whose objects say in plain values what it takes to make them again.

    The arguments of the constructor are kept in attributes of the same names; objects among them describe themselves.
    All subclasses of a family, such as the layers, are known by their names. A family begins with
    `class Layer(Configurable, family="layer")`.

    Attributes
    ----------
    family : what its members are called in messages.
    kinds : the members of the family by name.
    nested : the families of the objects among the arguments, by the argument's name.
    undescribed : arguments that are left out of the description: they concern initial values alone.
    """

    family: ClassVar[str] = ""
    kinds: ClassVar[dict[str, type[Any]]] = {}
    nested: ClassVar[Mapping[str, type[Configurable]]] = {}
    undescribed: ClassVar[frozenset[str]] = frozenset({"rng"})

    def __init_subclass__(cls, family: str | None = None, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if family is not None:
            cls.family, cls.kinds = family, {}
            return
        before = cls.kinds.get(cls.__name__)
        if before is not None and before.__module__ != cls.__module__ and _is_ours(before):
            raise TypeError(
                f"the library has {withArticle(cls.family)} called {cls.__name__} ({before.__module__}), by whose name "
                f"files know it: give the one in {cls.__module__} another name"
            )
        cls.kinds[cls.__name__] = cls

    @property
    def name(self) -> str:
        """The name of the class: "Dense", "ReLU", "Adam", ..."""
        return type(self).__name__

    @classmethod
    def described(cls) -> list[str]:
        """The arguments of the constructor that belong to the description."""
        return [name for name in _parameters(cls) if name not in cls.undescribed]

    def config(self) -> dict[str, Any]:
        """What it takes to make this object again, as plain values: {"kind": name, ...}."""
        return {"kind": self.name} | {name: _plain(getattr(self, name)) for name in self.described()}

    @classmethod
    def fromConfig(cls, config: Mapping[str, Any]) -> Self:
        """The object that `config()` described. ValueError if there is no such kind in this family."""
        arguments = dict(config)
        kind = arguments.pop("kind", None)
        known = {name: one for name, one in cls.kinds.items() if issubclass(one, cls) and not inspect.isabstract(one)}
        if kind not in known:
            raise ValueError(
                f"unknown {cls.family} {kind!r}: known are {', '.join(known)}; import the module of your own first"
            )
        made: Self = known[kind].fromArguments(arguments)
        return made

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        """The object with these arguments, among which objects are described by plain values."""
        return cls(**{name: _made(value, cls.nested.get(name)) for name, value in arguments.items()})

    def __repr__(self) -> str:
        return shown(f"{self.name}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.described())})")


def _parameters(kind: type[Any]) -> tuple[str, ...]:
    """The arguments of its constructor.

    Without one of its own `inspect` would parse a text, and two threads that do so can fail in Python 3.11
    (python/cpython#106905).
    """
    has_none = all("__init__" not in vars(base) for base in kind.__mro__ if base is not object)
    return () if has_none else tuple(inspect.signature(kind).parameters)


def _plain(value: Any) -> Any:
    """A value with the objects in it described."""
    if isinstance(value, Configurable):
        return value.config()
    if isinstance(value, list) or (isinstance(value, tuple) and any(isinstance(one, Configurable) for one in value)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _made(value: Any, family: type[Configurable] | None) -> Any:
    """The objects that a value describes."""
    if family is None or value is None:
        return value
    if isinstance(value, Mapping):
        if "kind" in value:
            return family.fromConfig(value)
        return {name: _made(one, family) for name, one in value.items()}
    return [_made(one, family) for one in value] if isinstance(value, list) else value


def _is_ours(kind: type[Any]) -> bool:
    return kind.__module__.partition(".")[0] in _PACKAGES

"""The pages of the reference as texts: one for every room, with an entry for every public name."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from extensions.names import NAMES, PACKAGES
from extensions.prose import inline, restructured

IMPORTS = """
`from layers import Dense` and `import leibnet as ln; ln.Dense` are the same class: `leibnet` hands out every name of
`activations`, `loss`, `optimizer`, `dataset`, `layers` and `nn`. Every entry has a link to its source.
"""


def pages() -> dict[str, str]:
    """The text of every page of the reference by its name."""
    rooms: dict[str, list[str]] = {"leibnet": []}
    for name in NAMES.all:
        rooms.setdefault(_room(name), []).append(name)
    found = {room: _page(room, names) for room, names in rooms.items()}
    listed = "\n".join(f"   {room}" for room in sorted(found, key=_order))
    title = _title("Reference", "=")
    found["index"] = f"{title}{_rst(IMPORTS)}\n\n.. toctree::\n   :maxdepth: 2\n\n{listed}\n"
    return found


def _room(name: str) -> str:
    """The page that a name is on: its package; of nn, the room of its module."""
    door = name.rpartition(".")[0]
    if door != "nn":
        return door
    if NAMES.homes[name] != name:
        return _room(NAMES.homes[name]) if NAMES.homes[name].startswith("nn.") else "nn"
    return ".".join(_module(name).split(".")[:2])


def _order(room: str) -> tuple[int, str]:
    order = [*PACKAGES[:-1], "nn", "nn.models", "nn.training", "nn.measures", "nn.synthesis", "nn.watch", "nn.plots"]
    return (order.index(room) if room in order else len(order) + (room == "leibnet"), room)


def _module(name: str) -> str:
    return getattr(NAMES.all[name], "__module__", name.rpartition(".")[0])


def _page(room: str, names: list[str]) -> str:
    """The entries of a room, under the headings of the rooms inside of it."""
    sections: dict[str, list[str]] = {}
    for name in names:
        module = _module(name)
        inner = module.rpartition(".")[0] if module.startswith(f"{room}.") and NAMES.homes[name] == name else room
        sections.setdefault(inner, []).append(name)
    text = _title(room, "=") + _words(room) + _import(room, names)
    for inner, inside in sorted(sections.items(), key=lambda section: (section[0] != room, section[0])):
        if inner != room:
            text += _title(inner.removeprefix(f"{room}.").replace(".", ": "), "-") + _words(inner)
        text += "".join(map(_entry, sorted(inside, key=lambda name: name.rpartition(".")[2].lower())))
    return text


def _words(room: str) -> str:
    """What the door of a room says about it."""
    door = NAMES.doors.get(room) or importlib.import_module(room)
    lines = inspect.cleandoc(door.__doc__ or "").splitlines()
    return "\n".join(restructured(lines, NAMES.resolve)) + "\n"


def _import(room: str, names: list[str]) -> str:
    """How the names of a page are imported."""
    doors = {name.rpartition(".")[0] for name in names} - {"leibnet"}
    name = min((name.rpartition(".")[2] for name in names), key=str.lower)
    return "".join(f".. code-block:: python\n\n    from {door} import {name}\n\n" for door in sorted(doors))


def _entry(name: str) -> str:
    thing, home = NAMES.all[name], NAMES.homes[name]
    if home != name:
        kind = "py:class" if inspect.isclass(thing) else "py:function"
        return f".. {kind}:: {name}\n\n   The same as :py:obj:`{home}`.\n\n"
    if inspect.isclass(thing):
        members = NAMES.members(thing)
        option = f"   :members: {', '.join(members)}\n" if members else ""
        return f".. autoclass:: {name}\n{option}\n"
    if inspect.isroutine(thing):
        return f".. autofunction:: {name}\n\n"
    return f".. py:data:: {name}\n\n   {_rst(_constant(name, thing))}\n\n"


def _constant(name: str, thing: Any) -> str:
    if name == "leibnet.__version__":
        return "The version of the library, a text."
    if name == "leibnet.chosen":
        return f"What was chosen when `leibnet` was imported: {type(thing).__name__}."
    words = " ".join((inspect.getdoc(type(thing)) or "").split("\n\n")[0].split()) if not _plain(thing) else ""
    return words or f"`{thing!r}`"


def _plain(thing: Any) -> bool:
    return isinstance(thing, str | int | float | tuple | list | dict | set | frozenset)


def _title(text: str, sign: str) -> str:
    return f"{text}\n{sign * len(text)}\n\n"


def _rst(text: str) -> str:
    return inline(" ".join(text.split()), NAMES.resolve)

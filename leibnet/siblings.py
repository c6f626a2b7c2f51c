"""The library's other packages, and no other module of the same name.

They are called `loss`, `dataset` and so on, as the lecture's scripts import them. A user's own `loss.py` beside the
script, or another distribution with such a package, comes first on Python's path and hides the library's. So every
package begins with those that it stands on: `from leibnet.siblings import activations, optimizer`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).resolve().parent.parent
_MARKS = {  # a name that only the library's package has
    "activations": "Activation",
    "dataset": "Dataset",
    "layers": "Layer",
    "loss": "Loss",
    "nn": "MLP",
    "optimizer": "Optimizer",
}


def sibling(name: str) -> ModuleType:
    """The library's package of that name, imported; ImportError, with file and cure, if it is another module."""
    failure: Exception | None = None
    place = _place(name)
    if place is not None and place.parent == _HERE / name:
        try:
            module = sys.modules.get(name) or import_module(name)
            if hasattr(module, _MARKS[name]) or _is_loading(module):
                return module
        except ModuleNotFoundError as error:  # another distribution has written over the package
            if not (error.name or "").startswith(f"{name}."):
                raise
            failure = error
    raise ImportError(
        f"Leibnet needs its own package `{name}`, and Python finds another module of that name: {place}. If it is a "
        f"file of yours, give it another name, such as my{name}.py; if it belongs to another distribution, install "
        "Leibnet in a virtual environment without that.",
        name=name,
        path=None if place is None else str(place),
    ) from failure


def _place(name: str) -> Path | None:
    """The file that Python takes for the package."""
    module = sys.modules.get(name)
    spec = find_spec(name) if module is None else module.__spec__
    places = [getattr(module, "__file__", None)]
    if spec is not None:  # a folder without __init__.py has no origin
        places += [spec.origin, *(spec.submodule_search_locations or ())]
    return next((Path(place).resolve() for place in places if place), None)


def _is_loading(module: ModuleType) -> bool:
    return bool(getattr(module.__spec__, "_initializing", False))


def __getattr__(name: str) -> ModuleType:
    if name in _MARKS:
        return sibling(name)
    raise AttributeError(f"leibnet.siblings has no name {name!r}")

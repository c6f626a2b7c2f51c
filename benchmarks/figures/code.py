"""A digest of a row's code: its function, and what that takes from the files of rows, without comments and docstrings.

What stands in the row's declaration, such as an anchor, may change without a change of what is computed. The library's
code is not part of it: its version stands in every cell.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

Place = tuple[str, str]  # a module and a name in it


def digest(function: Callable[..., Any]) -> str:
    code = "\n".join(f"{name}\n{text}" for (_, name), text in sorted(parts(function).items()))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def parts(function: Callable[..., Any]) -> dict[Place, str]:
    """What the digest is of: the function, and what it takes from these files, directly or not."""
    found: dict[Place, str] = {}
    _collect(function.__module__, function.__name__, found)
    return found


def _collect(module: str, name: str, found: dict[Place, str]) -> None:
    """Adds the definition of a name, and those of all names in it, as far as files of the same folder define them."""
    definitions = _definitions(_text(module))
    if name in definitions and (module, name) not in found:
        node = definitions[name]
        found[module, name] = ast.unparse(node)
        for used in sorted({one.id for one in ast.walk(node) if isinstance(one, ast.Name)} - {name}):
            _collect(*_origin(module, used), found)


def _origin(module: str, name: str) -> Place:
    """Where the name of a module was defined: there, or in a file beside it that it was imported from."""
    home = getattr(getattr(sys.modules[module], name, None), "__module__", None)
    if name not in _definitions(_text(module)) and home in sys.modules and _file(home).parent == _file(module).parent:
        return home, name
    return module, name


def _file(module: str) -> Path:
    return Path(getattr(sys.modules[module], "__file__", None) or "")


def _text(module: str) -> str:
    return _file(module).read_text("utf-8")


@cache
def _definitions(text: str) -> dict[str, ast.stmt]:
    """The functions, classes and constants of a file by name."""
    return {name: node for statement in ast.parse(text).body for name, node in _named(statement)}


def _named(statement: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        statement.decorator_list = []
        if ast.get_docstring(statement) is not None:
            statement.body = statement.body[1:] or [ast.Pass()]
        yield statement.name, statement
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            if isinstance(target, ast.Name):
                yield target.id, statement

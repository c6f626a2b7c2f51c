"""The code of one page: its listings run one after the other, in one namespace, as in a notebook."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shutil
import tempfile
import time
import warnings
from dataclasses import dataclass
from typing import Any

import leibnet

SEED = 0
DATA = "LEIBNET_DATA"


@dataclass(frozen=True)
class Outcome:
    """What a listing printed, the value of its last expression or None, and what it was warned of."""

    printed: str
    value: Any
    warned: list[str]


class Page:
    """One namespace and one temporary folder, the seed 0, and the kernels whose lines the page shows.

    Nothing is read from the folder of data sets: a page computes on the bundled digits and on what it makes itself.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.seconds = 0.0
        self._space: dict[str, Any] = {"__name__": "page"}
        self._folder = tempfile.mkdtemp(prefix="leibnet-page-")
        leibnet.seed(SEED)
        leibnet.kernels("numpy")

    def run(self, code: str, place: str) -> Outcome:
        """Runs a listing; what it raises is the caller's."""
        tree = ast.parse(code, place)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed, value, start = io.StringIO(), None, time.perf_counter()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),  # progress bars
            contextlib.chdir(self._folder),
            _without(DATA),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            exec(compile(tree, place, "exec"), self._space)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), place, "eval"), self._space)
        self.seconds += time.perf_counter() - start
        return Outcome(printed.getvalue(), value, [f"{one.category.__name__}: {one.message}" for one in caught])

    def close(self) -> None:
        """Removes the temporary folder."""
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def _without(variable: str) -> Any:
    value = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[variable] = value

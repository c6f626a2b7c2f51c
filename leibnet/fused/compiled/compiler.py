"""How kernels are compiled, and where the result is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from leibnet.fused.cache import cacheFolder, digestOf
from leibnet.version import __version__

import numba
import numpy as np
from numba.core import event
from numba.core.caching import FunctionCache

# Sums may be split and products contracted, so that loops are vectorised. Not among these flags: nnan and ninf, for
# numbers that are not finite must reach the checks as such.
FAST = {"reassoc", "nsz", "arcp", "contract", "afn"}
STRETCH = 1024  # numbers summed in their own precision, whose sums are added up in double
EXACT = {"contract"}  # where the order of the operations is what makes them accurate

_folder = cacheFolder(digestOf(Path(__file__).parent, __version__, numba.__version__, np.__version__))


def compiled(function: Callable[..., Any]) -> Any:
    """A kernel, compiled at its first call for each kind of arguments, or read from the folder of those that were."""
    dispatcher = numba.njit(fastmath=FAST, nogil=True, error_model="numpy")(function)
    if _folder is not None:
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(_folder)
        try:
            dispatcher._cache = KernelCache(function)
        finally:
            numba.config.CACHE_DIR = before
    return dispatcher


class KernelCache(FunctionCache):
    """numba's, on a disk that may be full, with files that may be damaged: a kernel is then compiled again."""

    def load_overload(self, *arguments: Any) -> Any:
        try:
            return super().load_overload(*arguments)
        except Exception:
            return None

    def save_overload(self, *arguments: Any) -> None:
        try:
            super().save_overload(*arguments)
        except OSError:
            return


class _Listener(event.Listener):
    """Tells when numba begins to compile."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def on_start(self, event: Any) -> None:
        if str(getattr(event.data["dispatcher"], "py_func", None).__module__).startswith("leibnet."):
            self._tell()

    def on_end(self, event: Any) -> None:
        """Nothing is said then."""


def tellWhenCompiling(tell: Callable[[], None]) -> None:
    """Calls `tell` whenever a kernel is compiled."""
    event.register("numba:compile", _Listener(tell))

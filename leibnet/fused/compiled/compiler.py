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
from numba.core.registry import CPUDispatcher

STRETCH = 1024  # numbers summed in their own precision, whose sums are added up in double

_folder = cacheFolder(digestOf(Path(__file__).parent, __version__, numba.__version__, np.__version__))


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
        except OSError:  # the disk is full, or the folder was made read-only
            return
        except Exception:  # the list of what is kept is damaged: it begins anew
            self.flush()
            super().save_overload(*arguments)


class Compiled(CPUDispatcher):
    """A kernel, compiled at its first call for each kind of arguments, or read from the folder of those that were.

    It computes as it is written, number by number to the bit as NumPy would, but for what `plus` adds up. A loop that
    adds up stores nothing: one that stores is vectorised or not depending on where its arrays lie, and the order of the
    sum would depend on that, too.
    """

    def __init__(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        options = options or {"targetoptions": {"nopython": True, "nogil": True, "error_model": "numpy"}}
        super().__init__(function, *arguments, **options)
        if _folder is not None:
            self.enable_caching()

    def enable_caching(self) -> None:
        """Keeps what is compiled in the folder of the kernels."""
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(_folder)
        try:
            self._cache = KernelCache(self.py_func)
        finally:
            numba.config.CACHE_DIR = before


@numba.njit(fastmath={"reassoc", "nsz"})
def plus(total, term):
    """total + term, for sums whose order is free, so that a loop of them is vectorised.

    No other operation may be reordered: (1 - y) - τ would become 1 - (y + τ), which loses τ. Nor may numbers that are
    not finite be left out of account (nnan, ninf): they must reach the checks.
    """
    return total + term


@Compiled
def sumOf(values):
    """Σ of a vector."""
    total = values.dtype.type(0)
    for i in range(values.size):
        total = plus(total, values[i])
    return total


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

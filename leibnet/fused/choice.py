"""Which kernels trainings take: compiled ones, or NumPy alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from leibnet.arguments import choice as choiceOf
from leibnet.processor import threadcount
from leibnet.terminal import say, warn

import numpy as np

VARIABLE = "LEIBNET_KERNELS"
CHOICES = ["numpy", "numba"]
INSTALL = 'pip install "leibnet[fast]"'
CURE = f"get another version ({INSTALL}), or set {VARIABLE}=numpy"
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
COMPILING = "compiling kernels, once on this machine"

Kernel = Callable[..., Any]

_lock = threading.RLock()
_forms: Mapping[str, Kernel] | None = None  # None: not chosen yet
_announce: Callable[[], None] | None = None
_said = False


def kernels(choice: str | None = None) -> None:
    """Chooses the kernels of trainings.

    They are chosen once, at the first training step, unless this is called; predictions and evaluations take NumPy
    alone, so that a saved model predicts the same to the bit on every machine that has the same NumPy.

    Parameters
    ----------
    choice : "numpy", NumPy alone; "numba", compiled kernels; None (the default), what the environment variable
        LEIBNET_KERNELS says, one of the two or, if it is not set, compiled kernels where numba is installed.

    Raises
    ------
    ImportError : "numba", where it is not installed or cannot be imported.
    """
    global _forms
    if choice is not None:
        choiceOf("kernels", "choice", choice, CHOICES)
    with _lock:
        _forms = _load_as_asked() if choice == "numba" else {} if choice == "numpy" else None


def choose() -> Mapping[str, Kernel]:
    """The compiled kernels by name, none where NumPy computes alone; chosen now if they were not before."""
    global _forms
    with _lock:
        if _forms is None:
            wanted = os.environ.get(VARIABLE) or None
            if wanted is not None:
                choiceOf(f"the environment variable {VARIABLE}", "its value", wanted, CHOICES)
            if wanted == "numba":
                _forms = _load_as_asked()
            elif wanted == "numpy" or find_spec("numba") is None:
                _forms = {}
            else:
                _forms = _load_if_possible()
        return _forms


def kernel(name: str, *arrays: Any) -> Kernel | None:
    """The compiled kernel of that name, if there is one for these arrays: NumPy's, contiguous, of one precision.

    Call it from training passes alone. The kernel trusts that shapes agree; arrays that are not given here are the
    caller's own buffers.
    """
    found = (choose() if _forms is None else _forms).get(name)
    if found is None:
        return None
    dtype = arrays[0].dtype
    if dtype is not SINGLE and dtype is not DOUBLE and dtype not in (SINGLE, DOUBLE):
        return None
    for array in arrays:
        if type(array) is not np.ndarray or array.dtype != dtype or not array.flags.carray:
            return None
    return found


def kernelDescription() -> str:
    """What computes in trainings beside BLAS: "NumPy" or "numba 0.68.1"."""
    from importlib.metadata import version  # a thirtieth of the time that an import of nn takes

    return f"numba {version('numba')}" if choose() else "NumPy"


def description() -> str:
    """What computes: "OpenBLAS 0.3.31, SkylakeX kernels, up to 2 threads; numba 0.68.1"."""
    return f"{threadcount.description()}; {kernelDescription()}"


@contextmanager
def announced(by: Callable[[], None]) -> Iterator[None]:
    """A stretch in which `by` says that kernels are compiled, when they are; otherwise a line on stderr does."""
    global _announce
    before, _announce = _announce, by
    try:
        yield
    finally:
        _announce = before


def tellThatKernelsAreCompiled() -> None:
    """Is called whenever a kernel is compiled. Where nobody else says so, a line on stderr does, once."""
    global _said
    if _announce is not None:
        _announce()
    elif not _said:
        _said = True
        say(COMPILING)


@cache
def _load() -> Mapping[str, Kernel]:
    if find_spec("numba") is None:
        raise ImportError(f"the compiled kernels need the package numba, which is not installed: {INSTALL}")
    forms: Mapping[str, Kernel] = import_module("leibnet.fused.compiled.loading").load(tellThatKernelsAreCompiled)
    return forms


def _load_as_asked() -> Mapping[str, Kernel]:
    try:
        return _load()
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(f"numba cannot be used ({type(error).__name__}: {error}): {CURE}") from error


def _load_if_possible() -> Mapping[str, Kernel]:
    try:
        return _load()
    except Exception as error:  # a numba that does not fit this NumPy, this Python or this processor
        reason = f"{type(error).__name__}: {error}"
        warn(f"numba is installed and cannot be used, so NumPy computes alone ({reason}): {CURE}", RuntimeWarning)
        return {}

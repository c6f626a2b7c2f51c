"""How many threads compute."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from leibnet.processor.blaskernels import warnIfSlow
from leibnet.terminal import warn

import numpy as np

SMALL = 2_000_000  # multiplications in a product; one thread is as fast below
INTERVAL = 2.0  # seconds from one look at the machine to the next
WINDOWS, WINDOW = 4, 0.01  # of a look, in seconds; a thread that slept takes a while to get a processor of its own
BUSY = 0.8  # of the time that one thread takes: if all together take longer, something else is running

_fixed: int | None = None
_limit: int | None = None  # of this process, beside which others compute


def threads(number: int | None = None) -> None:
    """Sets how many threads a training may use: None (the default) lets it choose.

    Left to itself, a training takes one thread for small products, and all that BLAS has for larger ones, unless it
    notices that the machine is busy with something else. Sums are rounded differently by one thread and by two: fix
    the number, here or by OPENBLAS_NUM_THREADS=1, where a training must repeat to the bit on a busy machine.
    """
    global _fixed
    if number is not None and (isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1):
        raise ValueError(f"threads needs a positive integer, or None to let the training choose, got {number!r}")
    if number is not None and number > 1 and _library() is None:
        warn(
            "NumPy's BLAS is none whose threads can be set: it takes as many as its environment variable says "
            "(VECLIB_MAXIMUM_THREADS for Apple's Accelerate)",
            RuntimeWarning,
        )
    _fixed = None if number is None else int(number)


@contextmanager
def limited(number: int) -> Iterator[None]:
    """A stretch in which trainings choose at most so many threads; what `threads` has set stays."""
    global _limit
    before, _limit = _limit, number
    try:
        yield
    finally:
        _limit = before


def most() -> int:
    """How many threads a training may use."""
    if _fixed is not None:
        return _fixed
    return _all() if _limit is None else min(_all(), _limit)


def ofCores(available: int, processes: int) -> int:
    """How many threads each of several processes has, so that together they have the cores, and at least one.

    >>> ofCores(8, 2), ofCores(2, 4)
    (4, 1)
    """
    return max(1, available // processes)


class Threads:
    """The number of BLAS's threads in the course of a training.

        with Threads(largest=784 * 100 * 50) as workers:
            ...
            workers.look()     # in every step

    Parameters
    ----------
    largest : multiplications in the largest product of a step.

    Attributes
    ----------
    number : how many threads compute now.
    chooses : whether it may change in the course of the training.
    """

    def __init__(self, largest: int) -> None:
        self._library = _library()
        self._most = most()
        self.chooses = _fixed is None and self._most > 1 and largest >= SMALL
        self._nextLook = 0.0
        self.number = self._most if _fixed is not None or largest >= SMALL else 1

    def look(self) -> None:
        """From time to time, changes to one thread on a busy machine, and back."""
        if self.chooses and time.perf_counter() >= self._nextLook:
            self._set(1 if self._isBusy() else self._most)
            self._nextLook = time.perf_counter() + INTERVAL

    def _isBusy(self) -> bool:
        """Whether a product takes all threads no less time than one.

        The threads of a product wait for one another: where one of them does not get a processor, all stand still.
        """
        self._set(1)
        one = sorted(_product() for _ in range(5))[2]
        self._set(self._most)
        for _ in range(WINDOWS):
            seconds, products = 0.0, 0
            while seconds < WINDOW:
                seconds += _product()
                products += 1
            if seconds <= BUSY * one * products:
                return False
        return True

    def _set(self, number: int) -> None:
        self.number = number
        if self._library is not None:
            self._library.set_num_threads(number)

    def __enter__(self) -> Threads:
        global _before
        with _lock:
            if not _current:
                _before = _all()
            _current.append(self)
        self._set(self.number)
        return self

    def __exit__(self, *exception: object) -> None:
        with _lock:  # trainings in several threads end in any order
            _current.remove(self)
            if self._library is not None:
                self._library.set_num_threads(_current[-1].number if _current else _before)


_lock = threading.Lock()
_current: list[Threads] = []
_before = 1  # how many threads BLAS had outside of all trainings


def _all() -> int:
    """How many threads BLAS has outside of all trainings."""
    library = _library()
    return _before if _current else 1 if library is None else library.get_num_threads()


def helping() -> bool:
    """Whether a second thread may help now."""
    return computing() > 1


def computing() -> int:
    """How many threads compute now."""
    return _current[-1].number if _current else Threads(SMALL).number


def steered() -> bool:
    """Whether the threads of BLAS can be set."""
    return _library() is not None


@contextmanager
def oneEach() -> Iterator[None]:
    """A stretch in which BLAS has one thread for each of those that call it."""
    library = _library()
    before = 1 if library is None else library.get_num_threads()
    try:
        if library is not None:
            library.set_num_threads(1)
        yield
    finally:
        if library is not None:
            library.set_num_threads(before)


def description() -> str:
    """What computes the products: "OpenBLAS 0.3.31, SkylakeX kernels, up to 2 threads"."""
    library = _library()
    if library is None:
        return "a BLAS that cannot be steered"
    name = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS"}.get(library.internal_api, library.internal_api)
    threads = most()
    parts = [f"{name} {library.version or ''}".strip()]
    if architecture := getattr(library, "architecture", None):
        parts.append(f"{architecture} kernels")
    return ", ".join([*parts, f"up to {threads} threads" if threads > 1 else "1 thread"])


@cache
def _library() -> Any:
    """NumPy's BLAS as threadpoolctl sees it, or None if it cannot be steered."""
    from threadpoolctl import ThreadpoolController

    found = [one for one in ThreadpoolController().lib_controllers if one.user_api == "blas"]
    found.sort(key=lambda one: "numpy" not in one.filepath)  # beside those of other packages
    if not found:
        return None
    warnIfSlow(getattr(found[0], "architecture", None))
    return found[0]


@cache
def _factors() -> tuple[Any, Any, Any]:
    rows = np.ones((256, 256), np.float32)
    return rows, rows[:, :128].copy(), np.empty((256, 128), np.float32)


def _product() -> float:
    """Seconds of a product that two threads compute in little more than half the time."""
    a, b, out = _factors()
    start = time.perf_counter()
    np.matmul(a, b, out=out)
    return time.perf_counter() - start

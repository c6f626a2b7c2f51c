"""Ctrl-C without a traceback; the first import of an example.

While modules are imported, Ctrl-C ends the process at once, as it does other programs: some libraries catch what is
raised while they load, and it would be lost. `listen` makes it Python's KeyboardInterrupt again.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def listen() -> None:
    """From now on, Ctrl-C is a KeyboardInterrupt; a job in the background, which is deaf to it, stays so."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def postponed() -> Iterator[None]:
    """A stretch at the end of which Ctrl-C arrives, to import modules in."""
    noted: list[int] = []
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if usual:
        signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    try:
        yield
    finally:
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if noted:
        raise KeyboardInterrupt


def isBehind(error: BaseException | None) -> bool:
    """Whether an error is Ctrl-C, or comes from it, as one from a module that was interrupted while it was loaded."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _unraisableHook(ignored: Any) -> None:
    """For Ctrl-C in a place from where Python lets no error out, such as `__del__`: it comes once more."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.01, _thread.interrupt_main)  # at once, it would come in this function, and be lost
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


sys.unraisablehook = _unraisableHook
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

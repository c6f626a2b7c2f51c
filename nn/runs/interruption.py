"""Ctrl-C at moments when it could do harm, or be lost."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def postponed() -> Iterator[None]:
    """A stretch at the end of which Ctrl-C arrives: for writing a file, or importing modules that would lose it.

    Changes nothing where another handler is installed, and in threads other than the main one.
    """
    noted: list[int] = []
    usual = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if usual:
        signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    try:
        yield
    finally:
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if noted:
        raise KeyboardInterrupt


@contextmanager
def repeated() -> Iterator[None]:
    """Within, a Ctrl-C in a place from where Python lets no error out, such as `__del__`, comes once more."""
    before = sys.unraisablehook

    def hook(ignored: Any) -> None:
        if issubclass(ignored.exc_type, KeyboardInterrupt):
            again = threading.Timer(
                0.01, _thread.interrupt_main
            )  # at once, it would come in this function, and be lost
            again.daemon = True
            again.start()
        else:
            before(ignored)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before

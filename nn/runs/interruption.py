"""Ctrl-C at moments when it could do harm, or be lost."""

from __future__ import annotations

import _thread
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def postponed() -> Iterator[None]:
    """A stretch at the end of which Ctrl-C arrives: for writing a file, or importing modules that would lose it.

    Changes nothing where another handler is installed, and in threads other than the main one.
    """
    noted: list[int] = []
    usual = _in_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
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
def noticed() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed since it was last asked.

    Some libraries, among them matplotlib, turn it into an error of their own.
    """
    if not _in_main_thread():
        yield lambda: False
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)

        def pressed() -> bool:
            try:
                return signal.SIGINT in reader.recv(4096)
            except BlockingIOError:
                return False

        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield pressed
        finally:
            signal.set_wakeup_fd(before)


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


def _in_main_thread() -> bool:
    """Where Python lets signals be handled."""
    return threading.current_thread() is threading.main_thread()

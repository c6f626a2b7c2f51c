"""Ctrl-C without a traceback, from the moment this is imported; the first import of an example."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from typing import Any


def isBehind(error: BaseException | None) -> bool:
    """Whether an error is Ctrl-C, or comes from it, as one from a module that was interrupted while it was loaded."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """For Ctrl-C while modules are imported: ends by the signal, and says nothing."""
    if isBehind(error):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    sys.__excepthook__(kind, error, trace)


def _unraisableHook(ignored: Any) -> None:
    """For Ctrl-C in a place from where Python lets no error out, such as `__del__`: it comes once more."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.01, _thread.interrupt_main)  # at once, it would come in this function, and be lost
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


sys.excepthook, sys.unraisablehook = _hook, _unraisableHook

"""Ctrl-C in the middle of a step."""

from __future__ import annotations

import signal
import threading
from typing import Any


class Interruption:
    """Delays the first Ctrl-C to the end of the step, unless another handler is installed.

    Attributes
    ----------
    noted : whether Ctrl-C was pressed; whoever sees it raises KeyboardInterrupt when the step is done.
    """

    def __init__(self) -> None:
        self.noted = False
        self._installed = False

    def install(self) -> None:
        """From now on, the first Ctrl-C is noted; a second one is a KeyboardInterrupt at once."""
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True

    def remove(self) -> None:
        """From now on, Ctrl-C is a KeyboardInterrupt again."""
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    def _note(self, number: int, frame: Any) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True

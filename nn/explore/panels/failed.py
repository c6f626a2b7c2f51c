"""What stands in the place of a panel that failed."""

from __future__ import annotations

from typing import Any

from nn.explore.panels.look import words
from nn.explore.panels.panel import line, log


class Failed:
    """The title of a panel, and in a line why it is not there; the program's own output has all of it.

    Parameters
    ----------
    title : of the panel.
    error : what it raised.
    """

    def __init__(self, title: str, error: Exception) -> None:
        self.title, self._error = title, error
        log.warning("a panel failed: %s", title, exc_info=error)

    def build(self) -> None:
        """The line."""
        words(f"This cannot be shown. {line(self._error)}").classes("leibnet-failed").props("role=alert")


def titleOf(make: Any) -> str:
    """What the panels of a class are called."""
    return str(getattr(make, "title", "A panel"))

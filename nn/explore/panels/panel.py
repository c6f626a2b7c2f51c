"""What a panel is, and how it computes."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from nn.explore.panels.look import words

T = TypeVar("T")
log = logging.getLogger("leibnet")
model_lock = threading.Lock()  # the model is shared by all tabs, and some of it keeps buffers


class Panel(Protocol):
    """A part of the page, with a state of its own for every browser tab.

    A panel whose attribute `wide` is True takes the width of two.
    """

    title: str

    def build(self) -> None:
        """Builds its widgets, within NiceGUI's context."""


async def computed(function: Callable[..., T], *arguments: Any) -> T:
    """What the function returns, computed in a thread while the page goes on; one at a time in all tabs."""

    def alone() -> T:
        with model_lock:
            return function(*arguments)

    return await asyncio.to_thread(alone)


def reason(error: ValueError) -> str:
    """What an error of the library says, without the name of the function that says it."""
    owner, _, text = str(error).partition(": ")
    return text or owner


def line(error: Exception) -> str:
    """What stands on the page of an error: its kind, and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


class Latest:
    """Computes and shows the newest state: requests that come while it is at work are answered once, afterwards.

    Where that raises, a line says so, at the place on the page where this was made, until it goes well again.

    Parameters
    ----------
    compute : called in a thread, see `computed`; returns what is to be shown.
    show : takes that, within the page.
    """

    def __init__(self, compute: Callable[[], T], show: Callable[[T], None]) -> None:
        self._compute, self._show = compute, show
        self._working, self._again = False, False
        self._said = ""
        self._failed = words("").classes("leibnet-failed").props("role=alert")

    async def __call__(self, *ignored: Any) -> None:
        """Asks for the newest state to be shown; to be given to widgets as the handler of their events."""
        self._again = True
        if self._working:
            return
        self._working = True
        try:
            while self._again:
                self._again = False
                self._show(await computed(self._compute))
                self._failing("")
        except Exception as error:
            if self._failing(line(error)):  # once, not for every movement of a slider
                log.warning("a panel failed", exc_info=error)
        finally:
            self._working = False

    def _failing(self, said: str) -> bool:
        """Shows what failed, or "" for nothing; returns whether that is new."""
        new, self._said = said != self._said, said
        if new:
            self._failed.say(said)
        return new


Handler = Callable[..., Awaitable[None]]

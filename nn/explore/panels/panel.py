"""What a panel is, and how it computes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from nicegui import ui

T = TypeVar("T")
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


class Latest:
    """Computes and shows the newest state: requests that come while it is at work are answered once, afterwards.

    Parameters
    ----------
    compute : called in a thread, see `computed`; returns what is to be shown.
    show : takes that, within the page.
    """

    def __init__(self, compute: Callable[[], T], show: Callable[[T], None]) -> None:
        self._compute, self._show = compute, show
        self._working, self._again = False, False

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
        except Exception as error:
            ui.notify(f"{type(error).__name__}: {error}", type="negative")
            raise
        finally:
            self._working = False


Handler = Callable[..., Awaitable[None]]

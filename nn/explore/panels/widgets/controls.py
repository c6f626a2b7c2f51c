"""Widgets that several panels have, each with its name beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from nicegui import ui

from nn.explore.panels.range import Range

STYLE = (Path(__file__).parent.parent / "views.css").read_text("utf-8")
Changed = Callable[..., Awaitable[None] | None]


def style() -> None:
    """Gives the page the look of these widgets; every panel that has some calls it first."""
    ui.add_css(STYLE)


def slider(text: str, low: float, high: float, step: float, value: float, changed: Changed) -> Any:
    """A slider with its name and its number above it."""
    with ui.element("div").classes("leibnet-control"):
        label = ui.label().classes("leibnet-quiet")
        found = Range(text, low, high, step, value, changed)
        label.bind_text_from(found, "value", lambda number: f"{text}: {number:.4g}")
    return found


def number(text: str, value: float, changed: Changed, low: float | None = None, high: float | None = None) -> Any:
    """A field for a number; `changed` is called with what is one, and not with a field that is empty."""

    def entered(event: Any) -> Any:
        return None if event.value is None else changed(event)

    return (
        ui.number(text, value=value, min=low, max=high, on_change=entered)
        .props("dense outlined")
        .classes("leibnet-number")
    )


def select(text: str, options: Sequence[str] | dict[Any, str], value: Any, changed: Changed) -> Any:
    """A choice of several."""
    found = ui.select(
        options if isinstance(options, dict) else list(options), label=text, value=value, on_change=changed
    )
    return found.props("dense outlined options-dense").classes("leibnet-select")


def button(text: str, icon: str, clicked: Changed) -> Any:
    """A button with an icon."""
    return ui.button(text, on_click=clicked).props(f"flat dense no-caps icon={icon}")


class RunButton:
    """Starts and stops a step that is done again and again, at a rate.

    Parameters
    ----------
    step : what is done; a step that is still at work is not begun again.
    rate : steps a second.
    name : what stands on the button while nothing runs.
    """

    def __init__(self, step: Callable[[], Awaitable[None]], rate: float = 5.0, name: str = "Run") -> None:
        self._step, self._name, self._working = step, name, False
        self._button = button(name, "play_arrow", self.toggle)
        self._timer = ui.timer(1 / rate, self._tick, active=False)

    @property
    def runs(self) -> bool:
        """Whether it is running."""
        return bool(self._timer.active)

    def setRate(self, rate: float) -> None:
        """So many steps a second from now on."""
        self._timer.interval = 1 / rate

    def toggle(self) -> None:
        """Runs, or pauses."""
        self._set(not self.runs)

    def pause(self) -> None:
        """Pauses."""
        self._set(False)

    def _set(self, runs: bool) -> None:
        self._timer.active = runs
        self._button.text = "Pause" if runs else self._name
        self._button.props(f"icon={'pause' if runs else 'play_arrow'}")

    async def _tick(self) -> None:
        if self._working:
            return
        self._working = True
        try:
            await self._step()
        except Exception as error:
            self.pause()
            ui.notify(f"{type(error).__name__}: {error}", type="negative")
            raise
        finally:
            self._working = False


def textButton(getText: Callable[[], str], name: str, text: str = "Text") -> Any:
    """A button that downloads a text as a file."""
    return button(text, "download", lambda: ui.download.content(getText().encode(), name, "text/plain"))

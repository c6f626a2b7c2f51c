"""Many numbers to be moved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from leibnet.types import Array

from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.range import Range

AT_ONCE = 32
STEPS = 200


class Sliders:
    """A slider for each of some numbers, at most 32 at once, and a way to the others.

    Parameters
    ----------
    names : of the numbers.
    low, high : arrays of their ends.
    values : an array of them, which the sliders change.
    changed : called after every change.
    order : in which they stand; default as they come.
    """

    def __init__(
        self,
        names: Sequence[str],
        low: Array,
        high: Array,
        values: Array,
        changed: Callable[[], Awaitable[None]],
        order: Sequence[int] | None = None,
    ) -> None:
        self._names, self._low, self._high, self._values = names, low, high, values
        self._changed, self._order = changed, list(range(len(names))) if order is None else list(order)
        self._first, self._setting = 0, False
        if len(names) > AT_ONCE:
            with row():
                ui.button(icon="chevron_left", on_click=lambda: self._turn(-AT_ONCE)).props(
                    'flat dense round aria-label="The ones before"'
                )
                self._where = words("", "span").props('aria-live="polite"')
                ui.button(icon="chevron_right", on_click=lambda: self._turn(AT_ONCE)).props(
                    'flat dense round aria-label="The next ones"'
                )
        with ui.element("div").classes("leibnet-sliders"):
            self._rows = [self._row(place) for place in range(min(AT_ONCE, len(names)))]
        self.show()

    def _row(self, place: int) -> tuple[Any, Any, Any, Any]:
        with ui.element("div").classes("leibnet-slider") as line:
            name = words("", "span")
            slider = Range("", 0, 1, 1 / STEPS, 0, lambda event: self._move(place, event))
            number = words("", "span")
        return line, name, slider, number

    def _move(self, place: int, event: Any) -> Awaitable[None] | None:
        """What a slider tells is taken at once; what `show` makes it tell is known."""
        if self._setting or event.value is None:
            return None
        i = self._order[self._first + place]
        self._values[i] = event.value
        self._rows[place][3].set_content(f"{event.value:.2f}")
        return self._changed()

    def _turn(self, by: int) -> None:
        if 0 <= self._first + by < len(self._order):
            self._first += by
            self.show()

    def show(self) -> None:
        """Puts the sliders where the values are."""
        self._setting = True
        try:
            for place, (line, name, slider, number) in enumerate(self._rows):
                there = self._first + place < len(self._order)
                line.set_visibility(there)
                if there:
                    i = self._order[self._first + place]
                    name.set_content(self._names[i])
                    low, high, value = (float(one[i]) for one in (self._low, self._high, self._values))
                    slider.become(self._names[i], low, high, (high - low) / STEPS, value)
                    number.set_content(f"{self._values[i]:.2f}")
        finally:
            self._setting = False
        if len(self._order) > AT_ONCE:
            last = min(self._first + AT_ONCE, len(self._order))
            self._where.set_content(f"{self._first + 1} to {last} of {len(self._order)}")

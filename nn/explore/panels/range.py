"""A slider that says its name and its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.elements.mixins.value_element import ValueElement


class Range(ValueElement, component="range.js"):  # type: ignore[call-arg]
    """A number between two ends; it changes `value` and calls `changed`, with an event that has it, while it moves.

    Parameters
    ----------
    label : what it is.
    low, high, step : the ends, and the distance between two values.
    value : the first one.
    changed : called with every new value, at most every 50 milliseconds; the last one is never left out.
    """

    LOOPBACK = False

    def __init__(
        self, label: str, low: float, high: float, step: float, value: float, changed: Callable[[Any], Any]
    ) -> None:
        super().__init__(value=value, on_value_change=changed, throttle=0.05)
        self._describe(label, low, high, step)

    def become(self, label: str, low: float, high: float, step: float, value: float) -> None:
        """Stands for another number."""
        self._describe(label, low, high, step)
        self.value = value
        self.update()

    def _describe(self, label: str, low: float, high: float, step: float) -> None:
        self.props["label"], self.props["min"], self.props["max"], self.props["step"] = label, low, high, step

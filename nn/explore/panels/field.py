"""A field to draw in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from nn.explore.panels.look import row, words
from nn.explore.panels.range import Range
from nn.explore.subjects.strokes import Strokes

BRUSH = 0.075


class Field(Element, component="field.js"):  # type: ignore[call-arg]
    """The surface alone, whose strokes are kept here as well as in the browser.

    Parameters
    ----------
    label : what it is, for those who do not see it.
    changed : called after every change.
    """

    def __init__(self, label: str, changed: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.strokes = Strokes()
        self.props["label"], self.props["brush"] = label, BRUSH
        self._changed = changed
        self.on("ink", self._take)

    def erase(self) -> None:
        """Takes all strokes away; nobody is told."""
        self.strokes.clear()
        self.run_method("erase")

    async def _take(self, event: Any) -> None:
        told, strokes = event.args, self.strokes
        try:
            if told["op"] == "begin":
                strokes.begin(float(told["x"]), float(told["y"]), float(told["width"]))
            elif told["op"] == "points":
                strokes.extend([(float(x), float(y)) for x, y in told["points"]])
            elif told["op"] == "undo":
                strokes.undo()
            elif told["op"] == "clear":
                strokes.clear()
        except ValueError as error:
            ui.notify(str(error), type="warning")
            return
        await self._changed()


def field(label: str, changed: Callable[[], Awaitable[None]]) -> Field:
    """A field with its tools: the brush's width, undo, clear."""
    with ui.element("div").classes("leibnet-drawing"):
        surface = Field(label, changed)
        with row():
            ui.button("Undo", on_click=lambda: surface.run_method("undo")).props("flat dense no-caps icon=undo")
            ui.button("Clear", on_click=lambda: surface.run_method("clear")).props("flat dense no-caps icon=delete")
            words("Brush", "span").classes("leibnet-quiet")

            def widen(event: Any) -> None:
                surface.props["brush"] = event.value
                surface.update()

            Range("Width of the brush", 0.03, 0.15, 0.005, BRUSH, widen).classes("leibnet-brush")
    return surface

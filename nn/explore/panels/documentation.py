"""What a thing on the page is: its docstring, and the chapter about it."""

from __future__ import annotations

import inspect
from typing import Any

from nicegui import ui

from nn.explore.panels.look import words


def documentation(thing: Any) -> Any:
    """A button that shows the docstring of a class or function in a dialog; works without a network."""
    name = thing.__name__
    with ui.dialog() as dialog, ui.card().classes("leibnet-card leibnet-doc"):
        words(name, "h2")
        words(inspect.getdoc(thing) or "It has no docstring.", "pre").classes("leibnet-text").props("tabindex=0")
        ui.button("Close", on_click=dialog.close).props("flat no-caps")
    return ui.button(f"About {name}", on_click=dialog.open).props("flat dense no-caps icon=help_outline")

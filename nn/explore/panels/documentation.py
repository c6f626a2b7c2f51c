"""What a thing on the page is: its docstring, and the chapter about it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from nn.explore.panels.look import words
from nn.explore.subjects.chapters import FOLDER


def documentation(thing: Any, chapters: Sequence[str] = ()) -> Any:
    """A button that shows the docstring of a class or function in a dialog, and where the chapters about it are.

    The chapters are named, not linked: the page opens nothing but itself.
    """
    name = thing.__name__
    with ui.dialog() as dialog, ui.card().classes("leibnet-card leibnet-doc"):
        words(name, "h2")
        words(inspect.getdoc(thing) or "It has no docstring.", "pre").classes("leibnet-text").props("tabindex=0")
        if chapters:
            files = ", ".join(f"{FOLDER}/{chapter}.md" for chapter in chapters)
            words(f"{'Chapter' if len(chapters) == 1 else 'Chapters'}: {files}").classes("leibnet-quiet")
        ui.button("Close", on_click=dialog.close).props("flat no-caps")
    return ui.button(f"About {name}", on_click=dialog.open).props("flat dense no-caps icon=help_outline")

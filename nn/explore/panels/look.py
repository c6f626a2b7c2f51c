"""How the page looks."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.elements.html import Html

CARD = "leibnet-card"
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fa8"/>'
    '<g fill="#fff"><circle cx="9" cy="9" r="3"/><circle cx="9" cy="23" r="3"/><circle cx="23" cy="16" r="3"/></g>'
    '<path d="M9 9 23 16 9 23" fill="none" stroke="#fff" stroke-width="1.6"/></svg>'
)
STYLE = "".join(sheet.read_text("utf-8") for sheet in sorted(Path(__file__).parent.glob("*.css")))


class Words(Html):
    """A text in an element of its own, such as "p" (default), "h2" or "pre"; nothing in it is markup."""

    def __init__(self, text: str, tag: str = "p") -> None:
        super().__init__(escape(text), tag=tag, sanitize=False)

    def say(self, text: str) -> None:
        """Another text in its place; nothing in this one is markup, either."""
        self.content = escape(text)


def words(text: str, tag: str = "p") -> Any:
    """A `Words`, whose classes and props can be set in the same line."""
    return Words(text, tag)


def picture(alternative: str, width: int, height: int) -> Any:
    """An image without content yet; `show(image, source)` gives it some. Its place has its size from the beginning."""
    image = ui.element("img").classes("leibnet-picture")
    image.props["alt"], image.props["width"], image.props["height"] = alternative, width, height
    return image


def show(image: Any, source: str, alternative: str | None = None) -> None:
    """Gives an image another content, and what it is in words."""
    image.props["src"] = source
    if alternative is not None:
        image.props["alt"] = alternative
    image.update()


def row() -> Any:
    """Widgets side by side, in several lines where there is little space."""
    return ui.element("div").classes("leibnet-row")

"""How the page looks."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

CARD = "leibnet-card"
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fa8"/>'
    '<g fill="#fff"><circle cx="9" cy="9" r="3"/><circle cx="9" cy="23" r="3"/><circle cx="23" cy="16" r="3"/></g>'
    '<path d="M9 9 23 16 9 23" fill="none" stroke="#fff" stroke-width="1.6"/></svg>'
)
STYLE = """
:root { --ink: #1c2430; --quiet: #5b6675; --line: #dde2e9; --card: #ffffff; --ground: #f4f6f9; --accent: #1f5fa8; }
body.body--dark { --ink: #e6eaf0; --quiet: #a3adba; --line: #343c48; --card: #1d232c; --ground: #12161c; --accent: #7db4f2; }
body { background: var(--ground); color: var(--ink); }
.nicegui-content { max-width: 75rem; width: 100%; margin: 0 auto; padding: 1rem; gap: 1rem; align-items: stretch; }
.leibnet-head { display: flex; justify-content: space-between; align-items: flex-start; gap: 1rem; flex-wrap: wrap; }
.leibnet-head h1 { font-size: 1.5rem; line-height: 1.2; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
.leibnet-quiet { color: var(--quiet); font-size: .9rem; }
.leibnet-panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; align-items: start; }
.leibnet-card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; min-width: 0; display: flex; flex-direction: column; gap: .75rem; }
.leibnet-card h2 { font-size: 1.1rem; line-height: 1.3; font-weight: 600; margin: 0; }
.leibnet-card h3 { font-size: .95rem; line-height: 1.3; font-weight: 600; margin: 0; }
.leibnet-row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.leibnet-picture { image-rendering: pixelated; display: block; max-width: 100%; height: auto; background: #000; border-radius: .25rem; }
.leibnet-text { font-family: ui-monospace, monospace; font-size: .8rem; white-space: pre; overflow-x: auto; margin: 0; }
"""


def words(text: str, tag: str = "p") -> Any:
    """A text in an element of its own, such as "p" (default), "h2" or "pre"; nothing in it is markup."""
    return ui.html(escape(text), tag=tag, sanitize=False)


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

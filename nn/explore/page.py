"""The page: what the file holds, and the panels that fit it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from nicegui import app as library
from nicegui import ui

from nn.explore.panels.choosing import panelsOf
from nn.explore.panels.documentation import documentation
from nn.explore.panels.look import CARD, FAVICON, STYLE, words
from nn.explore.samples import Samples
from nn.explore.subjects.indices import Index
from nn.storage.stored import Stored


def site(model: Stored | Index, name: str, samples: Samples | None) -> FastAPI:
    """The application that serves a page of this model to every browser tab; `name` is that of its file.

    RuntimeError if a page is open in this program: NiceGUI serves one site at a time.
    """
    if not library.is_stopped:
        raise RuntimeError(
            "a page is open in this program already: end it with Ctrl-C, or open this one in another program"
        )
    library.remove_route("/")  # of a page that was open before
    library.user_middleware.clear()
    library.middleware_stack = None
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @ui.page("/", title=f"{name} - Leibnet", dark=None)
    def page() -> None:
        build(model, name, samples)

    ui.run_with(
        outer,
        title="Leibnet",
        favicon=FAVICON,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=60.0,
        show_welcome_message=False,
        gzip_middleware_factory=None,
        binding_refresh_interval=None,
    )
    return outer


def build(model: Stored | Index, name: str, samples: Samples | None) -> None:
    """Puts everything on the page of one browser tab, with a state of its own."""
    ui.add_css(STYLE)
    ui.add_head_html("<script>history.replaceState(null, '', '/')</script>")  # the token is in the cookie now
    panels = panelsOf(model, samples)
    with ui.element("header").classes("leibnet-head"):
        with ui.element("div"):
            words(name, "h1")
            words(_kind(model)).classes("leibnet-quiet")
        documentation(type(model.index if isinstance(model, Index) else model))
    with ui.element("main").classes("leibnet-panels"):
        for panel in panels:
            wide = " leibnet-wide" if getattr(panel, "wide", False) else ""
            with ui.element("section").classes(CARD + wide).props(f'aria-label="{panel.title}"'):
                words(panel.title, "h2")
                panel.build()


def _kind(model: Any) -> str:
    size = sum(array.size for array in model.arrays().values())
    return f"{model.name}, {size:,} numbers"

"""The page: what the file holds, and the panels that fit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import FastAPI
from nicegui import app as library
from nicegui import ui
from nicegui.element import Element

from nn.explore.panels.choosing import panelsOf
from nn.explore.panels.documentation import documentation
from nn.explore.panels.failed import Failed
from nn.explore.panels.look import CARD, FAVICON, STYLE, words
from nn.explore.panels.panel import Panel, computed, line, model_lock
from nn.explore.samples import Samples
from nn.explore.subjects.chapters import chaptersOf
from nn.explore.subjects.indices import Index
from nn.storage.stored import Stored

PATIENCE = 600.0  # seconds that a tab waits for the panels of a large model


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

    @ui.page("/", title=f"{name} - Leibnet", dark=None, response_timeout=PATIENCE)
    async def page() -> None:
        await build(model, name, samples)

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


async def build(model: Stored | Index, name: str, samples: Samples | None) -> None:
    """Puts everything on the page of one browser tab, with a state of its own.

    A panel that raises is replaced by a line that says so; what an event's handler raises is shown for a while.
    """
    ui.on_exception(lambda error: ui.notify(line(error), type="negative"))
    ui.add_css(STYLE)
    ui.add_head_html("<script>history.replaceState(null, '', '/')</script>")  # the token is in the cookie now
    panels = await computed(panelsOf, model, samples)
    with ui.element("header").classes("leibnet-head"):
        with ui.element("div"):
            words(name, "h1")
            words(_kind(model)).classes("leibnet-quiet")
        documentation(type(model.index if isinstance(model, Index) else model), chaptersOf(model))
    if broken := [key for key, array in model.arrays().items() if not np.isfinite(array).all()]:
        others = f" (as do {len(broken) - 1} others)" if len(broken) > 1 else ""
        said = f"{broken[0]} holds numbers that are not finite{others}: the training went wrong."
        words(said).classes("leibnet-failed").props("role=alert")
    with ui.element("main").classes("leibnet-panels"):
        for panel in panels:
            wide = " leibnet-wide" if getattr(panel, "wide", False) else ""
            with ui.element("section").classes(CARD + wide).props(f'aria-label="{panel.title}"') as card:
                _fill(card, panel)


def _fill(card: Element, panel: Panel) -> None:
    """The panel, or what stands in its place."""
    words(panel.title, "h2")
    try:
        with model_lock:
            panel.build()
    except Exception as error:
        card.clear()
        _fill(card, Failed(panel.title, error))


def _kind(model: Any) -> str:
    size = sum(array.size for array in model.arrays().values())
    return f"{model.name}, {size:,} numbers"

"""Buttons that give pictures and films to the user, as files."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from leibnet.types import Array

from nicegui import ui

from nn.explore.panels.panel import computed
from nn.plots.animation import saveAnimation


class Film(NamedTuple):
    """Frames (height, width, N), or in colour (3, height, width, N), with the values that are black and white."""

    frames: Array
    limits: tuple[float, float] = (0.0, 1.0)
    seconds: float = 6.0


def pictureButton(getPng: Callable[[], bytes], name: str = "picture.png", text: str = "Picture") -> Any:
    """A button that downloads the PNG file that the function returns."""

    async def save() -> None:
        ui.download.content(await computed(getPng), name, "image/png")

    return ui.button(text, on_click=save).props("flat dense no-caps icon=download")


def filmButton(getFilm: Callable[[], Film], name: str = "film.gif", text: str = "Film") -> Any:
    """A button that downloads the film as a GIF file."""

    async def save() -> None:
        film = await computed(getFilm)
        ui.download.content(await asyncio.to_thread(gif, film), name, "image/gif")

    return ui.button(text, on_click=save).props("flat dense no-caps icon=movie")


def gif(film: Film) -> bytes:
    """The content of a GIF file, of at most 500 frames."""
    images = film.frames if film.frames.ndim == 4 else film.frames[None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.gif"
        saveAnimation(
            [images[..., i : i + 1] for i in range(images.shape[-1])],
            None,
            path,
            columns=1,
            seconds=film.seconds,
            limits=film.limits,
        )
        return path.read_bytes()

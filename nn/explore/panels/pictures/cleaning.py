"""The panel of noise that is put on a picture, and taken away."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest
from nn.explore.panels.range import Range
from nn.explore.pictures import bytesOf, levels, png, tiles
from nn.explore.samples import Samples
from nn.explore.subjects.noises import NOISES, Noise

SIDE = 140
CAPTIONS = "The sample", "with noise", "without, says the model"


class Cleaning:
    """A sample, the same with noise, and its reconstruction."""

    title = "Noise, put on and taken away"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._noise, self._samples = Noise(model), samples
        shape = self._noise.scale.shape
        self._x: Array = np.zeros((*shape, 1)) if samples is None else samples.inputs[..., :1]

    def build(self) -> None:
        """Its widgets, and the pictures of the first sample."""
        self._latest = Latest(lambda: self._noise.pictures(self._x), self._show)
        with ui.element("div").classes("leibnet-pictures"):
            self._figures = [self._figure(caption) for caption in CAPTIONS]
        with row():
            kinds = ui.select([*NOISES], value=self._noise.kind, on_change=self._another)
            kinds.props('dense options-dense outlined aria-label="Kind of noise"')
            slider = Range("Strength of the noise", 0, 1, 0.02, self._noise.strength, self._strengthen)
            slider.classes("leibnet-brush")
            self._strength = words(f"{self._noise.strength:.2f}", "span").classes("leibnet-quiet")
        with row():
            ui.button("Other noise", on_click=self._redraw).props("flat dense no-caps icon=refresh")
            pictureButton(self._png, "noise.png")
        Source(self._samples, self._noise.scale, self._take)
        ui.timer(0, self._latest, once=True)

    def _figure(self, caption: str) -> tuple[Any, Any]:
        with ui.element("figure").classes("leibnet-figure"):
            image = picture(caption, SIDE, SIDE)
            with ui.element("figcaption"):
                words(caption, "span")
                return image, words("", "div").classes("leibnet-quiet")

    async def _another(self, event: Any) -> None:
        self._noise.kind = event.value
        await self._latest()

    async def _strengthen(self, event: Any) -> None:
        self._noise.strength = float(event.value or 0)
        self._strength.set_content(f"{self._noise.strength:.2f}")
        await self._latest()

    async def _redraw(self) -> None:
        self._noise.seed += 1
        await self._latest()

    async def _take(self, x: Array) -> None:
        self._x = x
        await self._latest()

    def _show(self, found: tuple[Array, Array, Array, float, float]) -> None:
        *pictures, noisy, restored = found
        texts = "", f"off by {noisy:.3f}", f"off by {restored:.3f}"
        for (image, text), one, said in zip(self._figures, pictures, texts, strict=True):
            show(image, png(one, SIDE))
            text.set_content(said)

    def _png(self) -> bytes:
        pictures = levels(np.stack(self._noise.pictures(self._x)[:3]))
        colours = pictures if pictures.ndim == 4 else pictures[..., np.newaxis].repeat(3, axis=-1)
        return bytesOf(tiles(colours, 3), 3 * SIDE)

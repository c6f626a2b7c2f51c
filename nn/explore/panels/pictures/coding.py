"""The panel of a model's codes: a slider for each, and the picture they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.sliders import Sliders
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.codes import Codes

SIDE = 280


class Coding:
    """Sliders, the picture, codes drawn at random, and those of a sample."""

    title = "Codes"
    wide = True

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._codes, self._samples = Codes(model, samples), samples
        self._rng = np.random.default_rng()
        self._z = self._codes.drawn(self._rng)

    def build(self) -> None:
        """Its widgets, and the picture of codes that are drawn."""
        codes, coding = self._codes, self._codes.coding
        self._latest = Latest(self._compute, self._show)
        _, height, width = codes.scale.picture
        size = [round(side * SIDE / max(height, width)) for side in (width, height)]
        with ui.element("div").classes("leibnet-columns"):
            with ui.element("div").classes("leibnet-stack"):
                self._image = picture("The picture that the codes stand for", *size)
                self._verdict = words("", "p").classes("leibnet-quiet")
                with row():
                    ui.button("Draw at random", on_click=self._draw).props("flat dense no-caps icon=casino")
                    ui.button("Middle", on_click=self._middle).props("flat dense no-caps icon=adjust")
                    pictureButton(lambda: bytesOf(codes.shown(self._z), SIDE))
                words(f"Drawn from {coding.source}.").classes("leibnet-quiet")
            with ui.element("div").classes("leibnet-stack"):
                words("Those first that change the picture most.").classes("leibnet-quiet")
                names = [f"z{i}" for i in range(len(codes))]
                self._sliders = Sliders(names, coding.low, coding.high, self._z, self._latest, codes.order)
                if coding.encode is not None:
                    Source(self._samples, codes.scale, self._take, "The codes of a sample")
        ui.timer(0, self._latest, once=True)

    async def _draw(self) -> None:
        self._z[:] = self._codes.drawn(self._rng)
        await self._moved()

    async def _middle(self) -> None:
        self._z[:] = self._codes.coding.middle
        await self._moved()

    async def _take(self, x: Any) -> None:
        self._z[:] = await computed(self._codes.codesOf, x)
        await self._moved()

    async def _moved(self) -> None:
        self._sliders.show()
        await self._latest()

    def _compute(self) -> tuple[str, float | None]:
        z = self._z.copy()
        return png(self._codes.shown(z), SIDE), self._codes.judgement(z)

    def _show(self, found: tuple[str, float | None]) -> None:
        source, judgement = found
        show(self._image, source)
        if judgement is not None:
            self._verdict.set_content(f"The discriminator says {judgement:.2f}.")

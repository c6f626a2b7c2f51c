"""The panel of a walk from one code to another."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import Film, filmButton, pictureButton
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.range import Range
from nn.explore.pictures import bytesOf, levels, png, tiles
from nn.explore.samples import Samples
from nn.explore.subjects.codes import Codes

STEPS, STRIP, SIDE, END = 41, 9, 200, 96


class Walking:
    """Two codes, of samples or drawn, and the pictures on the way between them."""

    title = "A walk between two"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._codes, self._samples = Codes(model, samples), samples
        self._rng = np.random.default_rng()
        self._ends = [self._codes.coding.middle.copy() for _ in range(2)]
        self._way: Array | None = None
        self._place, self._spherical = 0.5, self._codes.coding.spherical

    def build(self) -> None:
        """Its widgets, and a walk between two codes that are chosen at random."""
        self._latest = Latest(self._compute, self._show)
        with ui.element("div").classes("leibnet-pictures"):
            self._from = self._end(0, "From")
            with ui.element("figure").classes("leibnet-figure"):
                self._image = picture("On the way", SIDE, SIDE)
                words("On the way", "figcaption")
            self._to = self._end(1, "To")
        Range("Place on the way", 0, STEPS - 1, 1, STEPS // 2, self._move)
        self._strip = picture("The way in nine pictures", 9 * 48, 48)
        with row():
            ui.switch("Along an arc", value=self._spherical, on_change=self._bend).props("dense")
            pictureButton(lambda: bytesOf(self._sheet(), 9 * 64), "walk.png")
            filmButton(self._film, "walk.gif")
        ui.timer(0, self._begin, once=True)

    def _end(self, which: int, text: str) -> Any:
        with ui.element("figure").classes("leibnet-figure"):
            image = picture(f"{text} this one", END, END)
            words(text, "figcaption")
            with ui.element("div").classes("leibnet-stack"):
                if self._samples is not None and self._codes.coding.encode is not None:
                    button = ui.button("Sample", on_click=lambda: self._choose(which, sample=True))
                    button.props(f'flat dense no-caps icon=refresh aria-label="{text} another sample"')
                button = ui.button("Draw", on_click=lambda: self._choose(which, sample=False))
                button.props(f'flat dense no-caps icon=casino aria-label="{text} a code drawn at random"')
        return image

    async def _begin(self) -> None:
        for which in range(2):
            self._ends[which] = await computed(self._code, True)
        await self._latest()

    async def _choose(self, which: int, sample: bool) -> None:
        self._ends[which] = await computed(self._code, sample)
        await self._latest()

    def _code(self, sample: bool) -> Array:
        if not sample or self._samples is None or self._codes.coding.encode is None:
            return self._codes.drawn(self._rng)
        place = int(self._rng.integers(len(self._samples)))
        return self._codes.codesOf(self._samples.inputs[..., place : place + 1])

    async def _bend(self, event: Any) -> None:
        self._spherical = bool(event.value)
        await self._latest()

    def _move(self, event: Any) -> None:
        if self._way is not None and event.value is not None:
            self._place = event.value / (STEPS - 1)
            show(self._image, png(self._way[int(event.value)], SIDE))

    def _compute(self) -> Array:
        return self._codes.walk(self._ends[0], self._ends[1], STEPS, self._spherical)

    def _show(self, way: Array) -> None:
        self._way = way
        show(self._from, png(way[0], END))
        show(self._to, png(way[-1], END))
        show(self._image, png(way[round(self._place * (STEPS - 1))], SIDE))
        show(self._strip, png(self._sheet(), 9 * 48))

    def _sheet(self) -> Array:
        """Nine pictures of the way side by side, in bytes."""
        assert self._way is not None
        chosen = levels(self._way[:: (STEPS - 1) // (STRIP - 1)])
        return tiles(chosen if chosen.ndim == 4 else chosen[..., np.newaxis].repeat(3, axis=-1), STRIP)

    def _film(self) -> Film:
        """There and back."""
        assert self._way is not None
        return Film(np.moveaxis(np.concatenate([self._way, self._way[-2:0:-1]]), 0, -1))

"""Samples to choose from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.field import field
from nn.explore.panels.look import picture, row, show, words
from nn.explore.pictures import png
from nn.explore.samples import Samples
from nn.explore.scale import PictureScale

SHOWN, SIDE = 10, 44


class SampleChoice:
    """A line of samples, one of each class first, each a button; and a button for others.

    Parameters
    ----------
    samples : those of a model of pictures.
    scale : how they are pictures.
    chosen : called with the sample (*inputShape, 1) that is chosen.
    title : what stands above; the data set's name follows.
    """

    def __init__(
        self,
        samples: Samples,
        scale: PictureScale,
        chosen: Callable[[Array], Awaitable[None]],
        title: str = "Samples",
    ) -> None:
        self._samples, self._scale, self._chosen = samples, scale, chosen
        self._rng = np.random.default_rng(0)
        with ui.element("div").classes("leibnet-stack"):
            with row():
                words(f"{title} of {samples.name}", "h3")
                ui.button("Others", on_click=self._refresh).props("flat dense no-caps icon=refresh")
            with ui.element("div").classes("leibnet-samples"):
                self._images = [self._button(i) for i in range(min(SHOWN, len(samples)))]
        self._refresh()

    def _button(self, place: int) -> object:
        async def take() -> None:
            await self._chosen(self._samples.inputs[..., self._places[place]][..., np.newaxis])

        with ui.element("button").props("type=button").classes("leibnet-sample").on("click", take):
            return picture("", SIDE, SIDE)

    def _refresh(self) -> None:
        self._places = self._some()
        for place, image in zip(self._places, self._images, strict=True):
            x = self._samples.inputs[..., place]
            show(image, png(self._scale.shown(x), SIDE), self._name(place))

    def _name(self, place: int) -> str:
        labels, names = self._samples.labels, self._samples.classNames
        if labels is None:
            return f"sample {place}"
        label = int(labels[place])
        return f"sample {place}, {names[label] if names is not None else label}"

    def _some(self) -> list[int]:
        """A random sample of every class, in the classes' order; others where there are too few classes."""
        count, order = len(self._images), self._rng.permutation(len(self._samples))
        if self._samples.labels is None:
            return [int(i) for i in order[:count]]
        labels = self._samples.labels[order]
        _, first = np.unique(labels, return_index=True)
        chosen = [*first, *(i for i in range(len(order)) if i not in {*first})][:count]
        return [int(order[i]) for i in sorted(chosen, key=lambda i: int(labels[i]))]


class Source:
    """Where a sample comes from: one of a data set, or drawn by hand.

    Parameters
    ----------
    samples : those to choose from, or None.
    scale : how samples are pictures.
    chosen : called with the sample (*inputShape, 1).
    title : as for `SampleChoice`.
    """

    def __init__(
        self,
        samples: Samples | None,
        scale: PictureScale,
        chosen: Callable[[Array], Awaitable[None]],
        title: str = "Samples",
    ) -> None:
        self._scale, self._chosen = scale, chosen
        if samples is not None:
            SampleChoice(samples, scale, chosen, title)
        with ui.expansion("Draw one", icon="draw").props("dense").classes("leibnet-expansion"):
            self._field = field("Field to draw in: with the mouse, a finger, or the arrow keys and space", self._drawn)

    async def _drawn(self) -> None:
        await self._chosen(self._scale.ofDrawing(self._field.strokes.ink()))

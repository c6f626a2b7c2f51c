"""The panel of codes of bits."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import Film, filmButton, pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.states import States, enlarged
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.bits import Bits
from nn.models.autoencoder import Autoencoder

SIZE = 224


class BitsPanel:
    """A switch for every bit, the picture that the code stands for, and how far each bit moves it."""

    title = "Switch bits"

    def __init__(self, model: Autoencoder, samples: Samples | None = None) -> None:
        self._subject, self._look, self._samples = Bits(model), States(model), samples

    def build(self) -> None:
        """The widgets, with a code at random."""
        controls.style()
        subject = self._subject
        self._latest = Latest(self._compute, self._show)
        subject.draw()
        self._image = picture("What the code stands for", *enlarged(self._look.of(subject.decoded()), SIZE))
        self._said = words("").classes("leibnet-quiet").props("role=status")
        with ui.element("div").classes("leibnet-bits").props('role=group aria-label="Bits"'):
            self._switches = [self._switch(place) for place in range(len(subject.code))]
        words("The stronger the line below a bit, the further it moves the picture.").classes("leibnet-quiet")
        with row():
            controls.button("At random", "casino", self._random)
        if self._look.scale is not None:
            Source(self._samples, self._look.scale, self._sample, "The code of a sample")
        with row():
            pictureButton(lambda: bytesOf(self._look.of(subject.decoded()), SIZE), "bits.png")
            filmButton(self._film, "bits.gif", "Film of one bit after the other")
        ui.timer(0.05, self._latest, once=True)

    def _switch(self, place: int) -> Any:
        async def flip() -> None:
            self._subject.flip(place)
            await self._latest()

        one = ui.button("0", on_click=flip).props(f'dense unelevated no-caps aria-label="bit {place + 1}"')
        return one.classes("leibnet-bit")

    async def _random(self) -> None:
        self._subject.draw()
        await self._latest()

    async def _sample(self, x: Array) -> None:
        await computed(self._subject.of, x[..., 0])
        await self._latest()

    def _compute(self) -> tuple[Array, Array, Array]:
        return self._subject.code.copy(), self._look.of(self._subject.decoded()), self._subject.changes()

    def _show(self, found: tuple[Array, Array, Array]) -> None:
        code, shown, changes = found
        text = "".join("1" if bit else "0" for bit in code)
        show(self._image, png(shown, SIZE), f"What the code {text} stands for")
        self._said.content = f"{int(code.sum())} of {len(code)} bits are 1"
        largest = float(changes.max()) or 1.0
        for one, bit, change in zip(self._switches, code, changes, strict=True):
            one.text = "1" if bit else "0"
            one.props(f"color={'primary' if bit else 'grey-7'} aria-pressed={str(bool(bit)).lower()}")
            one.style(f"border-bottom: 4px solid rgba(230,132,42,{float(change) / largest:.2f})")

    def _film(self) -> Film:
        """The code, and then one bit after the other turned over alone."""
        code, frames = self._subject.code.copy(), [self._look.of(self._subject.decoded())]
        for place in range(len(code)):
            self._subject.flip(place)
            frames.append(self._look.of(self._subject.decoded()))
            self._subject.flip(place)
        film = np.stack(frames, axis=-1)
        return Film(film if film.ndim == 3 else np.moveaxis(film, 2, 0), seconds=max(2, len(code) / 4))

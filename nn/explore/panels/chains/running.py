"""The panel on which a chain runs."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import Film, filmButton, pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import computed
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import lines
from nn.explore.panels.widgets.states import States, enlarged, unitsAsPicture
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.chains.walkback import runningChain

SIZE = 224
KEPT = 300  # steps that the film and the curve show


class Running:
    """The chain's state and its hidden units, step after step; what it begins with, and what of it is held."""

    title = "Its chain"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._chain = runningChain(model)
        self._samples, self._look = samples, States(model)
        self._means = True
        self._pictures: list[Array] = []
        self._figures: list[float] = []

    def build(self) -> None:
        """The widgets, and a chain that begins in noise."""
        controls.style()
        chain = self._chain
        wide, high = enlarged(self._look.of(chain.step.state), SIZE)
        units = unitsAsPicture(chain.step.hidden)
        with row().style("align-items: flex-start"):
            with ui.element("div").classes("leibnet-stack"):
                words(self._look.title, "h3")
                self._image = picture("The chain's state", wide, high)
            with ui.element("div").classes("leibnet-stack"):
                words("Hidden units", "h3")
                self._hidden = picture("The hidden units", *enlarged(units, SIZE))
        self._count = words("").classes("leibnet-quiet").props("role=status")
        with row():
            self._run = controls.RunButton(self._advance, 5)
            controls.button("Step", "skip_next", self._advance)
            controls.button("From noise", "grain", self._noise)
        with row():
            controls.slider("Steps a second", 1, 20, 1, 5, lambda event: self._run.setRate(event.value))
            ways = {True: "means", False: "draws"}
            controls.select("Shown are", ways, True, self._mean)
            if chain.canClamp:
                controls.select("Held is", [*self._halves()], "nothing", self._hold)
        self._chart = ui.html("", sanitize=False)
        if self._look.scale is not None:
            Source(self._samples, self._look.scale, self._begin, "Begin with a sample")
        with row():
            pictureButton(lambda: bytesOf(self._shown(), SIZE), "chain.png")
            filmButton(self._film, "chain.gif")
        self._noted()

    # What happens ----------------------------------------------------------------------------------------------------

    async def _advance(self) -> None:
        await computed(self._chain.advance)
        self._noted()

    async def _noise(self) -> None:
        await self._begin(None)

    async def _begin(self, x: Array | None) -> None:
        await computed(self._chain.begin, None if x is None else np.asarray(x)[..., 0])
        self._pictures.clear()
        self._figures.clear()
        if self._chain.canClamp:
            self._chain.clamp(self._kept)
        self._noted()

    def _mean(self, event: Any) -> None:
        self._means = bool(event.value)
        self._draw()

    _kept: Array | None = None

    def _hold(self, event: Any) -> None:
        self._kept = self._halves()[event.value]
        self._chain.clamp(self._kept)

    def _halves(self) -> dict[str, Array | None]:
        """Which units are held, in the shape of a sample, by what is said of them."""
        scale = self._look.scale
        _, height, width = shape = (1, 1, int(np.prod(self._chain.shape))) if scale is None else scale.picture
        upper, left = (np.zeros(shape, bool) for _ in range(2))
        upper[:, : height // 2], left[..., : width // 2] = True, True
        found: dict[str, Array | None] = {"nothing": None}
        if height > 1:
            found |= {"the upper half": upper, "the lower half": ~upper}
        found |= {"the left half": left, "the right half": ~left}
        return {name: None if one is None else one.reshape(self._chain.shape) for name, one in found.items()}

    # What is shown ---------------------------------------------------------------------------------------------------

    def _noted(self) -> None:
        """The step is drawn, and kept for the film and the curve."""
        self._figures = [*self._figures[-KEPT:], self._chain.step.figure]
        self._pictures = [*self._pictures[-KEPT:], self._shown()]
        self._draw()

    def _shown(self) -> Array:
        step = self._chain.step
        return self._look.of(step.mean if self._means else step.state)

    def _draw(self) -> None:
        chain, hidden = self._chain, unitsAsPicture(self._chain.step.hidden)
        on = int((chain.step.hidden > 0.5).sum())
        show(self._image, png(self._shown(), SIZE), f"The chain's state after {chain.count} steps")
        show(self._hidden, png(hidden, SIZE), f"{on} of {len(chain.step.hidden)} hidden units are on")
        self._count.content = f"{chain.count} steps; {on} of {len(chain.step.hidden)} hidden units are above 0.5"
        start = chain.count - len(self._figures) + 1
        self._chart.content = lines({chain.figureName: self._figures}, ylabel=chain.figureName, start=max(0, start))

    def _film(self) -> Film:
        """All steps that are kept."""
        frames = np.stack(self._pictures, axis=-1)
        return Film(frames if frames.ndim == 3 else np.moveaxis(frames, 2, 0), seconds=max(2, len(self._pictures) / 10))

"""The panel of a CycleGAN."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.states import States, enlarged
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.cycles import Cycle, PictureCycle
from nn.models.adversarial.cyclegan import CycleGAN

SIZE = 168
WAYS = {False: "G, then F", True: "F, then G"}
TITLES = {False: ("x", "G(x)", "F(G(x))"), True: ("y", "F(y)", "G(F(y))")}


class CyclePanel:
    """A picture of one domain, what it becomes in the other, and what comes back."""

    title = "There and back"

    def __init__(self, model: CycleGAN, samples: Samples | None = None) -> None:
        self._subject, self._look, self._samples = PictureCycle(model), States(model), samples
        self._second, self._rng = False, np.random.default_rng()
        self._sample = self._noise()

    def build(self) -> None:
        """The widgets; it begins with a sample where there are some, and else with noise."""
        controls.style()
        self._latest = Latest(lambda: self._subject.of(self._sample, self._second), self._show)
        if self._samples is not None:
            self._sample = self._samples.inputs[..., 0]
        wide, high = enlarged(self._look.of(self._sample), SIZE)
        self._titles, self._images = list[Any](), list[Any]()
        with row().style("align-items: flex-start"):
            for name in TITLES[False]:
                with ui.element("div").classes("leibnet-stack"):
                    self._titles.append(words(name, "h3"))
                    self._images.append(picture(name, wide, high))
        self._said = words("").classes("leibnet-quiet").props("role=status")
        with row():
            controls.select("Way", WAYS, False, self._turn)
            controls.button("Noise", "grain", self._noisy)
        if self._look.scale is not None:
            Source(self._samples, self._look.scale, self._take, "A sample")
        with row():
            pictureButton(self._png, "cycle.png")
        ui.timer(0.05, self._latest, once=True)

    def _noise(self) -> Array:
        shape = self._subject.shapes[int(self._second)] or (1, 8, 8)
        low, high = self._look.limits
        return self._rng.uniform(low, high, shape)

    async def _turn(self, event: Any) -> None:
        self._second = bool(event.value)
        shape = self._subject.shapes[int(self._second)]
        if shape is not None and self._sample.shape != shape:
            self._sample = self._noise()
        await self._latest()

    async def _noisy(self) -> None:
        self._sample = self._noise()
        await self._latest()

    async def _take(self, x: Array) -> None:
        shape = self._subject.shapes[int(self._second)]
        self._sample = x[..., 0] if shape is None or shape == x.shape[:-1] else self._noise()
        await self._latest()

    def _pictures(self, cycle: Cycle) -> list[Array]:
        return [self._look.of(one) for one in cycle]

    def _show(self, cycle: Cycle) -> None:
        for title, image, name, one in zip(
            self._titles, self._images, TITLES[self._second], self._pictures(cycle), strict=True
        ):
            title.content = name
            show(image, png(one, SIZE), name)
        lost = float(np.abs(cycle.back - cycle.given).mean())
        self._said.content = f"What comes back differs by {lost:.3g} a number, in mean."

    def _png(self) -> bytes:
        shown = self._pictures(self._subject.of(self._sample, self._second))
        same = {one.shape for one in shown} == {shown[0].shape}
        return bytesOf(np.concatenate(shown, axis=1) if same else shown[1], 3 * SIZE if same else SIZE)

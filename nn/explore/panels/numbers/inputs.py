"""The panel of a network on plain numbers, and on anything else that has no panel of its own."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.bars import Bars
from nn.explore.panels.buttons import pictureButton
from nn.explore.panels.choice import Source
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.sliders import Sliders
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import lines
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.scale import PictureScale, pictureShape
from nn.explore.subjects.numbers.inputs import Inputs

SIDE = 320
FEW = 12  # outputs that are a line of text each; more are a curve


class NumbersPanel:
    """A slider for every input, and what the network answers; of two inputs the plane, of each one the curve."""

    title = "Numbers in, answers out"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._subject, self._samples = Inputs(model), samples
        self._values = self._subject.centre.copy()
        self._scale = None if pictureShape(model) is None else PictureScale(model)
        self._place, self._output = 0, 0

    def build(self) -> None:
        """The widgets, with all inputs in the middle."""
        controls.style()
        subject = self._subject
        self._latest = Latest(self._compute, self._show)
        names = [f"x{place + 1}" for place in range(subject.count)]
        self._sliders = Sliders(names, subject.low, subject.high, self._values, self._latest)
        with row():
            controls.button("Middle", "center_focus_strong", self._middle)
            controls.button("At random", "casino", self._random)
        if self._scale is not None:
            Source(self._samples, self._scale, self._take)
        words("Answer", "h3")
        if subject.classes:
            self._bars = Bars(subject.names)
        else:
            self._answer = words("", "div").props("role=status")
        if subject.count == 2:
            self._planeWidgets()
        words("Over one input, the others as they are", "h3")
        if subject.count > 1:
            controls.number("Input", 1, self._turn, 1, subject.count)
        self._curve = ui.html("", sanitize=False)
        with row():
            controls.textButton(self._asText, "answers.txt", "Numbers")
        ui.timer(0.05, self._first, once=True)

    def _planeWidgets(self) -> None:
        subject = self._subject
        words("All of both inputs; click to choose a point", "h3")
        if not subject.classes and len(subject.names) > 1:
            controls.select("Output", dict(enumerate(subject.names)), 0, self._other)
        with ui.element("div").classes("leibnet-plane") as field:
            self._plane = picture("The answers over the plane of both inputs", SIDE, SIDE)
            self._point = ui.element("span").classes("leibnet-point")
        script = "(e) => {const r = e.currentTarget.getBoundingClientRect();" \
                 " emit((e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height)}"  # fmt: skip
        field.on("click", self._clicked, js_handler=script)
        self._legend = words("").classes("leibnet-quiet")
        with row():
            pictureButton(lambda: bytesOf(subject.colours(SIDE, self._output)), "plane.png")

    # What happens ----------------------------------------------------------------------------------------------------

    async def _first(self) -> None:
        if self._subject.count == 2:
            await self._drawPlane()
        await self._latest()

    async def _drawPlane(self) -> None:
        subject = self._subject
        show(self._plane, png(await computed(subject.colours, SIDE // 2, self._output), SIDE))
        self._legend.content = await computed(subject.legend, self._output)

    async def _clicked(self, event: Any) -> None:
        across, down = (min(max(float(one), 0.0), 1.0) for one in event.args)
        low, high = self._subject.low, self._subject.high
        await self._go(low + (high - low) * np.array([across, 1 - down]))

    async def _middle(self) -> None:
        await self._go(self._subject.centre)

    async def _random(self) -> None:
        subject = self._subject
        middle = (subject.low + subject.high) / 2
        spread = (subject.high - subject.low) / 6
        drawn = middle + spread * np.random.default_rng().standard_normal(subject.count)
        await self._go(np.clip(drawn, subject.low, subject.high))

    async def _take(self, x: Array) -> None:
        await self._go(np.asarray(x, float).ravel())

    async def _go(self, values: Array) -> None:
        self._values[:] = values
        self._sliders.show()
        await self._latest()

    async def _turn(self, event: Any) -> None:
        self._place = min(max(int(event.value), 1), self._subject.count) - 1
        await self._latest()

    async def _other(self, event: Any) -> None:
        self._output = int(event.value)
        await self._drawPlane()

    def _compute(self) -> tuple[Array, Array, Array]:
        values = self._values.copy()
        return self._subject.shares(values), *self._subject.line(self._place, values)

    def _show(self, found: tuple[Array, Array, Array]) -> None:
        shares, numbers, answers = found
        names = self._subject.names
        if self._subject.classes:
            self._bars.show(shares)
        elif len(shares) > FEW:
            self._answer.content = lines({"answer": shares}, "output", start=1)
        else:
            said = [f"{name}: {value:.5g}" for name, value in zip(names, shares, strict=True)]
            self._answer.content = "<br>".join(said)
        spacing = float(numbers[1] - numbers[0])
        curves = dict(zip(names[:8], answers, strict=False))
        self._curve.content = lines(curves, f"x{self._place + 1}", start=float(numbers[0]), spacing=spacing)
        if self._subject.count == 2:
            low, high = self._subject.low, self._subject.high
            across, up = (self._values - low) / (high - low)
            self._point.style(f"left: {100 * across:.1f}%; top: {100 * (1 - up):.1f}%")

    def _asText(self) -> str:
        inputs = "\t".join(f"{one:.8g}" for one in self._values)
        shares = zip(self._subject.names, self._subject.shares(self._values), strict=True)
        return "\n".join([inputs, *(f"{name}\t{value:.8g}" for name, value in shares), ""])

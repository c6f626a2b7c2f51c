"""The panel of codes that stand for numbers."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.sliders import Sliders
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import bars, lines
from nn.explore.samples import Samples
from nn.explore.subjects.numbers.codes import NumberCodes

FEW = 24  # numbers that are a bar each; more are a line


class NumberCodesPanel:
    """Sliders for the codes, and the sample that they stand for; where there is a way back, the codes of a sample."""

    title = "Codes"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._subject = NumberCodes(model)
        self._z = self._subject.coding.middle.copy()
        self._sample = self._subject.centre.copy()
        self._rng = np.random.default_rng()

    def build(self) -> None:
        """The widgets, with the code in the middle."""
        controls.style()
        subject, coding = self._subject, self._subject.coding
        self._latest = Latest(lambda: subject.decoded(self._z.copy()), self._show)
        names = [f"code {i + 1}" for i in range(len(subject))]
        self._sliders = Sliders(names, coding.low, coding.high, self._z, self._latest)
        with row():
            controls.button("At random", "casino", self._random)
            controls.button("Middle", "center_focus_strong", self._middle)
        words(f"Drawn from {coding.source}.").classes("leibnet-quiet")
        words("The sample that they stand for", "h3")
        self._decoded = ui.html("", sanitize=False)
        if coding.encode is not None:
            with ui.expansion("The codes of a sample", icon="input").props("dense").classes("leibnet-expansion"):
                low, high = subject.centre - 3 * subject.spread, subject.centre + 3 * subject.spread
                texts = [f"number {i + 1}" for i in range(len(subject.centre))]
                Sliders(texts, low, high, self._sample, self._encode)
        with row():
            controls.textButton(self._asText, "sample.txt", "Numbers")
        ui.timer(0.05, self._latest, once=True)

    async def _random(self) -> None:
        await self._go(self._subject.drawn(self._rng))

    async def _middle(self) -> None:
        await self._go(self._subject.coding.middle)

    async def _encode(self) -> None:
        await self._go(await computed(self._subject.codeOf, self._sample.copy()))

    async def _go(self, z: Array) -> None:
        coding = self._subject.coding
        self._z[:] = np.clip(z, coding.low, coding.high)
        self._sliders.show()
        await self._latest()

    def _show(self, sample: Array) -> None:
        if len(sample) <= FEW:
            low, high = min(0.0, float(sample.min())), max(1.0, float(sample.max()))
            names = [f"number {i + 1}" for i in range(len(sample))]
            self._decoded.content = bars(list(sample), names, (low, high))
        else:
            self._decoded.content = lines({"sample": sample}, "number", start=1)

    def _asText(self) -> str:
        rows = self._z, self._subject.decoded(self._z)
        return "\n".join(["\t".join(f"{one:.8g}" for one in line) for line in rows] + [""])

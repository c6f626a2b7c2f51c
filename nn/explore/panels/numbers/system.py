"""The panel of a dynamic system, and of any network on sequences of a few numbers."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.bars import Bars
from nn.explore.panels.look import row, words
from nn.explore.panels.panel import Latest, computed
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import lines
from nn.explore.samples import Samples
from nn.explore.subjects.numbers.signals import KINDS
from nn.explore.subjects.numbers.systems import System
from nn.models.sequences.dynamicsystem import DynamicSystem

STEPS = 200
RANGE = 4.0  # deviations
MANY = 8  # inputs that have signals of their own; the others stay at their means


class SystemPanel:
    """A signal for every input, and what comes out."""

    title = "Signals in, answers out"

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._subject = System(model)
        self._steps, self._seed = self._subject.steps or STEPS, 0
        if self._subject.steps is None and model.sampleShape is not None:
            self._steps = int(model.sampleShape[0])
        self._signals = self._subject.usualSignals(self._steps)

    def build(self) -> None:
        """The widgets, with a step at the first input."""
        controls.style()
        self._latest = Latest(self._compute, self._show)
        for place in range(min(self._subject.inputs, MANY)):
            self._signal(place)
        with row():
            if self._subject.steps is None:
                controls.slider("Steps", 10, 1000, 10, self._steps, self._lengthen)
            controls.number("Seed of the noise", 0, self._sow, 0)
        words("What goes in", "h3")
        self._input = ui.html("", sanitize=False)
        words(self._told(), "h3")
        self._output = ui.html("", sanitize=False)
        self._answer: Bars | None = None
        if self._subject.classes:
            y = self._subject.output(self._given())
            names = self._subject.classNames or [f"class {i}" for i in range(y.shape[-1])]
            if y.ndim == 2:
                words("At the last step", "h3")
            self._answer = Bars(names)
        if isinstance(self._subject.model, DynamicSystem):
            self._measurements()
        with row():
            controls.textButton(self._asText, "signals.txt", "Numbers")
        ui.timer(0.05, self._latest, once=True)

    def _measurements(self) -> None:
        """A field for what was measured, and how far both ways to tell it are off."""
        with ui.expansion("Compare it with what was measured", icon="compare").props("dense") as fold:
            fold.classes("leibnet-expansion")
            with ui.element("div").classes("leibnet-stack").style("width: 100%"):
                words("A line for every step: the inputs, then the outputs.").classes("leibnet-quiet")
                self._pasted = ui.textarea("Measured").props("outlined dense input-style='max-height: 12rem'")
                with row():
                    controls.button("Compare", "compare", self._paste)
                self._verdict = words("").classes("leibnet-quiet").props("role=status")
                self._compared = ui.html("", sanitize=False)

    async def _paste(self) -> None:
        try:
            u, y = self._subject.table(self._pasted.value or "")
        except ValueError as error:
            self._verdict.content = escape(str(error))
            return
        found = await computed(self._subject.compared, u, y)
        errors = [f"{name} {np.sqrt(np.square(one - y).mean()):.4g}" for name, one in found.items()]
        self._verdict.content = f"RMSE: {', '.join(errors)}"
        curves = {"measured": y[:, 0]} | {name: one[:, 0] for name, one in found.items()}
        self._compared.content = lines(curves, ylabel="the first output")

    def _told(self) -> str:
        return "What comes out, simulated" if isinstance(self._subject.model, DynamicSystem) else "What comes out"

    def _signal(self, place: int) -> None:
        subject, signal = self._subject, self._signals[place]
        centre, spread = float(subject.centre[place]), float(subject.spread[place])

        def setter(name: str) -> Any:
            async def changed(event: Any) -> None:
                self._signals[place] = replace(self._signals[place], **{name: event.value})
                await self._latest()

            return changed

        name = f"Input {place + 1}" if subject.inputs > 1 else "Input"
        with row():
            controls.select(name, KINDS, signal.kind, setter("kind"))
            wide, fine = RANGE * spread, spread / 20
            controls.slider("amplitude", -wide, wide, fine, signal.amplitude, setter("amplitude"))
            controls.slider("offset", centre - wide, centre + wide, fine, signal.offset, setter("offset"))
            controls.slider("period", 2, max(200, self._steps), 1, signal.period, setter("period"))

    async def _lengthen(self, event: Any) -> None:
        self._steps = int(event.value)
        await self._latest()

    async def _sow(self, event: Any) -> None:
        self._seed = max(0, int(event.value))
        await self._latest()

    def _given(self) -> Array:
        return self._subject.input(self._signals, self._steps, self._seed)

    def _compute(self) -> tuple[Array, Array]:
        u = self._given()
        return u, self._subject.output(u)

    def _show(self, found: tuple[Array, Array]) -> None:
        u, y = found
        self._input.content = lines(_named("input", u))
        names = self._subject.classNames
        if y.ndim == 2:
            self._output.content = lines(_named("output", y, names))
        if self._answer is not None:
            self._answer.show(np.asarray(y[-1] if y.ndim == 2 else y, float))
        elif y.ndim == 1:
            self._output.content = "<br>".join(f"output {i}: {value:.5g}" for i, value in enumerate(y, 1))

    def _asText(self) -> str:
        u, y = self._compute()
        rows = np.hstack((u, y)) if y.ndim == 2 else u
        said = ["\t".join(f"{one:.8g}" for one in line) for line in rows]
        return "\n".join([*said, *([] if y.ndim == 2 else ["\t".join(f"{one:.8g}" for one in y)]), ""])


def _named(kind: str, columns: Array, names: Any = None) -> dict[str, Array]:
    """The curves of (steps, features) by name, eight at most."""
    count = min(8, columns.shape[1])
    usual = [kind] if columns.shape[1] == 1 else [f"{kind} {place + 1}" for place in range(count)]
    return {(names or usual)[place]: columns[:, place] for place in range(count)}

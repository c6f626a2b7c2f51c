"""The panel on which a variational recurrent network draws sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import Latest
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import lines
from nn.explore.samples import Samples
from nn.explore.subjects.numbers.sequences import DrawnSequences, SequenceDraws
from nn.models.sequences.variationalrnn import VariationalRNN


class SequencesPanel:
    """Sequences that are drawn, and what was expected of the first one."""

    title = "Sequences it draws"

    def __init__(self, model: VariationalRNN, samples: Samples | None = None) -> None:
        self._subject, self._features = SequenceDraws(model), model.inputDim
        self._count, self._steps, self._seed, self._feature = 3, 60, 0, 0
        self._drawn: DrawnSequences | None = None

    def build(self) -> None:
        """The widgets, with some sequences."""
        controls.style()
        self._latest = Latest(self._compute, self._show)
        with row():
            controls.slider("Sequences", 1, 6, 1, self._count, self._setter("_count"))
            controls.slider("Steps", 5, 500, 5, self._steps, self._setter("_steps"))
        with row():
            self._noise = controls.number("Seed of the noise", 0, self._setter("_seed"), 0)
            controls.button("Other noise", "casino", self._other)
            if self._features > 1:
                places = {place: f"feature {place + 1}" for place in range(self._features)}
                controls.select("Shown is", places, 0, self._setter("_feature"))
        self._all = ui.html("", sanitize=False)
        words("The first, and what was expected of each step by those before", "h3")
        self._first = ui.html("", sanitize=False)
        words("What the latent variables say beyond that, in nats", "h3")
        self._news = ui.html("", sanitize=False)
        with row():
            controls.textButton(self._asText, "sequences.txt", "Numbers")
        ui.timer(0.05, self._latest, once=True)

    def _setter(self, name: str) -> Any:
        async def changed(event: Any) -> None:
            setattr(self, name, max(0, int(event.value)))
            await self._latest()

        return changed

    async def _other(self) -> None:
        self._noise.value = self._seed + 1

    def _compute(self) -> DrawnSequences:
        return self._subject.draw(self._count, self._steps, self._seed)

    def _show(self, drawn: DrawnSequences) -> None:
        self._drawn = drawn
        x = drawn.x[:, self._feature]
        self._all.content = lines({f"sequence {place + 1}": x[:, place] for place in range(x.shape[1])})
        self._first.content = lines({"drawn": x[:, 0], "expected": drawn.expected[:, self._feature]})
        self._news.content = lines({"KL(q, p)": drawn.news})

    def _asText(self) -> str:
        x = np.zeros((0, 1, 1)) if self._drawn is None else self._drawn.x
        return "\n".join(["\t".join(f"{one:.8g}" for one in step.ravel()) for step in x] + [""])

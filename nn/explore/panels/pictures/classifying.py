"""The panel of a classifier of pictures: draw, and see what it says and what its layers see."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui

from nn.explore.panels.bars import Bars
from nn.explore.panels.buttons import Film, filmButton, filmOf, pictureButton
from nn.explore.panels.choice import SampleChoice
from nn.explore.panels.field import field
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest
from nn.explore.panels.pictures.drawn import Drawn
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.classes import Answer, Classifier
from nn.explore.subjects.insights import Insight, kernels

FRAMES = 60
SEEN = 140  # pixels a side of what the network sees


class Classifying(Drawn):
    """A field, what the network sees of the drawing, the probabilities of the classes, and the layers' pictures."""

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._subject, self._samples = Classifier(model), samples

    def build(self) -> None:
        """Its widgets, and the first answer, to an empty field."""
        self._latest = Latest(self._compute, self._show)
        with ui.element("div").classes("leibnet-columns"):
            self._field = field("Field to draw in: with the mouse, a finger, or the arrow keys and space", self._drawn)
            with ui.element("div").classes("leibnet-stack"):
                words("What the network sees", "h3")
                with row():
                    self._seen = picture("What the network sees: nothing yet", SEEN, SEEN)
                    self._verdict = words("Draw something.").props('role=status aria-live="polite"')
                self._bars = Bars(self._subject.names)
                with row():
                    pictureButton(lambda: bytesOf(self._given().seen, 280), "drawing.png")
                    filmButton(self._film, "drawing.gif", "Film of the drawing")
        if self._samples is not None:
            SampleChoice(self._samples, self._subject.scale, self._chosen)
        words("What each layer sees", "h3")
        words("Brighter is more; blue is below 0. Each layer has a scale of its own.").classes("leibnet-quiet")
        self._layers: dict[str, Any] = {}
        with ui.element("div").classes("leibnet-layers") as self._place:
            found = kernels(self._subject.model, self._subject.scale.picture)
            if found is not None:
                self._showLayer(found)
        ui.timer(0, self._latest, once=True)

    def _compute(self) -> tuple[Answer, bool]:
        return self._given(), self._sample is None and not len(self._field.strokes)

    def _show(self, found: tuple[Answer, bool]) -> None:
        answer, empty = found
        best = int(answer.probabilities.argmax())
        name, share = self._subject.names[best], answer.probabilities[best]
        says = "Draw something." if empty else f"{name}, {100 * share:.0f} %"
        show(self._seen, png(answer.seen, SEEN), "What the network sees: " + ("nothing yet" if empty else says))
        self._verdict.say(says)
        self._bars.show(None if empty else answer.probabilities)
        for insight in answer.layers:
            self._showLayer(insight)

    def _showLayer(self, insight: Insight) -> None:
        height, width = insight.picture.shape[:2]
        factor = max(1, round(min(420 / width, 220 / height, 12 if height < 4 else 40)))
        if insight.name not in self._layers:
            with self._place, ui.element("figure").classes("leibnet-figure"):
                image = picture(f"{insight.name}: {insight.words}", width * factor, height * factor)
                with ui.element("figcaption"):
                    words(insight.name, "span")
                    words(" " + insight.words, "span").classes("leibnet-quiet")
            self._layers[insight.name] = image
        show(self._layers[insight.name], png(insight.picture, max(height, width) * factor))

    def _film(self) -> Film:
        """The drawing as it grew, as the network saw it; of a sample, one frame."""
        strokes, subject = self._field.strokes, self._subject
        if self._sample is not None or not strokes.points:
            return filmOf([self._given().seen])
        counts = np.unique(np.linspace(1, strokes.points, FRAMES).round().astype(int))
        seen = [strokes.ink(int(count)) for count in counts]
        return filmOf([subject.drawn(ink, layers=False).seen for ink in seen])

"""The panel of a network that says the class of every pixel."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np
from nicegui import ui

from nn.explore.panels.buttons import pictureButton
from nn.explore.panels.choice import SampleChoice
from nn.explore.panels.field import field
from nn.explore.panels.look import picture, row, show, words
from nn.explore.panels.panel import Latest
from nn.explore.panels.pictures.drawn import Drawn
from nn.explore.pictures import bytesOf, png
from nn.explore.samples import Samples
from nn.explore.subjects.classes import Segmentation

SIDE = 280


class Segmenting(Drawn):
    """A field or a sample, what the network sees of it, and the classes of the pixels in colours."""

    def __init__(self, model: Any, samples: Samples | None = None) -> None:
        self._subject, self._samples = Segmentation(model), samples

    def build(self) -> None:
        """Its widgets, and the answer to an empty field."""
        self._latest = Latest(self._given, self._show)
        with ui.element("div").classes("leibnet-columns"):
            self._field = field("Field to draw in: with the mouse, a finger, or the arrow keys and space", self._drawn)
            with ui.element("div").classes("leibnet-stack"):
                with ui.element("div").classes("leibnet-pictures"):
                    self._images = []
                    for caption in ("What the network sees", "What it says of every pixel"):
                        with ui.element("figure").classes("leibnet-figure"):
                            self._images.append(picture(caption, SIDE, SIDE))
                            words(caption, "figcaption")
                with ui.element("ul").classes("leibnet-legend"):
                    for name, colour in zip(self._subject.names, self._subject.colours, strict=True):
                        with ui.element("li"):
                            mark = ui.element("span").classes("leibnet-mark").props("aria-hidden=true")
                            mark.style(f"background: rgb({', '.join(map(str, colour))})")
                            words(name, "span")
                with row():
                    pictureButton(lambda: bytesOf(self._given()[1], SIDE), "classes.png")
        if self._samples is not None:
            SampleChoice(self._samples, self._subject.scale, self._chosen)
        ui.timer(0, self._latest, once=True)

    def _show(self, found: tuple[Array, Array]) -> None:
        seen, classes = found
        present = np.unique(classes.reshape(-1, 3), axis=0)
        legend = zip(self._subject.names, self._subject.colours, strict=True)
        names = [name for name, colour in legend if (present == colour).all(axis=1).any()]
        show(self._images[0], png(seen, SIDE))
        show(self._images[1], png(classes, SIDE), "What it says of every pixel; there are: " + ", ".join(names))

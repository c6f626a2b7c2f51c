"""Probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

from leibnet.types import Array

from nicegui import ui

from nn.explore.panels.look import words

MOST = 20


class Bars:
    """A bar for every class, in their order; of more than 20 classes, the 20 most probable, in that order.

    Parameters
    ----------
    names : of the classes.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names, self._rows = names, []
        self._sorted = len(names) > MOST
        with ui.element("div").classes("leibnet-bars").props('role=list aria-label="Probabilities"'):
            for name in names[:MOST]:
                with ui.element("div").classes("leibnet-bar").props("role=listitem") as line:
                    text = words(name, "span").classes("leibnet-bar-name")
                    with ui.element("span").classes("leibnet-track").props("aria-hidden=true"):
                        bar = ui.element("span")
                    number = words("", "span").classes("leibnet-bar-number")
                self._rows.append((line, text, bar, number))

    def show(self, probabilities: Array | None) -> None:
        """Lets the bars be as long as these (classes,); None for none."""
        places = list(range(len(self._names)))
        if self._sorted and probabilities is not None:
            places = sorted(places, key=lambda i: -probabilities[i])
        best = -1 if probabilities is None else int(probabilities.argmax())
        for (line, text, bar, number), i in zip(self._rows, places, strict=False):
            share = 0.0 if probabilities is None else float(probabilities[i])
            if self._sorted:
                text.say(self._names[i])
            bar.style(replace=f"width: {100 * share:.1f}%")
            number.say("" if probabilities is None else f"{100 * share:.0f} %")
            line.classes(replace="leibnet-bar leibnet-best" if i == best else "leibnet-bar")

"""The panel of an index of binary codes."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import computed
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import lines
from nn.explore.samples import Samples
from nn.explore.subjects.indices import Index

NEAREST = 20


class IndexPanel:
    """How many codes there are, how their bits are spread, and which are nearest to one of them."""

    title = "What the index holds"

    def __init__(self, index: Index, samples: Samples | None = None) -> None:
        self._subject = index

    def build(self) -> None:
        """The figures, and a search."""
        controls.style()
        subject = self._subject
        bits, count = subject.codes.shape
        words(f"{count:,} codes of {bits} bits; {subject.different():,} of them are different.")
        words("Share of ones in every bit", "h3")
        ui.html(lines({"ones": subject.ones()}, "bit", start=1), sanitize=False)
        words("How many bits two codes differ in", "h3")
        ui.html(lines({"share of pairs": subject.spread()}, "bits that differ"), sanitize=False)
        words("The nearest to one of them", "h3")
        with row():
            controls.number("Code number", 0, self._search, 0, count - 1)
        self._found = words("", "pre").classes("leibnet-text").props("tabindex=0")
        ui.timer(0.05, lambda: self._searchFor(0), once=True)

    async def _search(self, event: Any) -> None:
        await self._searchFor(min(max(int(event.value), 0), self._subject.codes.shape[1] - 1))

    async def _searchFor(self, place: int) -> None:
        code = self._subject.codes[:, place]
        places, distances = await computed(self._subject.neighbours, code, NEAREST)
        near = [self._line(int(i), f"{d} bits") for i, d in zip(places, distances, strict=True)]
        said = [self._line(place, "asked"), *near]
        self._found.content = "\n".join(said)

    def _line(self, place: int, what: str) -> str:
        code = "".join("1" if bit else "0" for bit in self._subject.codes[:, place])
        return f"{place:>8}  {what:>8}  {code}"

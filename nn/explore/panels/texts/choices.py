"""Tokens with bars that can be clicked, and tokens with weights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from typing import Any

from nicegui import ui

from nn.explore.panels.widgets.chart import bars
from nn.explore.subjects.texts.writing import Choice
from nn.plots.inside.attention import visible


class Choices:
    """A line for every token that may come next; a click, or Enter, takes it.

    Parameters
    ----------
    take : is called with the number of the token.
    """

    def __init__(self, take: Callable[[int], Awaitable[None]]) -> None:
        self._take, self._numbers, self._rows = take, list[int](), list[Any]()
        self._box = ui.element("div").props('role=list aria-label="Next tokens"')

    def show(self, choices: Sequence[Choice]) -> None:
        """These, in place of those that were there."""
        self._numbers = [one.number for one in choices]
        with self._box:
            while len(self._rows) < len(choices):
                self._rows.append(self._line(len(self._rows)))
        for line, choice in zip(self._rows, choices, strict=False):
            line.content = bars([choice.probability], [readable(choice.token)])
        for line in self._rows[len(choices) :]:
            line.content = ""

    def _line(self, place: int) -> Any:
        async def clicked() -> None:
            if place < len(self._numbers):
                await self._take(self._numbers[place])

        line = ui.html("", sanitize=False).classes("leibnet-choice").props("role=button tabindex=0")
        return line.on("click", clicked).on("keydown.enter", clicked)


def readable(token: str) -> str:
    """A token in which blanks and line ends are seen."""
    return visible([token])[0]


def weighted(tokens: Sequence[str], weights: Any, separator: str = "") -> str:
    """HTML of tokens on a ground that is the stronger, the larger their weights from 0 to 1 are."""
    largest = max(map(float, weights), default=1.0) or 1.0
    found = []
    for token, weight in zip(tokens, weights, strict=True):
        ground = f"rgba(86,156,230,{0.9 * float(weight) / largest:.2f})"
        found.append(f'<span title="{float(weight):.2f}" style="background:{ground}">{escape(token)}</span>')
    return separator.join(found)

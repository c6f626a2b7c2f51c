"""The panel of a translator."""

from __future__ import annotations

from html import escape
from typing import Any

from leibnet.types import Array

from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import computed
from nn.explore.panels.texts.choices import readable, weighted
from nn.explore.panels.widgets import controls
from nn.explore.samples import Samples
from nn.explore.subjects.texts.translating import Translations
from nn.models.translation.encoderdecoder import EncoderDecoder
from nn.models.translation.translating import Alternative

NAME = "Token of the translation"


class TranslationPanel:
    """A text, what it becomes, and what the beam search kept beside it; where the decoder looked."""

    title = "Translate"

    def __init__(self, model: EncoderDecoder, samples: Samples | None = None) -> None:
        self._subject = Translations(model)
        self._start = next(reversed(self._subject.starts.values()))
        self._beams, self._penalty = 4, 0.0
        self._found: list[Alternative] = []

    def build(self) -> None:
        """The widgets, with an example."""
        controls.style()
        subject = self._subject
        self._source = ui.textarea("Text", value=subject.example(self._start)).mark("source")
        self._source.props("outlined dense autogrow")
        self._error = words("").classes("leibnet-error").props("role=status")
        with row():
            controls.button("Translate", "translate", self._translate)
            controls.button("Another example", "casino", self._example)
        with row():
            if len(subject.starts) > 1:
                ways = {start: name for name, start in subject.starts.items()}
                controls.select("Language", ways, self._start, self._turn)
            controls.slider("Beams", 1, 16, 1, self._beams, self._widen)
            controls.slider("Length penalty", 0, 2, 0.1, 0, self._lengthen)
        words("Translation", "h3")
        self._best = words("", "pre").classes("leibnet-writing").props("tabindex=0")
        self._verdict = words("").classes("leibnet-quiet").props("role=status")
        words("What the beams kept: ln p of each, the best first", "h3")
        self._others = words("", "div").classes("leibnet-tokens")
        words("Where it looked", "h3")
        with row():
            self._place = controls.slider(NAME, 1, 2, 1, 1, self._look)
        self._seen = words("", "div").classes("leibnet-tokens")
        with row():
            controls.textButton(self._asText, "translation.txt")
        ui.timer(0.05, self._translate, once=True)

    async def _translate(self, *ignored: Any) -> None:
        try:
            self._found = await computed(
                self._subject.alternatives, self._source.value or "", self._start, self._beams, self._penalty
            )
        except ValueError as error:
            self._error.content = escape(str(error).partition(": ")[2])
            return
        self._error.content = ""
        best = self._found[0]
        self._best.content = escape(self._said(best))
        self._verdict.content = self._subject.verdict(self._source.value, best.tokens, self._start)
        self._others.content = "".join(
            f"<div>{one.score:.2f}&ensp;{escape(self._said(one))}</div>" for one in self._found
        )
        last = len(best.tokens) + 1
        self._place.become(NAME, 1, last, 1, min(self._place.value, last))
        await self._look()

    async def _look(self, *ignored: Any) -> None:
        if not self._found or self._error.content:
            return
        tokens = self._found[0].tokens
        source, weights = await computed(self._attention, tokens)
        place = min(int(self._place.value), len(weights)) - 1
        name = readable(tokens[place]) if place < len(tokens) else "the end"
        space = self._subject.separator
        self._seen.content = f"for {escape(name)}: " + weighted(
            [readable(one) for one in source], weights[place], space
        )

    def _attention(self, tokens: list[str]) -> tuple[list[str], Array]:
        """The tokens of the source, and the mean of all heads of the last layer, (tokens and the end, source)."""
        source, found = self._subject.attention(self._source.value, tokens, self._start)
        *_, last = found.values()
        return source, last.mean(axis=0)

    async def _example(self) -> None:
        self._source.value = self._subject.example(self._start)
        await self._translate()

    async def _turn(self, event: Any) -> None:
        self._start = event.value
        await self._example()

    async def _widen(self, event: Any) -> None:
        self._beams = int(event.value)
        await self._translate()

    async def _lengthen(self, event: Any) -> None:
        self._penalty = float(event.value)
        await self._translate()

    def _said(self, one: Alternative) -> str:
        return self._subject.written(one.tokens) + ("" if one.ended else " ...")

    def _asText(self) -> str:
        lines = [f"{one.score:.4f}\t{self._said(one)}" for one in self._found]
        return "\n".join([self._source.value or "", *lines, ""])

"""The panel on which words are hidden, and found again."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import computed
from nn.explore.panels.texts.choices import readable
from nn.explore.panels.widgets import controls
from nn.explore.panels.widgets.chart import bars
from nn.explore.samples import Samples
from nn.explore.subjects.texts.filling import Gap, Gaps
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel


class Filling:
    """A text whose tokens are buttons that hide them; for every gap the likeliest answers."""

    title = "Hide words, and let it find them"

    def __init__(self, model: MaskedLanguageModel, samples: Samples | None = None) -> None:
        self._subject = Gaps(model)
        self._tokens = self._subject.example()
        self._hidden = {len(self._tokens) // 2}
        self._gaps: list[Gap] = []

    def build(self) -> None:
        """The widgets, with an example."""
        controls.style()
        self._text = ui.textarea("Text", value=self._written(), on_change=self._read)
        self._text.props("outlined dense autogrow").mark("text")
        self._error = words("").classes("leibnet-error").props("role=status")
        words("Click a token to hide it", "h3")
        self._box = ui.element("div").classes("leibnet-row").props('role=group aria-label="Tokens"')
        with row():
            controls.button("Another example", "casino", self._example)
            controls.button("Hide none", "visibility", self._clear)
        words("What may stand in the gaps", "h3")
        self._answers = words("", "div")
        with row():
            controls.textButton(self._asText, "gaps.txt")
        ui.timer(0.05, self._show, once=True)

    def _written(self) -> str:
        vocabulary = self._subject.model.vocabulary
        return vocabulary.decode(vocabulary.encode(self._tokens))

    async def _read(self, *ignored: Any) -> None:
        try:
            self._tokens = self._subject.tokensOf(self._text.value or "")
        except ValueError as error:
            self._error.content = escape(str(error).partition(": ")[2])
            return
        self._error.content = ""
        self._hidden &= set(range(len(self._tokens)))
        await self._show()

    async def _example(self) -> None:
        self._tokens = self._subject.example()
        self._hidden = {len(self._tokens) // 2}
        self._text.value = self._written()
        await self._show()

    async def _clear(self) -> None:
        self._hidden.clear()
        await self._show()

    async def _turn(self, place: int) -> None:
        self._hidden ^= {place}
        await self._show()

    async def _show(self) -> None:
        try:
            self._gaps = await computed(self._subject.fill, self._subject.hidden(self._tokens, self._hidden))
        except ValueError as error:  # longer than the model's positions
            self._error.content = escape(str(error).partition(": ")[2])
            return
        self._box.clear()
        with self._box:
            for place, token in enumerate(self._tokens):
                self._token(place, token)
        self._answers.content = "".join(map(self._described, self._gaps)) or "Nothing is hidden."

    def _token(self, place: int, token: str) -> None:
        hidden = place in self._hidden

        async def turn() -> None:
            await self._turn(place)

        one = ui.button("?" if hidden else readable(token), on_click=turn).props("dense no-caps unelevated")
        one.props(f"color={'primary' if hidden else 'grey-7'} aria-pressed={str(hidden).lower()}")

    def _described(self, gap: Gap) -> str:
        names, shares = zip(*gap.answers, strict=True)
        truth = readable(self._tokens[gap.place])
        table = bars(shares, [readable(one) for one in names])
        return f"<h3>Token {gap.place + 1}, which was {escape(truth)}</h3>{table}"

    def _asText(self) -> str:
        said = [f"{gap.place + 1}\t{token}\t{share:.4f}" for gap in self._gaps for token, share in gap.answers]
        return "\n".join([self._written(), *said, ""])

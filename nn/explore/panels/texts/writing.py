"""The panel on which a language model writes on, letter by letter."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from nicegui import ui

from nn.explore.panels.look import row, words
from nn.explore.panels.panel import computed
from nn.explore.panels.texts.choices import Choices, readable, weighted
from nn.explore.panels.widgets import controls
from nn.explore.samples import Samples
from nn.explore.subjects.texts.writing import Choice, Writer, unknownIn
from nn.models.sequences.languagemodel import LanguageModel

SHOWN = 3000  # characters of what was written
WATCHED = 60  # tokens that attention is shown on
WISHED = "The king said: ", "To be, or not to be", "the "


class Writing:
    """A beginning, and what the model makes of it; the next tokens as bars, of which each can be taken."""

    title = "What it writes on"

    def __init__(self, model: LanguageModel, samples: Samples | None = None) -> None:
        self._model = model
        self._seed, self._temperature = 0, 1.0
        self._writer = Writer(model, beginningFor(model), 0)
        self._looks = bool(self._writer.attention()[1])

    def build(self) -> None:
        """The widgets."""
        controls.style()
        writer = self._writer
        self._beginning = ui.textarea("Beginning", value=writer.text, on_change=self._begin)
        self._beginning.props("outlined dense autogrow").mark("beginning")
        self._error = words("").classes("leibnet-error").props("role=status")
        with row():
            self._run = controls.RunButton(self._write, 8, "Write")
            controls.button("One more", "skip_next", self._write)
            controls.button("Take back", "undo", self._back)
            controls.button("Begin anew", "restart_alt", self._begin)
        with row():
            controls.slider("Temperature", 0, 2, 0.05, 1.0, self._heat)
            controls.slider("Letters a second", 1, 25, 1, 8, lambda event: self._run.setRate(event.value))
            controls.number("Seed", 0, self._sow, 0)
        self._text = words("", "pre").classes("leibnet-writing").props('tabindex=0 aria-label="The text"')
        words("What may come next; click one to take it", "h3")
        self._choices = Choices(self._take)
        if self._looks:
            self._watch()
        with row():
            controls.textButton(lambda: self._writer.text, "text.txt")
        ui.timer(0.05, self._show, once=True)

    def _watch(self) -> None:
        found = self._writer.attention()[1]
        heads = {
            f"{name}/{head}": f"attention {place}, head {head + 1}"
            for place, (name, weights) in enumerate(found.items(), 1)
            for head in range(len(weights))
        }
        words("What the next one is read from", "h3")
        self._head = controls.select("Layer and head", heads, next(reversed(heads)), self._show)
        self._seen = words("", "div").classes("leibnet-tokens")

    # What happens ----------------------------------------------------------------------------------------------------

    async def _begin(self, *ignored: Any) -> None:
        text = self._beginning.value or ""
        self._run.pause()
        error = unknownIn(self._model, text) if text else "write one character or more"
        self._error.content = escape(error)
        if not error:
            self._writer = Writer(self._model, text, self._seed)
            await self._show()

    async def _write(self) -> None:
        await computed(self._writer.write, self._temperature)
        await self._show()

    async def _take(self, token: int) -> None:
        self._writer.take(token)
        await self._show()

    async def _back(self) -> None:
        self._writer.back()
        await self._show()

    async def _heat(self, event: Any) -> None:
        self._temperature = float(event.value)
        await self._show()

    def _sow(self, event: Any) -> None:
        self._seed = max(0, int(event.value))
        self._writer.rng = np.random.default_rng(self._seed)

    async def _show(self, *ignored: Any) -> None:
        choices, tokens, weights = await computed(self._look)
        writer = self._writer
        begun, text = writer.beginning, writer.text
        written = text[len(begun) :][-SHOWN:]  # of words, with the blank before the first
        self._text.content = f"<b>{escape(begun)}</b>{escape(written)}"
        ui.run_javascript(f"const e = getHtmlElement({self._text.id}); if (e) e.scrollTop = e.scrollHeight")
        self._choices.show(choices)
        if self._looks:
            self._seen.content = weighted([readable(one) for one in tokens], weights)

    def _look(self) -> tuple[list[Choice], list[str], Any]:
        """The next tokens, and what the chosen head looks at."""
        choices = self._writer.choices(self._temperature, 12)
        if not self._looks:
            return choices, [], None
        tokens, found = self._writer.attention()
        if not found:
            return choices, [], []
        name, _, head = str(self._head.value).rpartition("/")
        return choices, tokens[-WATCHED:], found[name][int(head), -WATCHED:]


def beginningFor(model: LanguageModel) -> str:
    """A beginning of which the vocabulary has everything."""
    return next((text for text in WISHED if not unknownIn(model, text)), model.vocabulary.tokens[0])

"""A language model that writes token by token, and can be told what to write."""

from __future__ import annotations

from typing import Any, NamedTuple

from leibnet.arguments import number, randomGenerator, refusal
from leibnet.types import Array

import numpy as np

from layers import memory, remember
from nn.models.sequences.drawing import drawnToken, tokenOdds
from nn.models.sequences.languagemodel import LanguageModel
from nn.models.sequences.reading import latest

LOOKED_AT = 500  # tokens of which attention is computed, whose weights are as many squared


class Choice(NamedTuple):
    """A token that may come next.

    Attributes
    ----------
    token : its text.
    number : its place in the vocabulary.
    probability : at the temperature that was asked for.
    """

    token: str
    number: int
    probability: float


class Writer:
    """Writes on after a beginning. What was read is kept here, nothing of it in the model.

    With the same seed it writes what `LanguageModel.generate` does.

    Parameters
    ----------
    model : a `LanguageModel`.
    beginning : a text of one token of its vocabulary or more.
    rng : generator or seed for what is drawn.

    Attributes
    ----------
    numbers : of all tokens, those of the beginning first.
    begun : how many tokens the beginning has.
    """

    def __init__(self, model: LanguageModel, beginning: str, rng: np.random.Generator | int | None = None) -> None:
        self.model = model
        self.rng = randomGenerator("Writer", rng) or np.random.default_rng()
        self.begin(beginning)

    def begin(self, text: str) -> None:
        """Begins anew after this text; ValueError for a token that the vocabulary does not have, or an empty text."""
        numbers = [int(one) for one in self.model.vocabulary.encode(text)]
        if not numbers:
            raise ValueError(refusal("Writer", "the beginning", "a text of one entry of the vocabulary or more", text))
        self.numbers, self.begun = numbers, len(numbers)
        self._forget()

    @property
    def text(self) -> str:
        """All of it."""
        return self.model.vocabulary.decode(np.array(self.numbers))

    @property
    def beginning(self) -> str:
        """What it begins with."""
        return self.model.vocabulary.decode(np.array(self.numbers[: self.begun]))

    @property
    def written(self) -> str:
        """What came after the beginning."""
        return self.model.vocabulary.decode(np.array(self.numbers[self.begun :], int))

    def probabilities(self) -> Array:
        """Those of the next token, (len(vocabulary),)."""
        if self._read < len(self.numbers):
            self._readOn()
        return self._next

    def choices(self, temperature: float = 1.0, count: int = 12) -> list[Choice]:
        """The likeliest next tokens at a temperature, the likeliest first."""
        odds = tokenOdds(self.probabilities(), _checked(temperature))
        order = np.argsort(-odds, kind="stable")[:count]
        tokens, total = self.model.vocabulary.tokens, odds.sum()
        return [Choice(tokens[i], int(i), float(odds[i] / total)) for i in order]

    def entropy(self, temperature: float = 1.0) -> float:
        """-Σ p ln p of the next token, in nats: how open it is."""
        odds = tokenOdds(self.probabilities(), _checked(temperature))
        p = odds[odds > 0] / odds.sum()
        return float(-(p * np.log(p)).sum())

    def write(self, temperature: float = 1.0, top: int | None = None) -> str:
        """Draws the next token, and gives its text."""
        token = drawnToken(self.probabilities(), _checked(temperature), top, self.rng)
        return self.take(token)

    def take(self, token: int) -> str:
        """Writes this token, whatever its probability."""
        text = self.model.vocabulary.tokens[token]
        self.numbers.append(token)
        return text

    def back(self) -> None:
        """Takes the last token of what was written away, if there is one."""
        if len(self.numbers) > self.begun:
            self.numbers.pop()
            self._forget()

    def attention(self) -> tuple[list[str], dict[str, Array]]:
        """Where the next token is read from: tokens, and by the name of a layer the weights of its heads on each,
        (heads, tokens). No layers where there is no attention.

        They are all tokens that the model sees, see `LanguageModel.context`; none where these are more than 500.
        """
        self.probabilities()
        if len(self.numbers) - self._begin > LOOKED_AT:
            return [], {}
        seen = self.numbers[self._begin :]
        found = self.model.attention(self.model.vocabulary.decode(np.array(seen)))
        tokens = self.model.vocabulary.tokens
        return [tokens[one] for one in seen], {name: weights[:, -1] for name, weights in found.items()}

    # Inside ----------------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._read, self._begin = 0, 0
        self._memory: dict[str, dict[str, Array]] | None = None
        self._next: Array = np.empty(0)

    def _readOn(self) -> None:
        """Reads what has not been read, as `generate` does."""
        chain, kept = self.model.chain, self._memory
        text = np.array(self.numbers)
        with chain.use("inference"):
            try:
                for stretch in latest(self._read, len(text), self.model.context):
                    if stretch.anew:
                        kept, self._begin = None, stretch.begin
                    remember(chain, kept)
                    x = text[stretch.begin : stretch.end].reshape(-1, 1, 1).astype(chain.dtype)
                    self._next = chain.forward(x, training=False)[-1, :, 0].copy()
                    kept = memory(chain)
            finally:
                remember(chain, None)
        self._memory, self._read = kept, len(text)


def canWrite(model: Any) -> bool:
    """Whether a model is a language model whose layers are all there."""
    if not isinstance(model, LanguageModel):
        return False
    try:
        model.surprises(model.vocabulary.decode(np.zeros(2, int)))
    except ValueError:
        return False
    return True


def unknownIn(model: Any, text: str) -> str:
    """In a line, what of a text the model's vocabulary does not have; empty where there is nothing."""
    try:
        model.vocabulary.encode(text)
    except ValueError as error:
        return str(error).partition(": ")[2]
    return ""


def _checked(temperature: float) -> float:
    return number("Writer", "temperature", temperature, low=0)

"""Gaps in a text, and what a masked language model would write there."""

from __future__ import annotations

from typing import NamedTuple

from leibnet.arguments import randomGenerator
from leibnet.types import Array

import numpy as np

from dataset import drawPrograms, programLanguage
from nn.explore.subjects.texts.translating import PROGRAMS, ordinaryTokens
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel


class Gap(NamedTuple):
    """A hidden token.

    Attributes
    ----------
    place : of the token in the text.
    answers : the likeliest tokens and their probabilities, the likeliest first.
    """

    place: int
    answers: list[tuple[str, float]]


class Gaps:
    """What can be asked of a `MaskedLanguageModel`.

    Parameters
    ----------
    model : the model.
    """

    def __init__(self, model: MaskedLanguageModel) -> None:
        self.model = model

    def tokensOf(self, text: str) -> list[str]:
        """A text's tokens; ValueError for what the vocabulary does not have, or for no token at all."""
        tokens = self.model.vocabulary.tokensOf(self.model.vocabulary.encode(text))
        if not tokens:
            raise ValueError("Gaps: expected a text of one token of the vocabulary or more, got none")
        return tokens

    def hidden(self, tokens: list[str], places: set[int]) -> list[str]:
        """The tokens with a gap at these places."""
        return [self.model.mask if place in places else token for place, token in enumerate(tokens)]

    def fill(self, tokens: list[str], count: int = 5) -> list[Gap]:
        """For every gap among the tokens what may stand there; the first answers are those of the model's `fill`."""
        vocabulary = self.model.vocabulary
        numbers = vocabulary.encode(tokens)
        gap = vocabulary.tokens.index(self.model.mask)
        p: Array = self.model.predict(numbers.reshape(-1, 1, 1))[:, :, 0]
        p[:, gap] = -1
        found = []
        for place in np.flatnonzero(numbers == gap):
            order = np.argsort(-p[place], kind="stable")[: min(count, len(vocabulary) - 1)]
            found.append(Gap(int(place), [(vocabulary.tokens[i], float(p[place, i])) for i in order]))
        return found

    def example(self, rng: np.random.Generator | int | None = None) -> list[str]:
        """Tokens to begin with: a program of a language that the vocabulary has, or some of its tokens."""
        draw = randomGenerator("example", rng) or np.random.default_rng()
        known = set(self.model.vocabulary.tokens)
        for language in map(programLanguage, PROGRAMS):
            if known.issuperset(language.tokens):
                return language.write(drawPrograms(1, 1, draw)[0])
        plain = ordinaryTokens(self.model)
        return [plain[int(one)] for one in draw.integers(len(plain), size=5)]

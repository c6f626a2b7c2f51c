"""Texts that a model translates, with the alternatives that its beam search kept."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from leibnet.arguments import randomGenerator
from leibnet.types import Array

import numpy as np

from dataset import computationalAccuracy, drawPrograms, programLanguage
from dataset.sequences.vocabulary import Characters
from nn.models.sequences.reading import contextOf
from nn.models.translation.encoderdecoder import EncoderDecoder
from nn.models.translation.translating import Alternative
from nn.models.translation.unpairedtranslator import UnpairedTranslator

PROGRAMS = "brace", "word", "stack"
SAID = {
    "right": "it computes the same for ten random inputs.",
    "other result": "it runs, and computes something else.",
    "does not run": "it is no program that runs.",
}


class Translations:
    """What can be asked of an `EncoderDecoder` or an `UnpairedTranslator`.

    Parameters
    ----------
    model : the translator.

    Attributes
    ----------
    starts : the tokens with which translations may begin, by what each stands for: of a translator without pairs
        "into brace" and "into word", else the one start token.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        self.model = model
        languages = model.languages if isinstance(model, UnpairedTranslator) else [model.start]
        self.starts = {f"into {one.strip('<>') or one}": one for one in languages}

    def alternatives(
        self, text: str, start: str | None = None, beams: int = 4, lengthPenalty: float = 0.0
    ) -> list[Alternative]:
        """Translations of a text, the best first; ValueError for what the model cannot read. See `text`."""
        return self.model.alternatives(text, start, beams=beams, lengthPenalty=lengthPenalty)

    def written(self, tokens: list[str]) -> str:
        """Tokens as a text, as the vocabulary writes it."""
        return self.separator.join(tokens)

    @property
    def separator(self) -> str:
        """What stands between two tokens of a text."""
        return "" if isinstance(self.model.vocabulary, Characters) else " "

    def tokensOf(self, text: str) -> list[str]:
        """A text's tokens."""
        vocabulary = self.model.vocabulary
        return vocabulary.tokensOf(vocabulary.encode(text))

    def attention(self, text: str, tokens: list[str], start: str | None = None) -> tuple[list[str], dict[str, Array]]:
        """The tokens of the source, and where the decoder looks in it while it writes, see `Translating.attention`.

        A row for each of the tokens and one for the end; fewer where the decoder has no more positions.
        """
        most = contextOf(self.model.decoder)
        seen = tokens if most is None else tokens[: most - 1]
        return self.tokensOf(text), self.model.attention(text, seen, start)

    def verdict(self, text: str, tokens: list[str], start: str | None = None) -> str:
        """Of programs a sentence that says whether the translation computes the same, for ten random inputs.

        Empty where the text is no program of a language, or the translation is to be in no such language.
        """
        begin = self.model.start if start is None else start
        into = next((one for one in map(programLanguage, PROGRAMS) if one.start == begin), None)
        source = self.tokensOf(text)
        for language in map(programLanguage, PROGRAMS):
            if into is None or language is into:
                continue
            with suppress(ValueError):  # no program of this language, or none that can be run
                (said,) = computationalAccuracy([tokens], [source], into, language, rng=0).verdicts
                return f"From {language.name} to {into.name}: {SAID[said]}"
        return ""

    def example(self, start: str | None = None, rng: np.random.Generator | int | None = None) -> str:
        """A text to begin with: a program of the language that the vocabulary has, which is not that of `start`.

        For other vocabularies some of its tokens in their order, without those that stand for no text.
        """
        draw = randomGenerator("example", rng) or np.random.default_rng()
        known = set(self.model.vocabulary.tokens)
        there = [language for language in map(programLanguage, PROGRAMS) if known.issuperset(language.tokens)]
        others = [language for language in there if language.start != start]
        if others:
            (program,) = drawPrograms(1, 1, draw)
            return " ".join(others[0].write(program))
        plain = ordinaryTokens(self.model)
        return self.written([plain[int(one)] for one in draw.integers(len(plain), size=min(4, len(plain)))])


def ordinaryTokens(model: Any) -> list[str]:
    """The tokens of a model's vocabulary that stand for text, without starts, ends and masks."""
    marks = {getattr(model, name, None) for name in ("start", "end", "mask")} | set(getattr(model, "languages", ()))
    marks |= set(getattr(model.vocabulary, "special", ()))
    return [token for token in model.vocabulary.tokens if token not in marks] or list(model.vocabulary.tokens)

"""Programs of two languages to learn a translation from: without pairs for training, with pairs to measure it."""

from __future__ import annotations

from dataclasses import dataclass

from leibnet import randomness
from leibnet.arguments import choice, randomGenerator, refusal, wholeNumber

import numpy as np

from dataset.generated.programs.generator import drawPrograms
from dataset.generated.programs.infix import Brace, Word
from dataset.generated.programs.language import ProgramLanguage
from dataset.generated.programs.stack import Stack
from dataset.sequences.vocabulary import SPECIAL, Tokens, Vocabulary

LANGUAGES: dict[str, ProgramLanguage] = {one.name: one for one in (Brace(), Word(), Stack())}

Texts = list[list[str]]


def programLanguage(name: str) -> ProgramLanguage:
    """A language of small programs: "brace" and "word", which are near each other, or "stack", far from both.

    All three say the same in other words. "brace" has the signs of C, "word" English words and other forms of
    statements, with expressions in the same order; "stack" is that of a stack machine: operators stand after both
    operands, and a condition or loop after what it needs. Numerals and variables are shared.

    Example
    -------
    >>> brace, stack = programLanguage("brace"), programLanguage("stack")
    >>> program = brace.read("x = ( a + 3 ) * b ; return x ;".split())
    >>> " ".join(stack.write(program)), stack.run(stack.write(program), {"a": 1, "b": 2})
    ('a 3 add b mul store x x emit', 8)
    """
    return LANGUAGES[choice("programLanguage", "name", name, [*LANGUAGES])]


@dataclass(frozen=True)
class ProgramCorpora:
    """Programs of two languages, as lists of tokens. No two have the same meaning, but those of a pair.

    Attributes
    ----------
    languages : the two `ProgramLanguage`s.
    first, second : the training programs of each language: different ones, no pairs.
    validation, test : pairs, (programs of the first language, the same of the second).
    vocabulary : of all tokens of both languages, with "<start>", "<end>", "<mask>", and a start of each language.
    """

    languages: tuple[ProgramLanguage, ProgramLanguage]
    first: Texts
    second: Texts
    validation: tuple[Texts, Texts]
    test: tuple[Texts, Texts]
    vocabulary: Tokens

    def paired(self) -> tuple[Texts, Texts]:
        """The training programs as pairs, (of the first language, of the second): the truth, for a comparison.

        Those of `first` come first, then those of `second`.
        """
        one, other = self.languages
        return (
            [*self.first, *(one.write(other.read(tokens)) for tokens in self.second)],
            [*(other.write(one.read(tokens)) for tokens in self.first), *self.second],
        )


def programCorpora(
    first: str = "brace",
    second: str = "word",
    train_size: int = 10_000,
    validation_size: int = 500,
    test_size: int = 500,
    *,
    statements: int = 3,
    rng: np.random.Generator | int | None = None,
) -> ProgramCorpora:
    """Programs of two languages for training, different ones, and pairs of others for validation and test.

        corpora = programCorpora("brace", "word", rng=0)
        corpora.first[0]                # such as ["x", "=", "a", "+", "1", ";", "return", "x", ";"]

    Parameters
    ----------
    first, second : names of languages, as for `programLanguage`; "brace" and "word" are the near pair, "brace" and
        "stack" the far one.
    train_size : how many programs of each language there are for training; default 10,000.
    validation_size, test_size : how many pairs; default 500 each.
    statements : of a program, at most; default 3. See `drawPrograms`, which draws all of them.
    rng : a generator or seed; default the library's own for data.

    Example
    -------
    >>> corpora = programCorpora("brace", "stack", 4, 2, 2, statements=1, rng=0)
    >>> len(corpora.first), len(corpora.second), len(corpora.test[0]), len(corpora.vocabulary)
    (4, 4, 2, 54)
    """
    owner = "programCorpora"
    given = randomGenerator(owner, rng)
    sizes = [
        wholeNumber(owner, "train_size", train_size),
        wholeNumber(owner, "validation_size", validation_size, least=0),
        wholeNumber(owner, "test_size", test_size, least=0),
    ]
    one, other = programLanguage(first), programLanguage(second)
    if one is other:
        raise ValueError(refusal(owner, "second", "another language than the first", second))
    generator = randomness.data.generator if given is None else given
    drawn = drawPrograms(sizes[0] + sum(sizes), statements, generator)
    drawn = [drawn[place] for place in generator.permutation(len(drawn))]  # short ones come early: fewer are left later
    ends = np.cumsum([sizes[0], *sizes])
    mine, theirs, validation, test = (drawn[start:end] for start, end in zip([0, *ends], ends, strict=False))
    return ProgramCorpora(
        (one, other),
        [*map(one.write, mine)],
        [*map(other.write, theirs)],
        ([*map(one.write, validation)], [*map(other.write, validation)]),
        ([*map(one.write, test)], [*map(other.write, test)]),
        Vocabulary.ofTokens([one.tokens, other.tokens], (*SPECIAL, one.start, other.start)),
    )

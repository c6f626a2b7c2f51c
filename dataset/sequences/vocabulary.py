"""Text as numbers, and numbers as text."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import asArray
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

UNKNOWN = "<unk>"
"""Stands for all words that a vocabulary does not have."""
SPECIAL = ("<start>", "<end>", "<mask>")
"""Tokens that stand for no text: where a translation begins, where it ends, what is to be filled in."""
WORDS = re.compile(rf"{UNKNOWN}|\w+(?:['\u2019-]\w+)*|[^\w\s]|\n")
PLACE = re.compile(r" +(?=[.,;:!?\n])|(?<=\n) +")  # no blank before these marks, nor beside a line's end
SHOWN = 20  # characters of a vocabulary in a message


class Vocabulary(Configurable, ABC, family="vocabulary"):
    """The tokens that a text consists of; each is known by its place in the list, 0, 1, 2, ...

        vocabulary = Vocabulary.characters(text)
        numbers = vocabulary.encode("To be")            # (5,), whole numbers below len(vocabulary)
        vocabulary.decode(numbers)                      # "To be"

    `Vocabulary.characters` and `Vocabulary.words` make one of a text, `Vocabulary.ofTokens` one of lists of tokens;
    this class is the base of all. It is described in plain values, so that a model keeps it in its file.

    Parameters
    ----------
    tokens : different texts, each of which is one token.

    Attributes
    ----------
    tokens : the same as a list; tokens[number] is the text of a number.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        if isinstance(tokens, str) or not isinstance(tokens, Iterable):
            raise TypeError(refusal(self.name, "tokens", "a list of texts", tokens))
        self.tokens = list(tokens)
        for token in self.tokens:
            if not isinstance(token, str) or self._split(token) != [token]:
                raise ValueError(refusal(self.name, "every token", self._expected, token))
        self._numbers = {token: number for number, token in enumerate(self.tokens)}
        if not self.tokens or len(self._numbers) < len(self.tokens):
            twice = next((token for number, token in enumerate(self.tokens) if self._numbers[token] > number), tokens)
            raise ValueError(refusal(self.name, "tokens", "one or more, all different", twice))

    @staticmethod
    def characters(text: str) -> Characters:
        """All characters of a text, in the order of their code points.

        >>> vocabulary = Vocabulary.characters("to be")
        >>> vocabulary.tokens, vocabulary.encode("bet").tolist()
        ([' ', 'b', 'e', 'o', 't'], [1, 2, 4])
        """
        owner = "Vocabulary.characters"
        if not checkedText(owner, text):
            raise ValueError(refusal(owner, "text", "one or more characters", text))
        return Characters(sorted(set(text)))

    @staticmethod
    def words(text: str, size: int | None = None) -> Words:
        """The words, punctuation marks and line ends of a text, the most frequent ones first.

        Parameters
        ----------
        text : one or more words.
        size : how many tokens there are at most, 2 or more: the first one then is "<unk>", which stands for all words
            that are left out, and for unknown ones. Default: all; an unknown word is refused.

        >>> Vocabulary.words("to be, or not to be", size=3).tokens
        ['<unk>', 'to', 'be']
        """
        owner = "Vocabulary.words"
        counts = Counter(WORDS.findall(checkedText(owner, text)))
        if not counts:
            raise ValueError(refusal(owner, "text", "one or more words", text))
        if size is None or wholeNumber(owner, "size", size, least=2) >= len(counts):
            return Words([token for token, _ in counts.most_common()])
        counts.pop(UNKNOWN, None)
        return Words([UNKNOWN, *(token for token, _ in counts.most_common(size - 1))])

    @staticmethod
    def ofTokens(sequences: Iterable[Sequence[str]], special: Sequence[str] = SPECIAL) -> Tokens:
        """All tokens of lists of tokens, in alphabetical order, behind special ones that stand for no text.

        Parameters
        ----------
        sequences : lists of tokens, such as programs; a token is any text without blanks.
        special : tokens for a translator's own use, which come first; default "<start>", "<end>" and "<mask>". For
            several languages, give each a start of its own: `special=(*SPECIAL, "<brace>", "<word>")`. They may stand
            in the sequences as well.

        >>> vocabulary = Vocabulary.ofTokens([["x", "=", "a"], ["return", "x"]])
        >>> vocabulary.tokens
        ['<start>', '<end>', '<mask>', '=', 'a', 'return', 'x']
        >>> vocabulary.encode(["a", "=", "x", "<end>"]).tolist(), vocabulary.tokensOf([6, 3, 4])
        ([4, 3, 6, 1], ['x', '=', 'a'])
        """
        owner = "Vocabulary.ofTokens"
        if isinstance(sequences, str) or not isinstance(sequences, Iterable):
            raise TypeError(refusal(owner, "sequences", "lists of tokens", sequences))
        known = {token for one in sequences for token in checkedTokens(owner, "every sequence", one)}
        first = checkedTokens(owner, "special", special)
        if not known - {*first}:
            raise ValueError(refusal(owner, "sequences", "one or more tokens that are not special", [*known]))
        return Tokens([*first, *sorted(known - {*first})], first)

    def encode(self, text: str | Sequence[str]) -> Array:
        """The numbers of a text's tokens, (n,), in the smallest whole numbers without a sign that hold them all.

        In the place of a text, a list of tokens may stand.

        Raises
        ------
        ValueError : a character, word or token that the vocabulary does not have, with its place.
        """
        owner = f"{self.name}.encode"
        if isinstance(text, (list, tuple)):
            return self._numbered(owner, checkedTokens(owner, "text", text)).astype(self.dtype)
        return self._encoded(checkedText(owner, text)).astype(self.dtype)

    def decode(self, numbers: Any) -> str:
        """The text of numbers (n,).

        Raises
        ------
        TypeError, ValueError : what are no whole numbers from 0 to len(vocabulary) - 1.
        """
        given = self._checkedNumbers(f"{self.name}.decode", numbers)
        return self._decoded(given) if given.size else ""

    def tokensOf(self, numbers: Any) -> list[str]:
        """The tokens of numbers (n,), as a list.

        Raises
        ------
        TypeError, ValueError : as for `decode`.
        """
        return [self.tokens[number] for number in self._checkedNumbers(f"{self.name}.tokensOf", numbers)]

    def _numbered(self, owner: str, tokens: Sequence[str]) -> Array:
        unknown = self._numbers.get(UNKNOWN, -1)
        numbers = np.array([self._numbers.get(token, unknown) for token in tokens], np.intp)
        if numbers.size and numbers.min() < 0:
            place = int((numbers < 0).argmax())
            known = f"one of the {len(self):,} of the vocabulary"
            raise ValueError(refusal(owner, "every token", known, tokens[place], _at(place)))
        return numbers

    def _checkedNumbers(self, owner: str, numbers: Any) -> Array:
        given = asArray(numbers, owner, "numbers")
        if given.ndim != 1:
            raise ValueError(refusal(owner, "numbers", "of shape (n,)", given.shape))
        if not given.size:
            return given.astype(np.intp)
        if given.dtype.kind not in "iu":
            raise TypeError(refusal(owner, "numbers", "whole numbers", given.dtype))
        wrong = (given < 0) | (given >= len(self))
        if wrong.any():
            place = int(wrong.argmax())
            raise ValueError(refusal(owner, "numbers", f"from 0 to {len(self) - 1}", int(given[place]), _at(place)))
        return given

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest type of whole numbers that holds all of its numbers."""
        return np.min_scalar_type(len(self) - 1)

    def __len__(self) -> int:
        return len(self.tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.config() == other.config()

    def __hash__(self) -> int:
        return hash((self.name, *self.tokens))

    def __repr__(self) -> str:
        return f"{self.name} of {len(self):,} tokens"

    _expected: str

    @abstractmethod
    def _split(self, text: str) -> list[str]:
        """The tokens of a text."""

    @abstractmethod
    def _encoded(self, text: str) -> Array:
        """The numbers of a text."""

    @abstractmethod
    def _decoded(self, numbers: Array) -> str:
        """The text of numbers that there are."""


class Characters(Vocabulary):
    """A vocabulary of single characters, see `Vocabulary.characters`."""

    _expected = "a single character"

    def __init__(self, tokens: Sequence[str]) -> None:
        super().__init__(tokens)
        self._codes = np.array([ord(token) for token in self.tokens], np.uint32)
        self._numberOf = np.full(int(self._codes.max()) + 2, -1)  # by code point; those above the largest are unknown
        self._numberOf[self._codes] = np.arange(len(self))

    def _split(self, text: str) -> list[str]:
        return list(text)

    def _encoded(self, text: str) -> Array:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        numbers = self._numberOf[np.minimum(codes, len(self._numberOf) - 1)]
        if numbers.size and numbers.min() < 0:
            place = int((numbers < 0).argmax())
            raise ValueError(
                refusal(f"{self.name}.encode", "every character", _known(self), text[place], _at(place, text))
            )
        return numbers

    def _decoded(self, numbers: Array) -> str:
        return self._codes[numbers].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


class Words(Vocabulary):
    """A vocabulary of words, punctuation marks and line ends, see `Vocabulary.words`.

    Blanks part words, and are no tokens: `decode` puts one between any two, but none before a mark such as a comma and
    none beside a line's end.
    """

    _expected = "a word, a punctuation mark or a line's end"

    def _split(self, text: str) -> list[str]:
        return WORDS.findall(text)

    def _encoded(self, text: str) -> Array:
        unknown = self._numbers.get(UNKNOWN, -1)
        numbers = np.array([self._numbers.get(token, unknown) for token in WORDS.findall(text)], np.intp)
        if numbers.size and numbers.min() < 0:
            found = [*WORDS.finditer(text)][int((numbers < 0).argmax())]
            known = f"one of the {len(self):,} words of the vocabulary"
            raise ValueError(refusal(f"{self.name}.encode", "every word", known, found[0], _at(found.start(), text)))
        return numbers

    def _decoded(self, numbers: Array) -> str:
        return PLACE.sub("", " ".join(self.tokens[number] for number in numbers))


class Tokens(Vocabulary):
    """A vocabulary of lists of tokens, see `Vocabulary.ofTokens`. In texts, blanks stand between tokens.

    Parameters
    ----------
    tokens : different texts without blanks.
    special : those of them that stand for no text; default none.

    Attributes
    ----------
    tokens, special : as given, lists.
    """

    _expected = "a text without blanks"

    def __init__(self, tokens: Sequence[str], special: Sequence[str] = ()) -> None:
        super().__init__(tokens)
        self.special = list(checkedTokens(self.name, "special", special))
        for one in self.special:
            if one not in self._numbers:
                raise ValueError(refusal(self.name, "every special token", "one of its tokens", one))

    def _split(self, text: str) -> list[str]:
        return text.split()

    def _encoded(self, text: str) -> Array:
        return self._numbered(f"{self.name}.encode", text.split())

    def _decoded(self, numbers: Array) -> str:
        return " ".join(self.tokens[number] for number in numbers)


def encodedEach(owner: str, name: str, texts: Iterable[Any], vocabulary: Vocabulary) -> list[Array]:
    """Texts, or lists of tokens, as numbers; what is wrong is told with its place."""
    found = []
    for place, text in enumerate(texts):
        try:
            found.append(vocabulary.encode(text))
        except (ValueError, TypeError) as error:
            raise type(error)(f"{owner}, {name}[{place}]: {error}") from None
    return found


def checkedTokens(owner: str, name: str, tokens: Any) -> Sequence[str]:
    """A list of tokens, if it is one."""
    if isinstance(tokens, str) or not isinstance(tokens, Sequence):
        raise TypeError(refusal(owner, name, "a list of tokens", tokens, "give text.split()"))
    for token in tokens:
        if not isinstance(token, str):
            raise TypeError(refusal(owner, name, "a list of texts", token))
    return tokens


def checkedText(owner: str, text: Any) -> str:
    """The text, if it is one."""
    if not isinstance(text, str):
        raise TypeError(refusal(owner, "text", "a text", type(text)))
    return text


def _known(vocabulary: Vocabulary) -> str:
    some = "".join(vocabulary.tokens[:SHOWN]) + ("..." if len(vocabulary) > SHOWN else "")
    return f"one of the {len(vocabulary)} of the vocabulary, {some!r}"


def _at(place: int, text: str | None = None) -> str:
    """Where a number or a character stands."""
    if text is None:
        return f"it is entry {place}"
    before = text[:place]
    line, column = before.count("\n") + 1, place - before.rfind("\n")
    return f"it is character {place} of the text, in line {line}, column {column}"

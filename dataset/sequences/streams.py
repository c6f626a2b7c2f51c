"""A long text as streams that are read side by side."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from dataset.source import Source

EXPECTED = "a text, or the path of one (pathlib.Path)"
LONGEST_NAME = 256  # characters; a longer text is not looked for as a file


class Text(str):
    """A text that says where it comes from; otherwise like any other.

    Attributes
    ----------
    name : what it is called.
    description : where it comes from, and its licence.
    checksums : SHA-256 of the content of the file that was read, by file name.
    """

    name: str
    description: str
    checksums: dict[str, str]

    def __new__(
        cls, text: str, name: str = "text", description: str = "Own text.", checksums: dict[str, str] | None = None
    ) -> Text:
        made = super().__new__(cls, text)
        made.name, made.description, made.checksums = name, description, dict(checksums or {})
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.name, self.description, self.checksums


def textOf(owner: str, given: Any) -> Text:
    """The text that was given, or that a file holds."""
    if isinstance(given, Text):
        return given
    if isinstance(given, str):
        if len(given) < LONGEST_NAME and os.path.isfile(given):
            raise ValueError(refusal(owner, "text", EXPECTED, given, f"the file of this name is Path({given!r})"))
        checksum = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
        return Text(given, checksums={"text": checksum})
    if not isinstance(given, os.PathLike):
        raise TypeError(refusal(owner, "text", EXPECTED, type(given)))
    path = Path(given)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = f"byte {error.start} is wrong: give path.read_text(encoding)"
        raise ValueError(refusal(owner, f"the file {path}", "text in UTF-8", "other bytes", remedy)) from None
    return Text(text.replace("\r\n", "\n"), path.name, "Own text.", {path.name: hashlib.sha256(content).hexdigest()})


@dataclass(frozen=True)
class Streams:
    """Tokens (n,) as samples of so many steps, in so many streams side by side; `owner` is who asks, for messages."""

    owner: str
    tokens: Array
    steps: int
    side: int

    def source(self, validation: float, test: float) -> tuple[Source, int]:
        """The samples, one a row, and how many of them are for validation; both shares are of the whole text."""
        n = len(self.tokens)
        end = n - round(test * n)
        begin = end - round(validation * n)
        self._check("training", begin, self.steps)
        inputs, labels = self._blocks(0, begin)
        lengths, parts = np.full(len(inputs), self.steps), {}
        for name, first, last, share in (("validation", begin, end, validation), ("test", end, n, test)):
            if share:
                self._check(name, last - first, 1)
            parts[name] = self._whole(first, last) if share else (inputs[:0], labels[:0], lengths[:0])
        more_inputs, more_labels, more_lengths = parts["validation"]
        test_inputs, test_labels, test_lengths = parts["test"]
        source = Source(
            name="text",
            inputs=np.concatenate((inputs, more_inputs)),
            labels=np.concatenate((labels, more_labels)),
            testInputs=test_inputs,
            testLabels=test_labels,
            lengths=np.concatenate((lengths, more_lengths)),
            testLengths=test_lengths,
        )
        return source, len(more_inputs)

    def _check(self, part: str, there: int, steps: int) -> None:
        """ValueError if this part of the text is too short for one batch of so many steps."""
        if there <= self.side * steps:
            of = f" of {steps} steps" if steps > 1 else ""
            expected = (
                f"of more than {self.side * steps:,} tokens for {part}, for {self.side} streams{of} and what follows"
            )
            remedy = (
                "make batch_size or steps smaller" if steps > 1 else f"make batch_size smaller, or {part} 0 or larger"
            )
            raise ValueError(refusal(self.owner, "text", expected, there, remedy))

    def _blocks(self, first: int, last: int) -> tuple[Array, Array]:
        """The tokens of this stretch as inputs (N, steps, 1), those that follow (N, steps); the rest is left out."""
        length = (last - first - 1) // (self.side * self.steps) * self.steps
        x, y = (
            self.tokens[start : start + self.side * length].reshape(self.side, -1, self.steps).swapaxes(0, 1)
            for start in (first, first + 1)
        )
        return x.reshape(-1, self.steps, 1), y.reshape(-1, self.steps)

    def _whole(self, first: int, last: int) -> tuple[Array, Array, Array]:
        """The same of all tokens, and the lengths (N,): the streams, of almost the same length, end with padding."""
        each, more = divmod(last - first - 1, self.side)
        ends = np.cumsum(each + (np.arange(self.side) < more))
        starts = np.concatenate(([0], ends[:-1]))
        blocks = -(-(each + (more > 0)) // self.steps)
        places = starts[:, np.newaxis] + np.arange(blocks * self.steps)
        there = places < ends[:, np.newaxis]
        places = np.where(there, first + places, first)
        x, y, lengths = (
            np.where(there, one, 0).astype(one.dtype).reshape(self.side, blocks, self.steps).swapaxes(0, 1)
            for one in (self.tokens[places], self.tokens[places + 1], there)
        )
        return x.reshape(-1, self.steps, 1), y.reshape(-1, self.steps), lengths.sum(axis=2).ravel()

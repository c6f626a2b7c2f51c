"""How a network reads a text that is longer than what it sees at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from leibnet.types import Array

import numpy as np

from layers import Layer, PositionalEncoding

AT_ONCE = 1000  # tokens of a text in one pass


class Stretch(NamedTuple):
    """Tokens that are read in one pass: those from `begin` on and before `end`.

    Attributes
    ----------
    first : the first of them that was not read before.
    anew : whether the network first forgets all that it has read.
    """

    begin: int
    first: int
    end: int
    anew: bool


def contextOf(network: Layer) -> int | None:
    """How many tokens a network sees at most, by the positions that it has; None: all that there were."""
    return min((part.steps for part in network.parts() if isinstance(part, PositionalEncoding)), default=None)


def stretches(first: int, end: int, context: int | None) -> Iterator[Stretch]:
    """How the tokens first, ..., end - 1 of a text are read, those before them having been read.

    A network that sees `context` tokens, and has read as many, forgets them, and reads the last half of them again: so
    every token but the first ones is read behind half a context to a whole one.

    >>> [(one.begin, one.end) for one in stretches(0, 10, context=4)]
    [(0, 4), (2, 6), (4, 8), (6, 10)]
    """
    while first < end:
        if context is None:
            stretch = Stretch(first, first, min(end, first + AT_ONCE), False)
        else:
            move = context - context // 2
            moves = 0 if first < context else (first - context) // move + 1
            full = moves * move + context
            anew = moves > 0 and first == full - move
            stretch = Stretch(moves * move if anew else first, first, min(end, full), anew)
        yield stretch
        first = stretch.end


def latest(first: int, end: int, context: int | None) -> list[Stretch]:
    """The last of these stretches, after which a network is where it would be after all of them.

    >>> [(one.begin, one.end) for one in latest(0, 10, context=4)]
    [(6, 10)]
    """
    found = list(stretches(first, end, context))
    return found[max((place for place, one in enumerate(found) if one.anew), default=0) :]


def windowed(numbers: Array, context: int) -> Iterator[tuple[Array, slice, slice]]:
    """A whole text (n,) as `stretches` reads it, many windows in one pass: they do not know of each other.

    Yields the windows (steps, windows), the steps in them that are read for the first time, and where these stand in
    the text: behind its end there are windows that end in zeros.
    """
    context = min(context, len(numbers))
    move = context - context // 2
    count = 1 + -(-(len(numbers) - context) // move)
    padded = np.concatenate((numbers, np.zeros(context + (count - 1) * move - len(numbers), numbers.dtype)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, context)[::move].T
    yield windows[:, :1], slice(0, context), slice(0, context)
    some = max(1, AT_ONCE // context)
    for start in range(1, count, some):
        here = windows[:, start : start + some]
        first = context + (start - 1) * move
        yield here, slice(context // 2, context), slice(first, first + here.shape[1] * move)

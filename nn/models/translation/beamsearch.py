"""Writing sequences token by token: the likeliest one by beam search, or one that is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from leibnet.types import Array

import numpy as np

Next = Callable[[Array, Array], Array]
"""A network that writes several hypotheses at once: the tokens (M,) that come next, and of which of the hypotheses of
the call before (M,) they are the continuations, give ln p of every token to come after them, (M, tokens). Before the
first call, the hypotheses are the sequences themselves, 0 to N - 1."""


class Hypothesis(NamedTuple):
    """What a beam search has kept.

    Attributes
    ----------
    tokens : (n,), without beginning and end.
    score : ln p / n^α, see `beamSearch`.
    ended : whether it came to its end; one that did not could go on.
    """

    tokens: Array
    score: float
    ended: bool


def beamSearch(
    after: Next, starts: Array, end: int, length: int, beams: int = 1, lengthPenalty: float = 0.0
) -> list[Array]:
    """For each of N beginnings the tokens of the best hypothesis that is found, without beginning and end.

        score = ln p(y₁, ..., y_n) / n^α        n counts the end, where it was reached

    At every step, of all continuations of the `beams` hypotheses that are kept, the `beams` best are kept. One that has
    ended stays as it is, and competes with those that go on. The search is over when none that goes on can become
    better than the best that has ended: ln p only falls, and n is at most `length`. With one beam it takes the
    likeliest token every time; with as many as there are hypotheses, it finds the best of all. Graves 2012,
    arXiv:1211.3711; Sutskever et al. 2014, arXiv:1409.3215.

    Parameters
    ----------
    after : the network.
    starts : the tokens (N,) with which they begin.
    end : the token that ends one.
    length : how many tokens are written at most, the end among them.
    beams : default 1.
    lengthPenalty : α from 0 to 10, default 0: with 1, the mean ln p of a token decides, which makes long ones better.

    Example
    -------
    Where every token is "go on" (0) with 0.6 and "end" (1) with 0.4, no end at all is likelier than an early one.

    >>> def after(tokens, origins):
    ...     return np.log(np.tile([0.6, 0.4], (len(tokens), 1)))
    >>> beamSearch(after, np.array([0]), end=1, length=2)[0].tolist()
    [0, 0]
    >>> beamSearch(after, np.array([0]), end=1, length=2, beams=3)[0].tolist()
    []
    """
    return [found[0].tokens for found in hypotheses(after, starts, end, length, beams, lengthPenalty)]


def hypotheses(
    after: Next, starts: Array, end: int, length: int, beams: int = 1, lengthPenalty: float = 0.0
) -> list[list[Hypothesis]]:
    """All that such a search has kept at its end, for each of N beginnings the best first; parameters as for it."""
    samples = len(starts)
    tokens = np.empty((samples, 1, 0), np.intp)  # of every hypothesis that is kept
    last, total = starts[:, np.newaxis], np.zeros((samples, 1))  # its last token, and its ln p
    written = np.zeros((samples, 1), int)
    goes_on, place = np.ones((samples, 1), bool), np.arange(samples)[:, np.newaxis]
    for step in range(1, length + 1):
        log_p = after(last[goes_on], place[goes_on])
        kinds = log_p.shape[1]
        candidates = np.full((*last.shape, kinds + 1), -np.inf)  # the last one: it stays as it is
        candidates[goes_on, :kinds] = total[goes_on][:, np.newaxis] + log_p
        candidates[~goes_on, kinds] = total[~goes_on]
        lengths = np.where(goes_on, step, written)
        scores = (candidates / lengths[..., np.newaxis] ** lengthPenalty).reshape(samples, -1)
        best = _largest(scores, beams)
        parents, token = np.divmod(best, kinds + 1)
        rows = np.arange(samples)[:, np.newaxis]
        place = _numbered(goes_on)[rows, parents]
        total = np.take_along_axis(candidates.reshape(samples, -1), best, axis=1)
        written, stays = lengths[rows, parents], token == kinds
        last = np.where(stays, end, token)
        tokens = np.concatenate((tokens[rows, parents], last[..., np.newaxis]), axis=2)
        goes_on = (last != end) & (total > -np.inf)
        finished = np.where(goes_on, -np.inf, total / written**lengthPenalty).max(axis=1)
        hope = np.where(goes_on, total / length**lengthPenalty, -np.inf).max(axis=1)
        goes_on &= (finished < hope)[:, np.newaxis]
        if not goes_on.any():
            break
    scores = total / written**lengthPenalty
    found: list[list[Hypothesis]] = []
    for sample, order in enumerate(np.argsort(-scores, axis=1, kind="stable")):
        possible = [beam for place, beam in enumerate(order) if not place or scores[sample, beam] > -np.inf]
        found.append(
            [
                Hypothesis(
                    _before(end, tokens[sample, beam, : written[sample, beam]]),
                    float(scores[sample, beam]),
                    bool(last[sample, beam] == end),
                )
                for beam in possible
            ]
        )
    return found


def drawn(
    after: Next, starts: Array, end: int, length: int, temperature: float, rng: np.random.Generator
) -> list[Array]:
    """For each of N beginnings tokens that are drawn one after the other, p_i ∝ exp(ln p_i / temperature)."""
    found = np.full((len(starts), length), end)
    going, last, place = np.arange(len(starts)), starts, np.arange(len(starts))
    for step in range(length):
        z = after(last, place) / temperature
        odds = np.cumsum(np.exp(z - z.max(axis=1, keepdims=True)), axis=1)
        chosen = (odds <= rng.random((len(z), 1)) * odds[:, -1:]).sum(axis=1)
        found[going, step] = last = np.minimum(chosen, z.shape[1] - 1)
        place = np.flatnonzero(last != end)
        going, last = going[place], last[place]
        if not len(going):
            break
    return [_before(end, tokens) for tokens in found]


def _largest(scores: Array, count: int) -> Array:
    """The places of the `count` largest of every row, the largest first, and of equal ones the first."""
    if count == 1:
        return scores.argmax(axis=1)[:, np.newaxis]
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]


def _numbered(chosen: Array) -> Array:
    """The number of each chosen one among them, in their order."""
    return (np.cumsum(chosen) - 1).reshape(chosen.shape)


def _before(end: int, tokens: Array) -> Array:
    ends = np.flatnonzero(tokens == end)
    return tokens[: ends[0]] if len(ends) else tokens

"""Sequences that a variational recurrent network draws, and what it expected at each of their steps."""

from __future__ import annotations

from dataclasses import dataclass

from leibnet.types import Array

import numpy as np

from nn.models.sequences.variationalrnn import VariationalRNN


@dataclass
class DrawnSequences:
    """Some sequences.

    Attributes
    ----------
    x : (steps, features, n), those that were drawn.
    expected : of the first sequence, (steps, features): what the model expected of each step by those before it.
    news : of the first sequence, (steps,) in nats: how much the latent variables say of a step beyond its past.
    """

    x: Array
    expected: Array
    news: Array


class SequenceDraws:
    """Draws sequences step after step. The noise belongs to a seed: the same seed, the same sequences.

    Parameters
    ----------
    model : a `VariationalRNN`.
    """

    def __init__(self, model: VariationalRNN) -> None:
        self.model = model

    def draw(self, n: int, steps: int, seed: int, start: Array | None = None) -> DrawnSequences:
        """So many sequences of this length.

        Parameters
        ----------
        n, steps, seed : how many, how long, and by which seed.
        start : (k, features), a sequence after which they go on; default: they begin.
        """
        before = None if start is None else np.repeat(np.asarray(start)[:, :, np.newaxis], n, axis=2)
        x = self.model.sample(n, steps, seed, before)
        first = x[..., :1] if before is None else np.concatenate((before, x))[..., :1]
        expected, news = self.model.predict(first), self.model.divergences(first, seed)
        return DrawnSequences(x, expected[-steps:, :, 0], news[-steps:, 0])

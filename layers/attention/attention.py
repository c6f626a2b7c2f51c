"""Attention within a sequence."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from layers.attention.heads import MultiHead
from layers.initializer import Initializer
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from optimizer import Optimizer


class Attention(MultiHead):
    """Self-attention: every step of a sequence (steps, features, N) looks at its steps, and takes its share of each.

        [Q; K; V] = W x + b        O = V softmax(Kᵀ Q / √size)  for every head        y = W' O + b'

    See `MultiHead`. A block of a Transformer is `Residual([LayerNormalization(F), Attention(F, heads)])` and another
    with a `TimeDistributed` network. Steps that a sample does not have (`masked`) are not looked at, and their y is 0.

    Parameters
    ----------
    features, heads : features of a step, a multiple of the number of heads; default one head.
    causal : whether a step sees itself and earlier ones alone; default False. Such a layer goes on from stretch to
        stretch, see `memory`: a text that is written step by step is computed once.
    optimizer, initializer, rng, penalty : see `MultiHead`.

    Example
    -------
    What each of three steps takes of those that it sees, in the first head.

    >>> layer = Attention(4, heads=2, causal=True, rng=0)
    >>> y = layer.feedforward(np.random.default_rng(0).normal(size=(3, 4, 1)))
    >>> layer.attentionWeights[0, :, :, 0].round(1)
    array([[1. , 0. , 0. ],
           [0.2, 0.8, 0. ],
           [0.6, 0.2, 0.2]])
    """

    isSamplewise = True

    def __init__(
        self,
        features: int,
        heads: int = 1,
        causal: bool = False,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(features, heads, optimizer, initializer, rng, penalty)
        self.causal = arguments.flag(self.name, "causal", causal)

    def begin(self, **states: Any) -> None:
        if states and not self.causal:
            expected, remedy = "one that sees earlier steps alone", "make it with causal=True"
            raise ValueError(arguments.refusal(self.describe(), "the layer", expected, self, remedy))
        super().begin(**states)

    def _projected(self, now: Pass) -> tuple[Array, Array, Array, Array | None]:
        T, F, N = now.x.shape
        q, k, v = self._project(now.folded, slice(None), "z", now).reshape(3, F, N, T)
        has, now.past = now.has, 0
        if now.initial is not None:
            keys, values = now.initial["keys"], now.initial["values"]
            self._checkSamples("the keys", keys, N)
            now.past = past = len(keys)
            k, v = (np.concatenate((np.moveaxis(a, 0, -1), b), axis=-1) for a, b in ((keys, k), (values, v)))
            before = now.initial.get("has")
            if has is not None or before is not None:
                before = np.ones((past, N), bool) if before is None else before[:, 0].astype(bool)
                has = np.concatenate((before, np.ones((T, N), bool) if has is None else has))
        now.k, now.v = k, v
        now.final = self._remembered(now, has) if self.causal else {}
        return q, k, v, self._allowed(has, T, now.past)

    def _allowed(self, has: Array | None, steps: int, past: int) -> Array | None:
        """Which keys a query sees, (1 or N, keys, queries)."""
        seen = None if has is None else has.T[:, :, np.newaxis]
        if not self.causal or steps == 1:  # the only step is the last one
            return seen
        keys, queries = np.arange(past + steps)[:, np.newaxis], np.arange(past, past + steps)
        earlier = (keys <= queries)[np.newaxis]
        return earlier if seen is None else earlier & seen

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        T, F, N = now.x.shape
        dz = now.buffer("dz", (3, F, N, T))
        dk, dv = dz[1:]
        if now.past:
            dk, dv = (now.buffer(name, now.k.shape) for name in ("dk", "dv"))
        self._descend(dy, now, wanted, dz[0], dk, dv)
        if now.past:  # what was before has no gradient
            dz[1], dz[2] = dk[..., now.past :], dv[..., now.past :]
        dx = self._ascend(dz, now.folded, slice(None), "folded dx", now, wanted)
        return None if dx is None else self._unfold(dx, "dx", now)

    def __repr__(self) -> str:
        return super().__repr__() + ", causal" * self.causal

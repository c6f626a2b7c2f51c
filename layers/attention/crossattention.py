"""Attention to another sequence."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from layers.attention.heads import MultiHead
from layers.passes import Pass, Wanted
from layers.shapes import checkedMask


class CrossAttention(MultiHead):
    """Every step of a sequence looks at the steps of another one, the context, and takes its share of each.

        Q = W_q x + b_q        [K; V] = W_kv c + b_kv
        O = V softmax(Kᵀ Q / √size)  for every head        y = W' O + b'

    See `MultiHead`, also for the parameters. x is (steps, features, N), the context c (other steps, features, N); it is
    what an encoder made of a text, and x belongs to a decoder. `attend` says which one it is, before the forward pass:
    so a decoder is a chain of layers as any other. As what it looks at stays the same, it may be remembered, see
    `memory`: a text that is written step by step projects its context once.

    Example
    -------
    >>> layer = CrossAttention(4, heads=2)
    >>> layer.attend(np.ones((5, 4, 1)))
    >>> layer.feedforward(np.ones((3, 4, 1))).shape, layer.backward(np.ones((3, 4, 1))).shape
    ((3, 4, 1), (3, 4, 1))
    >>> layer.contextGradient.shape
    (5, 4, 1)
    """

    def attend(self, context: Any, mask: Any = None) -> None:
        """Says what the next forward passes of this pass look at.

        Parameters
        ----------
        context : (steps, features, N), not copied; None: nothing, until it is said anew.
        mask : which of its steps the samples have, (steps, N) of bool; default all.
        """
        if context is None:
            self.now.initial = None
            return
        c = realNumbers(self.describe(), "the context", context, self.dtype)
        if c.ndim != 3 or c.shape[1] != self.features or not len(c):
            expected = f"of shape (steps, {self.features}, N)"
            raise ValueError(arguments.refusal(self.describe(), "the context", expected, c.shape))
        has = None if mask is None else checkedMask(self.describe(), mask)
        if has is not None and has.shape != (len(c), c.shape[-1]):
            expected = f"of shape {(len(c), c.shape[-1])}, the steps and the samples of the context"
            raise ValueError(arguments.refusal(self.describe(), "its mask", expected, has.shape))
        self.now.initial = {"context": c} if has is None or has.all() else {"context": c, "has": has[:, np.newaxis]}

    @property
    def contextGradient(self) -> Array:
        """dc, the gradient with respect to the context, (steps, features, N), of the last backward pass; a buffer."""
        found = (self.passed().dinitial or {}).get("context")
        if found is None:
            remedy = "call attend, feedforward and backward, with the gradient of the input wanted"
            raise RuntimeError(f"{self.describe()} has no gradient of its context: {remedy}")
        return found

    def _projected(self, now: Pass) -> tuple[Array, Array, Array, Array | None]:
        F, given = self.features, now.initial
        if given is None:
            raise RuntimeError(f"{self.describe()} has nothing to look at: call attend(context) before feedforward")
        name = "context" if "context" in given else "keys"
        self._checkSamples(f"the {name}", given[name], now.x.shape[-1])
        has = None if "has" not in given else given["has"][:, 0].astype(bool)
        now.context, now.dinitial = None, None
        if name == "context":
            now.context = self._fold(given["context"], has, "context", now)
            now.k, now.v = self._project(now.context, slice(F, None), "kv", now).reshape(2, *now.context.shape)
        else:
            now.k, now.v = (np.moveaxis(given[one], 0, -1) for one in ("keys", "values"))
        now.final = self._remembered(now, has)
        q = self._project(now.folded, slice(F), "q", now)
        return q, now.k, now.v, None if has is None else has.T[:, :, np.newaxis]

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        F = self.features
        dq, dkv = now.buffer("dq", now.q.shape), now.buffer("dkv", (2, *now.k.shape))
        self._descend(dy, now, wanted, dq, *dkv)
        if now.context is not None:
            dc = self._ascend(dkv, now.context, slice(F, None), "folded dc", now, wanted)
            now.dinitial = None if dc is None else {"context": np.moveaxis(dc, -1, 0)}
        elif wanted.parameters:  # the keys and values were given
            self.block.gradients["inputWeight"][F:], self.block.gradients["inputBias"][F:] = 0, 0
        dx = self._ascend(dq, now.folded, slice(F), "folded dx", now, wanted)
        return None if dx is None else self._unfold(dx, "dx", now)

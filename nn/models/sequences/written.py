"""Sequences that a network writes, several at once, without computing again what is written."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from leibnet.types import Array

import numpy as np

from layers import Chain, attend, memory, remember


class Written(AbstractContextManager["Written"]):
    """ln p of the next token of every hypothesis, by a decoder that looks at contexts, see `beamsearch.Next`.

    What its layers remember, also of the contexts, has the samples last: so it is taken apart and put together as the
    hypotheses are. When the stretch ends, nothing of it stays in the decoder.

    Parameters
    ----------
    decoder : the network, in the pass of an inference.
    contexts : (steps, features, N), what it looks at.
    mask : which steps they have, (steps, N).
    """

    def __init__(self, decoder: Chain, contexts: Array, mask: Array | None) -> None:
        self._decoder, self._contexts, self._mask = decoder, contexts, mask
        self._began = False

    def __call__(self, tokens: Array, origins: Array) -> Array:
        if self._began:
            kept = memory(self._decoder)
            if not _is_same(origins, next(iter(next(iter(kept.values())).values())).shape[-1]):
                kept = {
                    layer: {name: np.take(array, origins, axis=-1) for name, array in states.items()}
                    for layer, states in kept.items()
                }
            remember(self._decoder, kept)
        else:
            remember(self._decoder, None)
            attend(self._decoder, self._contexts, self._mask)
        self._began = True
        p = self._decoder.forward(tokens.reshape(1, 1, -1).astype(self._decoder.dtype), training=False)[0]
        log_p: Array = np.log(np.maximum(p, np.finfo(p.dtype).tiny)).T.astype(float)
        return log_p

    def __exit__(self, *error: Any) -> None:
        remember(self._decoder, None)
        attend(self._decoder, None)


def _is_same(origins: Array, count: int) -> bool:
    return len(origins) == count and bool((origins == np.arange(count)).all())

"""Sequences that a network writes, several at once, without computing again what is written."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from leibnet.types import Array

import numpy as np

from layers import Chain, Continuing, CrossAttention, attend, remember


class Written(AbstractContextManager["Written"]):
    """ln p of the next token of every hypothesis, by a decoder that looks at contexts, see `beamsearch.Next`.

    What its layers remember, also of the contexts, has the samples last: so it is taken apart and put together as the
    hypotheses are. Where some have ended and the others stay, nothing is moved until half of them have. When the
    stretch ends, nothing of it stays in the decoder.

    Parameters
    ----------
    decoder : the network, in the pass of an inference.
    contexts : (steps, features, N), what it looks at.
    mask : which steps they have, (steps, N).
    """

    def __init__(self, decoder: Chain, contexts: Array, mask: Array | None) -> None:
        self._decoder = decoder
        self._continuing = [leaf for leaf in decoder.leaves().values() if isinstance(leaf, Continuing)]
        self._columns: Array = np.arange(contexts.shape[-1])  # of the network, those of the hypotheses
        self._width, self._steps = len(self._columns), 0
        remember(decoder, None)
        attend(decoder, contexts, mask)

    def __call__(self, tokens: Array, origins: Array) -> Array:
        columns = self._columns[origins]
        stays = bool((np.diff(columns) > 0).all()) and 2 * len(columns) > self._width
        if self._steps:
            self._remember(None if stays else columns)
        if not stays:
            columns, self._width = np.arange(len(tokens)), len(tokens)
        self._columns, self._steps = columns, self._steps + 1
        read = np.zeros((1, 1, self._width), self._decoder.dtype)
        read[0, 0, columns] = tokens
        p = self._decoder.forward(read, training=False)[0][:, columns]
        log_p: Array = np.log(np.maximum(p, np.finfo(p.dtype).tiny)).T.astype(float)
        return log_p

    def _remember(self, columns: Array | None) -> None:
        """What the layers remember is where they go on, of these columns of the network; None: of all."""
        for layer in self._continuing:
            if columns is not None:
                layer.begin(**{name: np.take(array, columns, axis=-1) for name, array in layer.final.items()})
            elif self._steps == 1 or not isinstance(layer, CrossAttention):  # which remembers the same from then on
                layer.begin(**layer.final)

    def __exit__(self, *error: Any) -> None:
        remember(self._decoder, None)
        attend(self._decoder, None)

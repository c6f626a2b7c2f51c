"""Attention that looks at one place only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet.types import Array

import numpy as np

from layers import Attention, CrossAttention, Layer
from nn.watch import sentences
from nn.watch.symptom import Finding, Observation, Symptom

FEWEST = 4  # keys of which there must be, to speak of one of them
ONE = 0.95  # of the weights of every head at one place
COLUMNS = 64  # samples of a batch that are looked at


class Heads(Symptom):
    """Layers of attention whose heads all look at one place of a sequence, whatever the query is.

    What such a layer says is the same at every step, and its queries and keys have hardly any gradient. A head that
    rests at the first step is usual in large networks (Xiao et al. 2023, arXiv:2309.17453), and one that looks at the
    step before the query is useful; so only that counts which all heads of a layer show, for all queries. Of a causal
    layer, the queries of the second half are judged, before which there are many keys.

    Parameters
    ----------
    layers : those of a network; the ones with attention are looked at.
    """

    rank = 3

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self._layers = [layer for layer in layers if isinstance(layer, (Attention, CrossAttention))]

    def find(self, seen: Observation) -> Finding | None:
        found = []
        for layer in self._layers:
            shares = sharesOfPlaces(layer)
            if len(shares) and (least := shares.max(axis=1).min()) > ONE:
                found.append((float(least), shares, layer))
        if not found:
            return None
        (share, shares, layer), *others = sorted(found, key=lambda one: -one[0])
        place, also = int(shares.mean(axis=0).argmax()), [layer for *_, layer in others]
        return sentences.ONE_PLACE.of(layer, also, share=share, place=place, steps=shares.shape[1])


def sharesOfPlaces(layer: Any) -> Array:
    """The share of each key in the weights of each head in the last pass, (heads, keys); those of a head add up to 1.

    None, (0, 0), where there are fewer keys than four, or no such pass.
    """
    weights: Array | None = layer.attentionWeights
    if weights is None or weights.shape[2] < FEWEST:
        return np.empty((0, 0))
    queries = slice(weights.shape[1] // 2, None) if getattr(layer, "causal", False) else slice(None)
    totals = weights[:, queries, :, :COLUMNS].sum(axis=(1, 3), dtype=float)
    return totals / np.maximum(totals.sum(axis=1, keepdims=True), np.finfo(float).tiny)

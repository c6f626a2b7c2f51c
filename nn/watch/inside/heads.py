"""Attention that looks at one place only."""

from __future__ import annotations

from collections.abc import Iterable

from leibnet.types import Array

import numpy as np

from layers import Layer, MultiHead
from nn.watch import sentences
from nn.watch.symptom import Finding, Observation, Symptom

FEWEST = 4  # keys of which there must be, to speak of one of them
SAME = 0.99  # of the weights of every head at one place
ALL, SHARP = (
    0.99,
    0.9,
)  # of a query's weights at one key, and the share of queries of every head that have so much there
COLUMNS = 64  # samples of a batch that are looked at


class Heads(Symptom):
    """Layers of attention whose heads look at one place only.

    Either all queries look at the same place, so that the layer says the same at every step. (A head that rests at the
    first step is usual in large networks, Xiao et al. 2023, arXiv:2309.17453.) Or every query looks at one key alone,
    as scores are that are too large: Softmax is flat there, and hardly any gradient passes to queries and keys (Zhai et
    al. 2023, arXiv:2303.06296). A single head may do so, the one that looks at the step before; so only that counts
    which all heads of a layer show, for nine queries of ten. Of a causal layer, those of the second half are judged,
    before which there are many keys.

    In healthy trainings of Transformers on texts, no place had more than a tenth of the weights of all heads, and the
    share of queries that look at one key alone was below a twentieth in some head of every layer; with a learning rate
    a hundred times too large it came to 98 %. A head alone that learns to look at the first step, which says all, gives
    it 96 % of its weights, and a twentieth of its queries look there alone.

    Parameters
    ----------
    layers : those of a network; the ones with attention are looked at.
    """

    rank = 3

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self._layers = [layer for layer in layers if isinstance(layer, MultiHead)]

    def find(self, seen: Observation) -> Finding | None:
        same, sharp = [], []
        for layer in self._layers:
            weights = _judged(layer)
            if weights.shape[2] < FEWEST:
                continue
            if (share := sharesOfPlaces(weights).max(axis=1).min()) > SAME:
                same.append((float(share), weights, layer))
            elif (share := sharpness(weights).min()) > SHARP:
                sharp.append((float(share), weights, layer))
        for found, sentence in ((same, sentences.SAME_PLACE), (sharp, sentences.SHARP_ATTENTION)):
            if found:
                (share, weights, layer), *others = sorted(found, key=lambda one: -one[0])
                place = int(sharesOfPlaces(weights).mean(axis=0).argmax())
                also = [layer for *_, layer in others]
                return sentence.of(layer, also, share=share, place=place, steps=weights.shape[2])
        return None


def _judged(layer: MultiHead) -> Array:
    """The weights of the last pass, (heads, queries, keys, N), of the queries that are judged."""
    weights = layer.attentionWeights
    queries = slice(weights.shape[1] // 2, None) if getattr(layer, "causal", False) else slice(None)
    return weights[:, queries, :, :COLUMNS]


def sharesOfPlaces(weights: Array) -> Array:
    """The share of each key in all weights (heads, queries, keys, N) of a head, (heads, keys)."""
    totals = weights.sum(axis=(1, 3), dtype=float)
    return totals / np.maximum(totals.sum(axis=1, keepdims=True), np.finfo(float).tiny)


def sharpness(weights: Array) -> Array:
    """The share of each head's queries that look at one key alone, (heads,), among those that see any."""
    seeing = np.maximum(weights.any(axis=2).sum(axis=(1, 2)), 1)
    return (weights.max(axis=2) > ALL).sum(axis=(1, 2)) / seeing

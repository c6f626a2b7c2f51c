"""What sequences and networks for them must be, where they are handed in."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from activations import Softmax
from dataset import Dataset, Vocabulary
from layers import Attention, Bidirectional, Chain, Conv1D, CrossAttention, Embedding, Layer, PositionalEncoding
from nn.models.sequences.reading import contextOf

SHORT = 2  # steps, to ask a network for the shape of what it gives


def givenSequences(owner: str, name: str, given: Any, features: int, dtype: np.dtype[Any], least: int = 1) -> Array:
    """Sequences (steps, features, N) of finite numbers in this precision, of at least so many steps."""
    x = realNumbers(owner, name, given, dtype, finite=True, scaled=True)
    if x.ndim != 3 or x.shape[1] != features or not x.shape[2] or len(x) < least:
        hint = "x[:, :, np.newaxis] is one series (steps, features)" if x.ndim == 2 else ""
        raise ValueError(refusal(owner, name, f"sequences (steps, {features}, N)", x.shape, hint))
    return x


def checkBackwardLooking(owner: str, name: str, network: Layer, attention: bool = False, context: bool = False) -> None:
    """ValueError for a layer that sees later steps, or that keeps no state from which it goes on step by step.

    With `attention`, causal ones will do, and positions: what goes on there has an end, see `Continuing.isEndless`.
    With `context`, one that looks at another sequence will do.
    """
    others = (Bidirectional, Conv1D) if context else (Bidirectional, Conv1D, CrossAttention)
    for layer in network.parts():
        if isinstance(layer, others) or (
            isinstance(layer, (Attention, PositionalEncoding)) and not (attention and getattr(layer, "causal", True))
        ):
            expected = "without one that sees later steps or has no state to go on from"
            remedy = "take LSTM or GRU" + ", or Attention(..., causal=True)" * attention
            raise ValueError(refusal(owner, name, expected, layer, remedy))


def shapeOf(network: Chain) -> tuple[tuple[int, ...], int]:
    """What a network gives for a short sequence of numbers (steps, 1), and the steps of that."""
    steps = min(SHORT, contextOf(network) or SHORT)
    return network.outputShape((steps, 1)), steps


def checkTokens(owner: str, name: str, network: Chain, tokens: int) -> None:
    """ValueError if it begins with an `Embedding` that has vectors for fewer tokens than so many."""
    first = next(iter(network.leaves().values()))
    if isinstance(first, Embedding) and first.classes < tokens:
        expected = f"a chain that begins with Embedding({tokens}, ...), for {tokens} entries of the vocabulary"
        raise ValueError(refusal(owner, name, expected, first))


def checkProbabilities(owner: str, name: str, network: Chain, tokens: int) -> None:
    """ValueError if it does not give probabilities of so many tokens at every step of a sequence of their numbers."""
    checkTokens(owner, name, network, tokens)
    (shape, steps), last = shapeOf(network), network.activation
    if shape != (steps, tokens) or last is None or last.link != Softmax.link:
        end = f"TimeDistributed(Dense(..., {tokens}, Softmax()))"
        expected = f"a chain that ends in {end}, for {tokens} entries of the vocabulary"
        raise ValueError(refusal(owner, name, expected, f"{network.layers[-1]!r}, which gives {shape}"))


def checkVocabulary(owner: str, dataset: Dataset, vocabulary: Vocabulary) -> None:
    """ValueError for a data set that says it is of another vocabulary than this one, the model's."""
    other = dataset.vocabulary
    if other is not None and other != vocabulary:
        what, remedy = f"the data set {dataset.name!r}", "make it with vocabulary=model.vocabulary"
        raise ValueError(refusal(owner, what, f"of its own vocabulary, {vocabulary!r}", f"another, {other!r}", remedy))

"""Pairs of sequences of tokens, as an encoder-decoder learns from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from leibnet.arguments import refusal
from leibnet.arrays import asArray
from leibnet.ranks import current, summed
from leibnet.types import Array

import numpy as np

from dataset import Batch, Vocabulary
from dataset.sequences.vocabulary import encodedEach


class Pairs(NamedTuple):
    """A batch of them, without the steps that none of its samples has.

    Attributes
    ----------
    inputs : the numbers of the sources, (S, 1, N).
    mask : which steps they have, (S, N); None: all.
    sourceWeights : how much each of these steps counts in the layers' own terms of the loss, (S, N); None: all alike.
    before : what the decoder reads, (T, 1, N): the targets without their last step.
    after : what it is to say, (T, N): the targets without their first step.
    label : the same as one-hot columns, (T, tokens, N).
    there : which steps of them there are, (T, N); None: all.
    weights : how much each step counts, (T, N); None: all alike.
    tokens : the sum of these.
    """

    inputs: Array
    mask: Array | None
    sourceWeights: Array | None
    before: Array
    after: Array
    label: Array
    there: Array | None
    weights: Array | None
    tokens: float

    def lists(self, end: int, count: int) -> list[tuple[list[int], int, list[int]]]:
        """Of so many pairs the source, the token that the target begins with, and the rest of it before its end."""
        found = []
        for sample in range(min(count, self.after.shape[1])):
            x = self.inputs[:, 0, sample] if self.mask is None else self.inputs[self.mask[:, sample], 0, sample]
            y = self.after[:, sample] if self.there is None else self.after[self.there[:, sample], sample]
            found.append((x.astype(int).tolist(), int(self.before[0, 0, sample]), y[y != end].tolist()))
        return found


def pairsOf(owner: str, batch: Batch, tokens: int, dtype: np.dtype[Any]) -> Pairs:
    """The pairs of a batch with the parts "inputs", "mask", "second" and "secondMask", of so many tokens.

    Raises
    ------
    ValueError : a batch without targets; numbers that are not those of tokens, with their place; a mask of another
        shape; targets of a single step, or with padding in front of other steps.
    """
    if "second" not in batch.parts:
        remedy = "Dataset.fromPairs makes them, or model.batchOf(sources, targets)"
        raise ValueError(refusal(owner, "a batch", "of pairs", batch, remedy))
    inputs, mask = _sequences(owner, "inputs", batch.inputs, "mask", batch.mask, tokens)
    second, second_mask = _sequences(owner, "second", batch.second, "secondMask", batch.parts.get("secondMask"), tokens)
    if len(second) < 2:
        expected = "targets of two steps or more, of which the first one is the start"
        raise ValueError(refusal(owner, "second", expected, second.shape))
    there = None if second_mask is None else second_mask[1:]
    if there is not None and second_mask is not None and (there & ~second_mask[:-1]).any():
        sample = int((there & ~second_mask[:-1]).any(axis=0).argmax())
        raise ValueError(refusal(owner, "secondMask", "padding behind the last step alone", f"sample {sample}"))
    after = second[1:, 0].astype(np.intp)
    label = np.zeros((len(after), tokens, after.shape[1]), dtype)
    np.put_along_axis(label, after[:, np.newaxis], 1, axis=1)
    weights, of_sources = (perStep(batch, has, x.shape[::2], dtype) for has, x in ((there, second[1:]), (mask, inputs)))
    total = float(after.size if weights is None else weights.sum(dtype=float))
    if not total:
        raise ValueError(refusal(owner, "a batch", "of targets with a step that counts", "none"))
    return Pairs(inputs, mask, of_sources, second[:-1], after, label, there, weights, total)


def encoded(owner: str, name: str, texts: Iterable[Any], vocabulary: Vocabulary) -> list[Array]:
    """Texts, or lists of tokens, as numbers; what is wrong is told with its place."""
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise TypeError(refusal(owner, name, "a list of lists of tokens, or of texts", texts))
    return encodedEach(owner, name, texts, vocabulary)


def padded(sequences: Sequence[Array], dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Sequences of numbers as (steps, 1, N), with zeros behind the shorter ones, and their mask, (steps, N)."""
    lengths = np.array([len(one) for one in sequences])
    mask = np.arange(max(1, lengths.max()))[:, np.newaxis] < lengths
    x = np.zeros((*mask.shape[::-1], 1), dtype)
    x[mask.T, 0] = np.concatenate(sequences)
    return np.ascontiguousarray(x.transpose(1, 2, 0)), mask


def checkedNumbers(owner: str, name: str, given: Any, tokens: int) -> Array:
    """Numbers of so many tokens, (steps, 1, N), if they are such."""
    x = _given(owner, name, given)
    _check_numbers(owner, name, x, tokens)
    return x


def _given(owner: str, name: str, given: Any) -> Array:
    x = asArray(given, owner, name)
    if x.ndim != 3 or x.shape[1] != 1 or not x.size:
        raise ValueError(refusal(owner, name, "numbers of tokens, (steps, 1, N)", x.shape))
    return x


def _check_numbers(owner: str, name: str, x: Array, tokens: int) -> None:
    wrong = ~((x >= 0) & (x < tokens) & (x == np.floor(x)))
    if wrong.any():
        step, _, sample = map(int, np.argwhere(wrong)[0])
        expected = f"whole numbers from 0 to {tokens - 1}, those of the vocabulary"
        raise ValueError(refusal(owner, f"{name} (step {step}, sample {sample})", expected, x[step, 0, sample].item()))


def _sequences(owner: str, name: str, given: Any, mask_name: str, mask: Any, tokens: int) -> tuple[Array, Array | None]:
    """The numbers (steps, 1, N) and their mask, None if all have all, without the last steps that no sample has.

    Where several ranks share a batch, that is said of the samples of all of them.
    """
    x = _given(owner, name, given)
    there = None if mask is None else asArray(mask, owner, mask_name).astype(bool)
    if there is not None:
        if there.shape != x.shape[::2]:
            expected = f"of shape {x.shape[::2]}, the steps and samples of {name}"
            raise ValueError(refusal(owner, mask_name, expected, there.shape))
        counts = summed(there.sum(axis=1))
        steps = np.flatnonzero(counts)
        last = int(steps[-1]) + 1 if len(steps) else 1
        x, there, samples = x[:last], there[:last], x.shape[-1] if (share := current()) is None else share.total
        there = None if (counts[:last] == samples).all() else there
    _check_numbers(owner, name, x, tokens)
    return x, there


def perStep(batch: Batch, there: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array | None:
    """How much each step counts, (steps, N): 0 at padding, and elsewhere as much as its sample; None: all alike."""
    w = batch.weights
    if w is not None and w.ndim > 1:  # of sequences with a mask: 0 at padding
        w = w.reshape(-1, w.shape[-1]).max(axis=0)
    if there is None and (w is None or (w == 1).all()):
        return None
    return np.broadcast_to(1 if w is None else w, shape).astype(dtype) * (True if there is None else there)

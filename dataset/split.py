"""One split of a data set: compact rows in memory, float columns out."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np

from dataset.facts import Facts, Labels
from dataset.rendering import Rendering
from dataset.sequences.lengths import maskOf, withoutPadding
from dataset.standardization import Standardization
from dataset.weights import besideSteps, ofSteps

CHUNK = 1000  # samples looked at at a time
MAKERS = {"inputs": "inputs", "labels": "labels", "weights": "weights", "sampleWeights": "counts", "mask": "mask"}
MAKERS |= {"second": "seconds", "secondLabels": "secondLabels", "secondMask": "secondMask"}
Places = Array | slice


@dataclass(frozen=True)
class Split:
    """Samples kept as rows, so that gathering a batch copies whole rows; delivered as columns.

    Attributes
    ----------
    rows : (N, ...), such as (N, features) or (N, channels, height, width); uint8 grey values when `white` is given,
        floats of `dtype` otherwise. With `rendering`, the factors (N, factors) of samples that are drawn when needed.
    answers : (N, ...) class numbers, such as (N,); (N, ...) floats of `dtype`, such as (N, targets); or None.
    white : the grey value that becomes the upper end of `valueRange`, or None.
    valueRange : (low, high) for grey values.
    classes : number of classes of one-hot labels; None: answers are delivered as the numbers they are.
    dtype : float32 or float64.
    sampleWeights : (N,), or (N, ...) of steps or pixels; None: all samples count alike.
    classWeights : (classes,) factors of them in the loss; None: all classes count alike.
    standardization : what the inputs go through before they are delivered, or None.
    augment : a function that changes rows of inputs before all else, or None.
    lengths : (N,), how many of its steps each sequence has, the others are padding; None: all of them.
    steps : to how many they are padded.
    rendering : how samples are drawn from rows, or None.
    second : the samples of a second domain, or None.
    partners : (N,), which of those stands beside each sample, where there are such.
    paired : whether those belong to the samples that they stand beside: sequences, which have masks.
    """

    rows: Array
    answers: Array | None
    white: int | None
    valueRange: tuple[float, float]
    classes: int | None
    dtype: np.dtype[Any]
    sampleWeights: Array | None = None
    classWeights: Array | None = None
    standardization: Standardization | None = None
    augment: Callable[[Array], Array] | None = None
    lengths: Array | None = None
    steps: int = 0
    rendering: Rendering | None = None
    second: Split | None = None
    partners: Array | None = None
    paired: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, indices: Array) -> Split:
        """Some of the samples, gathered: rows of their own."""
        parts = {name: getattr(self, name) for name in ("answers", "sampleWeights", "lengths", "partners")}
        gathered: dict[str, Any] = {
            name: None if part is None else _some(part, indices) for name, part in parts.items()
        }
        return replace(self, rows=_some(self.rows, indices), **gathered)

    def beside(self, other: Split, paired: bool = False) -> Split:
        """The split with that of a second domain beside it; the smaller one begins anew at its end."""
        places = np.arange(max(len(self), len(other)))
        one = self if len(self) == len(places) else self.some(places % len(self))
        return replace(one, second=other, partners=places % max(1, len(other)), paired=paired)

    def mixed(self, rng: np.random.Generator) -> Split:
        """The split with others of a second domain beside its samples, in a new order. Pairs stay as they are."""
        if self.second is None or self.paired:
            return self
        return replace(self, partners=rng.permutation(len(self)) % len(self.second))

    def flattened(self) -> Split:
        """The same with samples of one axis."""
        if self.rendering is None:
            return replace(self, rows=self.rows.reshape(len(self.rows), math.prod(self.rows.shape[1:])))
        return replace(self, rendering=replace(self.rendering, shape=(math.prod(self.rendering.shape),)))

    def part(self, places: Places, name: str) -> Array:
        """The part of this name of the samples at these places, (n,) or a slice, as fresh columns (..., n)."""
        part: Array = getattr(self, MAKERS[name])(places)
        return part

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parts: "inputs", "labels", and of the others in MAKERS those that there are."""
        there = {
            "weights": self.isCounted or self.classWeights is not None,
            "sampleWeights": self.isCounted,
            "mask": self.lengths is not None or self.paired,
            "second": self.second is not None,
            "secondLabels": self.second is not None and self.second.answers is not None,
            "secondMask": self.paired,
        }
        return "inputs", "labels", *(name for name, is_there in there.items() if is_there)

    @property
    def isCounted(self) -> bool:
        """Whether some samples, or steps, count more than others in figures."""
        return self.sampleWeights is not None or self._weighsSteps

    @property
    def _weighsSteps(self) -> bool:
        """Whether there are steps of padding, and labels of steps, or none but the inputs themselves."""
        if self.lengths is None or self.paired:
            return False
        if self.answers is None:
            return self.rows.ndim == 3
        return self.answers.ndim == (2 if self.answers.dtype.kind in "iu" else 3) and (
            self.answers.shape[1] == self.steps
        )

    def inputs(self, places: Places) -> Array:
        """The inputs of the samples at these places, (n,) or a slice, as fresh columns (features, n), or (..., n)."""
        rows = _some(self.rows, places)
        if self.rendering is not None:
            rows = self.rendering(rows)
        if self.augment is not None:
            rows = self.augment(rows)
        x = columns(rows if self.white is None else self._scaled(rows, self.white))
        if self.standardization is not None:
            x = self.standardization.apply(x)
        return x if x.dtype == self.dtype else x.astype(self.dtype)

    def counts(self, places: Places) -> Array:
        """How much the samples at these places count in figures, (n,) or (..., n)."""
        return columns(self._counts(places)).astype(self.dtype)

    def _counts(self, places: Places, everyStep: bool = False) -> Array:
        """The same as rows; padding counts 0."""
        own = None if self.sampleWeights is None else _some(self.sampleWeights, places)
        if not (everyStep or self._weighsSteps):
            assert own is not None
            return own
        return ofSteps(self.mask(places).T, own)

    def mask(self, places: Places) -> Array:
        """(steps, n), True where the sequences at these places have that step."""
        if self.lengths is None:
            return np.ones((self.steps, len(_some(self.rows, places))), bool)
        return maskOf(_some(self.lengths, places), self.steps)

    def stepWeights(self, places: Places) -> Array | None:
        """How much the samples at these places count in means over all inputs, (n,) or (..., n): padding not at all."""
        if self.lengths is not None and self.rows.ndim == 3:
            return columns(self._counts(places, everyStep=True))
        return None if self.sampleWeights is None else columns(_some(self.sampleWeights, places))

    def weights(self, places: Places) -> Array:
        """How much they count in the loss, (n,) or (..., n): the weights of samples times those of their classes."""
        if self.classWeights is None or self.answers is None:
            return self.counts(places)
        weights = self.classWeights[_some(self.answers, places)]
        if self.isCounted:
            own = self._counts(places)
            fewer, more = (own, weights) if own.ndim <= weights.ndim else (weights, own)
            weights = besideSteps(fewer, more) * more
        return columns(weights).astype(self.dtype)

    def seconds(self, places: Places) -> Array:
        """The inputs of the second domain beside the samples at these places, as fresh columns (..., n)."""
        assert self.second is not None
        assert self.partners is not None
        return self.second.inputs(self.partners[places])

    def secondLabels(self, places: Places) -> Array:
        """Their labels."""
        assert self.second is not None
        assert self.partners is not None
        return self.second.labels(self.partners[places])

    def secondMask(self, places: Places) -> Array:
        """Which steps the sequences beside the samples at these places have, (steps, n)."""
        assert self.second is not None
        assert self.partners is not None
        return self.second.mask(self.partners[places])

    def _scaled(self, grey: Array, white: int) -> Array:
        """Grey values as floats: 0 becomes exactly low, white exactly high.

        high · t + low · (1 - t) with t = grey / white is exact at both ends, low + (high - low) · t is not.
        """
        low, high = self.valueRange
        values = np.divide(grey, white, dtype=self.dtype)
        if (low, high) != (0.0, 1.0):
            rest = 1 - values
            rest *= low
            values *= high
            values += rest
        return values

    def labels(self, places: Places) -> Array:
        """The labels of the samples at these places, (n,) or a slice, as fresh columns; (0, n) if there are none."""
        if self.answers is None:
            return np.zeros((0, len(_some(self.rows, places))), self.dtype)
        answers = _some(self.answers, places)
        if self.classes is not None:
            return _one_hot(columns(answers), self.classes, self.dtype)
        answers = answers.astype(self.dtype, copy=answers.ndim == 1)
        return answers[np.newaxis, :] if answers.ndim == 1 else columns(answers)


def factsOf(splits: Mapping[str, Split], valueRange: tuple[float, float] | None) -> Facts:
    """What is known of all samples of a data set: of the inputs for training, and of the labels of all splits."""
    return Facts(partial(_inputs, splits["train"]), partial(_labels, splits), valueRange)


def checksum(splits: Mapping[str, Split], crc: int = 0) -> int:
    """CRC-32 of all samples and labels, and of how they are delivered, going on from `crc`."""
    for name, split in splits.items():
        delivery = name, split.rows.shape, split.white, split.valueRange, split.classes, str(split.dtype)
        scale = () if split.standardization is None else (split.standardization.config(),)
        drawn = () if split.rendering is None else (split.rendering.shape, split.rendering.checksum)
        crc = zlib.crc32(repr(delivery + scale + drawn).encode(), crc)
        for rows in (split.rows, split.answers, split.sampleWeights, split.classWeights, split.lengths):
            if rows is not None and rows.size:
                few = rows is split.answers and rows.dtype.kind == "u"  # class numbers in few bytes count as others do
                crc = _checksum(rows, np.dtype(np.intp) if few else rows.dtype, crc)
        crc = crc if split.second is None else checksum({"second": split.second}, crc)
    return crc


def _checksum(rows: Array, dtype: np.dtype[Any], crc: int) -> int:
    """CRC-32 of rows in this type, going on from `crc`."""
    for start in range(0, len(rows), CHUNK):
        crc = zlib.crc32(np.ascontiguousarray(rows[start : start + CHUNK], dtype).data.cast("B"), crc)
    return crc


def _inputs(split: Split) -> Iterator[Array]:
    for start in range(0, len(split), CHUNK):
        part = slice(start, min(start + CHUNK, len(split)))
        yield withoutPadding(split.inputs(part), None if split.lengths is None else split.mask(part))


def _labels(splits: Mapping[str, Split]) -> Labels:
    train = splits["train"]
    if train.answers is None:
        return Labels(0)
    if train.classes is not None:
        return Labels(train.classes, 0.0, 1.0, 2, train.classes > 1)
    whole = slice(None)
    return Labels.of(
        *(
            withoutPadding(split.labels(whole), None if split.lengths is None else split.mask(whole))
            for split in splits.values()
        )
    )


def columns(rows: Array) -> Array:
    """Rows (N, ...) as columns (..., N), a view."""
    return rows.T if rows.ndim <= 2 else np.moveaxis(rows, 0, -1)


def _some(rows: Array, places: Places) -> Array:
    """Those at these places, gathered; of a slice, a view."""
    return rows[places] if isinstance(places, slice) else np.take(rows, places, axis=0)


def _one_hot(numbers: Array, classes: int, dtype: np.dtype[Any]) -> Array:
    """Class numbers (..., n) with a further axis of the classes, that of the features, with a one for each number.

    (n,) becomes (classes, n), (steps, n) becomes (steps, classes, n), (height, width, n) (classes, height, width, n).
    """
    if numbers.ndim == 1:
        ones = np.zeros((classes, len(numbers)), dtype)
        ones[numbers, np.arange(len(numbers))] = 1
        return ones
    axis = featureAxis(numbers[np.newaxis])
    ones = np.zeros((*numbers.shape[:axis], classes, *numbers.shape[axis:]), dtype)
    np.put_along_axis(ones, np.expand_dims(numbers, axis), 1, axis)
    return ones

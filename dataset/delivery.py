"""How a data set that was cut into splits is delivered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import count, islice, repeat
from typing import Any, Self

from leibnet import randomness
from leibnet.arguments import choice, flag, floatType, instance, randomGenerator, refusal, wholeNumber
from leibnet.arrays import positionsOf
from leibnet.ranks import Share, Sharing
from leibnet.terminal import shown
from leibnet.types import Array, Shape

import numpy as np

from dataset.augmentation import Augmentation, augmentedShape
from dataset.batch import Batch
from dataset.sequences.lengths import maskOf
from dataset.sequences.vocabulary import Vocabulary
from dataset.sizes import Sizes
from dataset.source import Option, Source
from dataset.split import CHUNK, Places, Split, checksum, columns, factsOf
from dataset.standardization import Standardization
from dataset.weights import ofClasses, ofSteps, scaleOf

GATHERED = 2**16  # bytes of inputs gathered at a time, where batches are smaller


class Delivery:
    """Three splits, delivered in batches; base of `Dataset`, whose attributes and methods are described there."""

    name: str
    batch_size: int
    shuffle: bool
    dropLast: bool
    dtype: np.dtype[Any]
    augment: Augmentation | None
    _rng: np.random.Generator | None
    continues = False
    vocabulary: Vocabulary | None = None
    second: Self | None = None
    paired = False
    _isStandardized = False

    @property
    def rng(self) -> np.random.Generator:
        """The generator it draws from: as given, or the library's own, which is looked up when it is used."""
        return randomness.data.generator if self._rng is None else self._rng

    @property
    def isWeighted(self) -> bool:
        """Whether some samples or classes count more than others."""
        return "weights" in self._splits["train"].names

    def _configure(
        self, owner: str, batch_size: Any, shuffle: Any, dropLast: Any, dtype: Any, augment: Any, rng: Any
    ) -> None:
        self.batch_size = wholeNumber(owner, "batch_size", batch_size)
        self.shuffle = flag(owner, "shuffle", shuffle)
        self.dropLast = flag(owner, "dropLast", dropLast)
        self.dtype = floatType(owner, dtype)
        self.augment = None if augment is None else instance(owner, "augment", augment, Augmentation, "Shifts(2)")
        self._rng = randomGenerator(owner, rng)

    def _cut(
        self,
        source: Source,
        sizes: Sizes,
        valueRange: tuple[float, float],
        oneHot: bool | None,
        standardize: bool = False,
        classWeights: Any = None,
    ) -> None:
        """Cut the source into the three splits."""
        if source.white is None and valueRange != (0.0, 1.0):
            expected = f"omitted for {source.name!r}, whose inputs are no grey values (uint8) and not scaled"
            raise ValueError(
                refusal(sizes.owner, "valueRange", expected, valueRange, "scale them yourself and omit valueRange")
            )
        self.train_size, self.validation_size, self.test_size = sizes.fit(source)
        if self.dropLast and self.batch_size > self.train_size:
            expected = f"at most the {self.train_size} training samples, because of dropLast"
            remedy = "there would be no batch: make batch_size smaller or omit dropLast"
            raise ValueError(refusal(sizes.owner, "batch_size", expected, self.batch_size, remedy))

        self._augmentedShape = augmentedShape(sizes.owner, self.augment, source)
        self.name = source.name
        self.options: dict[str, Option] = {}
        self.sampleShape: Shape = source.sampleShape
        self.inputDim = math.prod(self.sampleShape)
        self.classes, self.classNames = source.classes, source.classNames
        self.featureNames = source.featureNames
        self.imageShape = source.imageShape
        self.valueRange = None if source.white is None else valueRange
        self.centres = source.centres
        self.factorNames = None if source.rendering is None else list(source.rendering.names)
        self.factorSizes = None if source.rendering is None else source.rendering.sizes
        self.checksums = dict(source.checksums)
        self.description = source.description
        classes, n = None if oneHot is False else source.classes, self.train_size
        scale = scaleOf(sizes.owner, None if source.weights is None else source.weights[:n])
        numbers = source.labels if source.classes is not None else None
        numbers, weights = (None if rows is None else rows[:n] for rows in (numbers, source.weights))
        steps = source.inputs.shape[1]
        if source.lengths is not None and numbers is not None and numbers.ndim == 2:
            weights = ofSteps(maskOf(source.lengths[:n], steps).T, weights)
        class_weights = ofClasses(sizes.owner, classWeights, source.classes, source.classNames, numbers, weights)
        precision = np.dtype(float) if standardize else self.dtype

        def split(
            inputs: Array, labels: Array | None, weights: Array | None, lengths: Array | None, start: int, size: int
        ) -> Split:
            part = slice(start, start + size)
            rows = inputs[part].astype(precision, copy=False) if inputs.dtype.kind == "f" else inputs[part]
            answers = None if labels is None else labels[part]
            made = Split(rows, answers, source.white, valueRange, classes, self.dtype, classWeights=class_weights)
            lengths = None if lengths is None or (lengths[part] == steps).all() else lengths[part]
            own = None if weights is None else weights[part] / scale
            return replace(made, sampleWeights=own, lengths=lengths, steps=steps, rendering=source.rendering)

        train = source.inputs, source.labels, source.weights, source.lengths
        test = source.testInputs, source.testLabels, source.testWeights, source.testLengths
        self._splits = {
            "train": split(*train, 0, n),
            "validation": split(*train, n, self.validation_size),
            "test": split(*test, 0, self.test_size),
        }
        self.labelShape: Shape = self._splits["train"].labels(np.arange(1)).shape[:-1]
        self.labelDim = math.prod(self.labelShape)
        self.standardization = _standardization(self._splits["train"]) if standardize else None
        self._lookUp()

    def _lookUp(self) -> None:
        """What is found out about the splits when it is asked for."""
        self.facts = factsOf(self._splits, self.valueRange)
        self._fingerprint: int | None = None

    def _withSplits(self, splits: dict[str, Split], valueRange: tuple[float, float] | None) -> Self:
        """The same data set with other splits, and this range of their grey values."""
        made, scale = copy(self), scaleOf("Dataset", splits["train"].sampleWeights)
        made._splits = {
            name: one if one.sampleWeights is None else replace(one, sampleWeights=one.sampleWeights / scale)
            for name, one in splits.items()
        }
        made.train_size, made.validation_size, made.test_size = map(len, splits.values())
        if self.dropLast and self.batch_size > made.train_size:
            expected = f"at most the {made.train_size} training samples that are left, because of dropLast"
            raise ValueError(refusal("Dataset", "batch_size", expected, self.batch_size))
        made.labelShape = splits["train"].labels(np.arange(1)).shape[:-1]
        made.labelDim = math.prod(made.labelShape)
        made.valueRange = valueRange
        made._lookUp()
        return made

    def _standBeside(self, other: Self, paired: bool = False) -> None:
        """Puts the samples of a second domain beside those of this one, for good if they are pairs."""
        self.second = other
        self._splits = {name: one.beside(other._splits[name], paired) for name, one in self._splits.items()}
        self.train_size, self.validation_size, self.test_size = map(len, self._splits.values())
        self._lookUp()

    def asColumns(self) -> Self:
        """The same data set with samples as columns (features, N), whatever their shape was."""
        flat = copy(self)
        flat._splits = {name: one.flattened() for name, one in self._splits.items()}
        flat.standardization = self.standardization and self.standardization.flattened(self.sampleShape)
        flat.sampleShape = (self.inputDim,)
        if self.second is not None:
            flat.second = other = self.second.asColumns()
            flat._splits = {name: replace(one, second=other._splits[name]) for name, one in flat._splits.items()}
        flat._lookUp()
        return flat

    def standardizedBy(self, standardization: Standardization | None) -> Self:
        """The same data set, delivered as a model sees it that has this `standardization`; without one, itself.

        It draws from the same generator. Models ask for it, so that they take and give raw numbers; a data set that is
        standardised already stays as it is.
        """
        if standardization is None or self._isStandardized:
            return self
        standardization.check(self.sampleShape)
        seen = copy(self)
        seen._splits = {name: replace(one, standardization=standardization) for name, one in self._splits.items()}
        seen._isStandardized, seen.valueRange = True, None
        seen._lookUp()
        return seen

    def batches(self, share: Sharing = None) -> Iterator[tuple[Batch, Batch, int]]:
        """One epoch: every training sample once, in a new order each time if `shuffle`.

        Yields
        ------
        (train, test, batchSize): two batches and the number of samples of each. train[0], train[1] are the inputs
        (*sampleShape, batchSize) and labels (*labelShape, batchSize); the last batch may be smaller, unless `dropLast`.
        `test` is the next batch of as many test samples, in order and from the start again at their end; it costs
        nothing unless it is read. Without test samples it is empty, with 0 columns. With `augment`, the training inputs
        are changed, in each epoch otherwise.

        Where several ranks train one model, `share` says which columns of a batch of so many samples are this one's:
        `train` then has those alone, and what belongs to the others is never read; batchSize is that of the whole.
        """
        train, test = self._splits["train"], self._splits["test"]
        order = self.rng.permutation(self.train_size) if self.shuffle else np.arange(self.train_size)
        train = train.mixed(self.rng) if self.shuffle else train
        nothing = self._batch(test, np.arange(0))
        seed = 0 if self.augment is None else int(self.rng.integers(2**63))
        for start, split, places in self._places(train, order, share):
            window = start // self.batch_size if self.continues else None
            size = min(self.batch_size, self.train_size - start)
            seen = self._augmented(split, seed, start, None if share is None else share(size))
            batch, tests = self._batch(seen, places, window), nothing
            if self.test_size:
                tests = self._batch(test, np.arange(start, start + size) % self.test_size)
            yield batch, tests, size

    def _augmented(self, split: Split, seed: int, start: int, share: Share | None) -> Split:
        """The split as the batch that begins at `start` sees it. Whichever batches are read, each has its own draws."""
        if self.augment is None or self._augmentedShape is None:
            return split
        augment = partial(self.augment.toRows, imageShape=self._augmentedShape, seed=(seed, start), share=share)
        return replace(split, augment=augment)

    def _places(self, train: Split, order: Array, share: Sharing) -> Iterator[tuple[int, Split, Places]]:
        """The batches of an epoch: where each begins, and the places of its samples in a split.

        Small batches are cut from one that is gathered for several of them: that takes half the time.
        """
        size = self.batch_size
        starts, several = count(0, size), GATHERED // max(1, train.rows[:size].nbytes)
        batches = (order[start : start + size] for start in range(0, len(self) * size, size))
        if share is not None:
            batches = (batch[share(len(batch)).columns] for batch in batches)
        if several <= 1:
            yield from zip(starts, repeat(train), batches, strict=False)
            return
        while some := list(islice(batches, several)):
            gathered, place = train.some(np.concatenate(some)), 0
            for batch in some:
                yield next(starts), gathered, slice(place, place := place + len(batch))

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        whole, rest = divmod(self.train_size, self.batch_size)
        return whole + (rest > 0 and not self.dropLast)

    def trainSet(self) -> Batch:
        """All training samples in order, as one batch."""
        return self._whole("train")

    def testSet(self) -> Batch:
        """All test samples in order, as one batch."""
        return self._whole("test")

    def validationSet(self) -> Batch:
        """All validation samples in order, as one batch."""
        return self._whole("validation")

    def _whole(self, name: str) -> Batch:
        split = self._splits[name]
        return self._batch(split, np.arange(len(split)))

    def chunks(self, split: str, size: int | None = None) -> Iterator[Batch]:
        """A split in order and in pieces, to evaluate it in bounded memory.

        Parameters
        ----------
        split : "train", "validation" or "test".
        size : samples in a piece, default 1,000; where the data set `continues`, the size of its batches.

        Yields
        ------
        Batches (inputs, labels): (*sampleShape, n) and (*labelShape, n), n the size, in the last piece what is left.
        """
        samples = self._split("Dataset.chunks", split)
        usual = self.batch_size if self.continues else CHUNK
        size = usual if size is None else wholeNumber("Dataset.chunks", "size", size)
        starts = range(0, len(samples), size)
        windows = count() if self.continues and size == self.batch_size else repeat(None)
        return (
            self._batch(samples, np.arange(start, min(start + size, len(samples))), window)
            for start, window in zip(starts, windows, strict=False)
        )

    def labels(self, split: str) -> Array:
        """The class numbers (N,) of "train", "validation" or "test", in order, as whole numbers.

        Of class numbers for every step or pixel, (..., N); those of padding are 0.

        Raises
        ------
        ValueError : an unknown split, or a data set without classes.
        """
        answers = self._split("Dataset.labels", split).answers
        if self.classes is None or answers is None:
            remedy = "what labels there are is in trainSet().labels"
            raise ValueError(refusal("Dataset.labels", "the data set", "one with classes", self.name, remedy))
        return columns(answers).astype(np.intp)

    def fingerprint(self) -> int:
        """CRC-32 of all samples and labels of all splits, and of how they are delivered; found once, and kept."""
        if self._fingerprint is None:
            self._fingerprint = checksum(self._splits)
        return self._fingerprint

    def _batch(self, split: Split, places: Places, window: int | None = None) -> Batch:  # gathered when they are read
        size = places.stop - places.start if isinstance(places, slice) else len(places)
        return Batch(size, partial(split.part, places), split.names, self.facts, window)

    def _split(self, owner: str, name: str) -> Split:
        return self._splits[choice(owner, "split", name, list(self._splits))]

    def __repr__(self) -> str:
        shape = "" if self.imageShape is None else " ({} x {})".format(*self.imageShape)
        inputs = f"{self.inputDim}{shape}" if len(self.sampleShape) == 1 else " x ".join(map(str, self.sampleShape))
        standardized = "" if self.standardization is None else " (models see them standardised)"
        values = standardized if self.valueRange is None else " in [{:g}, {:g}]".format(*self.valueRange)
        kind = "no labels"
        if self.labelDim:
            classes = "" if self.classes is None else f" ({self.classes} classes)"
            kind = f"labels {' x '.join(map(str, self.labelShape))}{classes}"
        if self.second is not None:
            kind += (
                f"; second domain {' x '.join(map(str, self.second.sampleShape))}{', paired' if self.paired else ''}"
            )
        augmented = "" if self.augment is None else f"; training batches go through {self.augment!r}"
        return (
            f"Dataset {shown(repr(self.name))}: {self.train_size:,} training, {self.validation_size:,} validation, "
            f"{self.test_size:,} test samples; inputs {inputs}{values}, {kind}, {self.dtype}; "
            f"{len(self):,} batches of {self.batch_size}{augmented}"
        )


def _standardization(train: Split) -> Standardization:
    """That of the training samples. Padding, and weights of steps or pixels that inputs do not have, play no part."""

    def pieces() -> Iterator[tuple[Array, Array | None]]:
        for start in range(0, len(train), CHUNK):
            part = slice(start, start + CHUNK)
            x = columns(train.rows[part]) if train.white is None else train.inputs(np.arange(len(train))[part])
            w = train.stepWeights(part)
            yield x, w if w is None or w.ndim == 1 or w.shape == positionsOf(x.shape) else None

    return Standardization.ofPieces(pieces)

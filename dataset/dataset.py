"""A data set, cut into splits and batches."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from leibnet import randomness
from leibnet.arguments import choice, flag, floatType, interval, randomGenerator, refusal, wholeNumber
from leibnet.terminal import shown
from leibnet.types import Array, Shape

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset import arrays, catalogue
from dataset.batch import Batch
from dataset.sizes import Sizes
from dataset.source import Request, Source
from dataset.split import Split, checksum, columns, factsOf


class Dataset:
    """Samples for training, validation and test, delivered in batches. Samples are columns.

        dataset = Dataset("mnist", train_size=60000, test_size=10000, batch_size=50)
        for train, test, batchSize in dataset.batches():
            x, y = train                            # x (784, 50) in [0, 1], y (10, 50) one-hot, float32

    The training samples are the first `train_size` of the data set's training part, the validation samples the next
    `validation_size`, the test samples the first `test_size` of its test part.

    Parameters
    ----------
    name : "digits" (1,437 + 360 samples of 8 x 8, bundled), "mnist" or "fashion_mnist" (60,000 + 10,000 of 28 x 28,
        downloaded where they are not at hand), "two_moons", "ring" or "grid" (points in the plane, generated on the
        spot, 10,000 + 2,000 by default). `dataset.names` lists them. `Dataset.fromArrays` takes arrays of your own.
    train_size : number of training samples; default: all that are left.
    test_size : number of test samples, may be 0; default: all there are.
    batch_size : samples in a batch, default 50.
    validation_size : number of samples that are kept for validation, default 0.
    shuffle : whether every epoch has an order of its own, default True.
    images : False (default): inputs are columns (784, N). True: they are images (1, 28, 28, N), a view of the same
        columns. Only for data sets of images.
    valueRange : (low, high): black becomes exactly low, white exactly high; default (0, 1). Only for images, that is
        grey values; coordinates are delivered as they are.
    oneHot : True, and the default for class numbers (N,): a class becomes a column with a one in its row. False: the
        labels are one row of class numbers, as floats. Without effect on labels (targets, N), which are no classes.
    dropLast : whether to leave out a last batch that would be smaller, default False.
    dtype : np.float32 (default) or np.float64, of everything that is delivered.
    rng : a numpy Generator, or a seed for a new one; default: `dataset.random.generator`. Used to generate points,
        to split off test samples (`fromArrays`) and to shuffle. Same state, same batches.
    folder : where to look for MNIST's or Fashion-MNIST's four files first: the folder they are in, or the one that
        has it as its subfolder `mnist` or `fashion_mnist`. After it come the folder named by the environment
        variable LEIBNET_DATA (which has those subfolders), the cache, and the download. MNIST's files may be
        decompressed or compressed again; of Fashion-MNIST only the published .gz files can be verified and are
        accepted.
    options : of the generated sets: two_moons: noise=0.1; ring: modes=8, radius=1.0, deviation=0.01;
        grid: side=5, spacing=2.0, deviation=0.05.

    Attributes
    ----------
    name : the name.
    train_size, validation_size, test_size : samples in each split.
    batch_size : samples in a batch.
    sampleShape : shape of the inputs of one sample: (784,), with `images` (1, 28, 28).
    labelShape : shape of the label of one sample: (10,) one-hot, (1,) a class number, (targets,), or (0,) no labels.
    inputDim, labelDim : how many numbers these are, 784 and 10.
    classes : number of classes, or None.
    classNames : their names, a list, or None.
    imageShape : (height, width), or None.
    valueRange : (low, high) of grey values, or None where nothing is scaled.
    dtype : np.dtype of what is delivered.
    shuffle, dropLast, rng : as given.
    centres : (2, modes) centres of "ring" and "grid", or None.
    checksums : SHA-256 of the content of each file that was read, by file name.
    description : where the data come from, and their licence.
    facts : what holds for all samples, see `dataset.facts.Facts`.

    Raises
    ------
    ValueError : an unknown name, a size that does not fit, a bad range or dtype.
    TypeError : an argument of the wrong kind, an option the data set does not have.
    CorruptFileError : a file of the data set is damaged.
    DownloadError : the data set is not at hand and no mirror delivered it.
    """

    def __init__(
        self,
        name: str,
        train_size: int | None = None,
        test_size: int | None = None,
        batch_size: int = 50,
        *,
        validation_size: int = 0,
        shuffle: bool = True,
        images: bool = False,
        valueRange: tuple[float, float] = (0.0, 1.0),
        oneHot: bool | None = None,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
        folder: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        catalogue.check("Dataset", name, options)
        sizes = Sizes.checked("Dataset", train_size, test_size, validation_size)
        self._configure("Dataset", batch_size, shuffle, dropLast, dtype, rng)
        images, one_hot = flag("Dataset", "images", images), _one_hot("Dataset", oneHot)
        value_range = interval("Dataset", "valueRange", valueRange, self.dtype)
        request = Request(sizes.trainPart, sizes.test, self.rng, None if folder is None else Path(folder))
        source = catalogue.load(name, request, options)
        self._cut(_as_images(source) if images else source, sizes, value_range, one_hot)

    @classmethod
    def fromArrays(
        cls,
        inputs: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        testInputs: ArrayLike | None = None,
        testLabels: ArrayLike | None = None,
        name: str = "arrays",
        train_size: int | None = None,
        test_size: int | None = None,
        batch_size: int = 50,
        validation_size: int = 0,
        shuffle: bool = True,
        valueRange: tuple[float, float] = (0.0, 1.0),
        oneHot: bool | None = None,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
    ) -> Dataset:
        """A data set of arrays of your own, which are copied. Samples are the last axis.

            x = np.random.default_rng(0).normal(size=(3, 600))
            dataset = Dataset.fromArrays(x, (x.sum(axis=0) > 0).astype(int), batch_size=20)

        Parameters
        ----------
        inputs : (features, N), images (channels, height, width, N), sequences (steps, features, N), or any other shape
            (..., N). uint8 is taken for grey values from 0 to 255 and scaled to `valueRange`; other numbers are
            delivered as they are, also black-and-white images, uint8 of nothing but 0 and 1, and bool.
        labels : class numbers (N,), targets (targets, N), labels of any shape (..., N) such as
            (classes, height, width, N) or (steps, targets, N), or None: then they are empty, (0, n).
            The number of classes is the largest class number + 1, training and test labels taken together; at most a
            million.
        testInputs, testLabels : the test part, of the same kind. Without them `test_size` samples chosen by `rng`
            are split off from `inputs`; by default a sixth of them, rounded down, or what train_size and
            validation_size leave if that is less. Validation samples are chosen by `rng` as well.
        oneHot : None (default): class numbers (N,) become one-hot columns (classes, N), and labels with more axes are
            delivered as the numbers they are, integers as floats. False: class numbers become one row (1, N).
            True: class numbers for every step (steps, N) or pixel (height, width, N), too, become one-hot, with the
            classes in the place of the features: (steps, classes, N), (classes, height, width, N). But labels
            (targets, N) of inputs (features, N) are always targets.
        name : what it is called when printed.
        shuffle : whether every epoch has an order of its own, default True. False: the samples stay in the order in
            which they are given, also those that are chosen for test and validation.
        train_size, test_size, batch_size, validation_size, valueRange, dropLast, dtype, rng : as for `Dataset`.

        Raises
        ------
        ValueError : shapes that do not fit, empty arrays, values that are not finite or masked, sizes that do not fit.
        TypeError : an argument of the wrong kind, arrays of complex numbers, texts or objects.

        Warns
        -----
        UserWarning : numbers that `dtype` cannot tell apart, such as time stamps; classes without samples.
        """
        sizes = Sizes.checked(arrays.OWNER, train_size, test_size, validation_size)
        dataset = cls.__new__(cls)
        dataset._configure(arrays.OWNER, batch_size, shuffle, dropLast, dtype, rng)
        value_range = interval(arrays.OWNER, "valueRange", valueRange, dataset.dtype)
        one_hot = _one_hot(arrays.OWNER, oneHot)
        source = arrays.Given(inputs, labels, testInputs, testLabels, dataset.dtype, one_hot).source(name)
        source = arrays.arranged(source, sizes, dataset.rng, dataset.shuffle, hasTest=testInputs is not None)
        dataset._cut(source, sizes, value_range, one_hot)
        return dataset

    def _configure(self, owner: str, batch_size: Any, shuffle: Any, dropLast: Any, dtype: Any, rng: Any) -> None:
        self.batch_size = wholeNumber(owner, "batch_size", batch_size)
        self.shuffle = flag(owner, "shuffle", shuffle)
        self.dropLast = flag(owner, "dropLast", dropLast)
        self.dtype = floatType(owner, dtype)
        self._rng = randomGenerator(owner, rng)

    @property
    def rng(self) -> np.random.Generator:
        """The generator it draws from: as given, or the library's own, which is looked up when it is used."""
        return randomness.data.generator if self._rng is None else self._rng

    def _cut(self, source: Source, sizes: Sizes, valueRange: tuple[float, float], oneHot: bool | None) -> None:
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

        self.name = source.name
        self.sampleShape: Shape = source.inputs.shape[1:]
        self.inputDim = math.prod(self.sampleShape)
        self.classes = source.classes
        self.classNames = source.classNames
        self.imageShape = source.imageShape
        self.valueRange = None if source.white is None else valueRange
        self.centres = source.centres
        self.checksums = dict(source.checksums)
        self.description = source.description
        classes = None if oneHot is False else source.classes

        def split(inputs: Array, labels: Array | None, start: int, size: int) -> Split:
            part = slice(start, start + size)
            rows = inputs[part] if source.white is not None else inputs[part].astype(self.dtype, copy=False)
            answers = None if labels is None else labels[part]
            return Split(rows, answers, source.white, valueRange, classes, self.dtype)

        self._splits = {
            "train": split(source.inputs, source.labels, 0, self.train_size),
            "validation": split(source.inputs, source.labels, self.train_size, self.validation_size),
            "test": split(source.testInputs, source.testLabels, 0, self.test_size),
        }
        self.labelShape: Shape = self._splits["train"].labels(np.arange(1)).shape[:-1]
        self.labelDim = math.prod(self.labelShape)
        self.facts = factsOf(self._splits, self.valueRange)
        self._fingerprint: int | None = None

    def batches(self) -> Iterator[tuple[Batch, Batch, int]]:
        """One epoch: every training sample once, in a new order each time if `shuffle`.

        Yields
        ------
        (train, test, batchSize): two batches and the number of samples of each. train[0], train[1] are the inputs
        (*sampleShape, batchSize) and labels (*labelShape, batchSize); the last batch may be smaller, unless `dropLast`.
        `test` is the next batch of as many test samples, in order and from the start again at their end; it costs
        nothing unless it is read. Without test samples it is empty, with 0 columns.
        """
        train, test = self._splits["train"], self._splits["test"]
        order = self.rng.permutation(self.train_size) if self.shuffle else np.arange(self.train_size)
        for number in range(len(self)):
            start = number * self.batch_size
            chosen = order[start : start + self.batch_size]
            ahead = np.arange(start, start + len(chosen)) % self.test_size if self.test_size else np.arange(0)
            yield self._batch(train, chosen), self._batch(test, ahead), len(chosen)

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

    def chunks(self, split: str, size: int = 1000) -> Iterator[Batch]:
        """A split in order and in pieces, to evaluate it in bounded memory.

        Parameters
        ----------
        split : "train", "validation" or "test".
        size : samples in a piece, default 1,000.

        Yields
        ------
        Batches (inputs, labels): (*sampleShape, n) and (*labelShape, n), n the size, in the last piece what is left.
        """
        samples = self._split("Dataset.chunks", split)
        size = wholeNumber("Dataset.chunks", "size", size)
        starts = range(0, len(samples), size)
        return (self._batch(samples, np.arange(start, min(start + size, len(samples)))) for start in starts)

    def labels(self, split: str) -> Array:
        """The class numbers (N,) of "train", "validation" or "test", in order, as whole numbers.

        Of class numbers for every step or pixel, (..., N).

        Raises
        ------
        ValueError : an unknown split, or a data set without classes.
        """
        answers = self._split("Dataset.labels", split).answers
        if self.classes is None or answers is None:
            remedy = "what labels there are is in trainSet().labels"
            raise ValueError(refusal("Dataset.labels", "the data set", "one with classes", self.name, remedy))
        return columns(answers).copy()

    def fingerprint(self) -> int:
        """CRC-32 of all samples and labels of all splits, and of how they are delivered; found once, and kept."""
        if self._fingerprint is None:
            self._fingerprint = checksum(self._splits)
        return self._fingerprint

    def _batch(self, split: Split, indices: Array) -> Batch:  # gathered when they are read
        return Batch(len(indices), partial(split.part, indices), facts=self.facts)

    def _split(self, owner: str, name: str) -> Split:
        return self._splits[choice(owner, "split", name, list(self._splits))]

    def __repr__(self) -> str:
        shape = "" if self.imageShape is None else " ({} x {})".format(*self.imageShape)
        inputs = f"{self.inputDim}{shape}" if len(self.sampleShape) == 1 else " x ".join(map(str, self.sampleShape))
        values = "" if self.valueRange is None else " in [{:g}, {:g}]".format(*self.valueRange)
        kind = "no labels"
        if self.labelDim:
            classes = "" if self.classes is None else f" ({self.classes} classes)"
            kind = f"labels {' x '.join(map(str, self.labelShape))}{classes}"
        return (
            f"Dataset {shown(repr(self.name))}: {self.train_size:,} training, {self.validation_size:,} validation, "
            f"{self.test_size:,} test samples; inputs {inputs}{values}, {kind}, {self.dtype}; "
            f"{len(self):,} batches of {self.batch_size}"
        )


def _as_images(source: Source) -> Source:
    """The source with its rows (N, height · width) as images (N, 1, height, width), a view."""
    if source.imageShape is None:
        raise ValueError(
            refusal("Dataset", "images", f"False for {source.name!r}, whose samples are no images", True, "omit it")
        )
    images, test_images = (
        rows.reshape(len(rows), 1, *source.imageShape) for rows in (source.inputs, source.testInputs)
    )
    return replace(source, inputs=images, testInputs=test_images)


def _one_hot(owner: str, value: Any) -> bool | None:
    return None if value is None else flag(owner, "oneHot", value)

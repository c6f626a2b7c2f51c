"""A data set, cut into splits and batches."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset import arrays, catalogue, checks
from dataset.batch import Batch
from dataset.sizes import Sizes
from dataset.source import Array, Request, Source
from dataset.split import Split


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
        spot, 10,000 + 2,000 by default). `dataset.names` lists them. Own arrays go in by `Dataset.fromArrays`.
    train_size : number of training samples; default: all that are left.
    test_size : number of test samples, may be 0; default: all there are.
    batch_size : samples in a batch, default 50.
    validation_size : number of samples kept aside for validation, default 0.
    shuffle : whether every epoch has an order of its own, default True.
    valueRange : (low, high): black becomes exactly low, white exactly high; default (0, 1). Only for images, that is
        grey values; coordinates are delivered as they are.
    oneHot : True (default): a class becomes a column with a one in its row. False: the labels are one row of class
        numbers, as floats. Without effect on labels that are no classes.
    dropLast : whether to leave out a last batch that would be smaller, default False.
    dtype : np.float32 (default) or np.float64, of everything that is delivered.
    rng : a numpy Generator, or a seed for a new one; default: `randomness.data.generator`. Used to generate points,
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
    inputDim : features of a sample, the rows of the inputs.
    labelDim : rows of the labels: classes (one-hot), 1 (class numbers), targets, or 0 (no labels).
    classes : number of classes, or None.
    classNames : their names, a list, or None.
    imageShape : (height, width), or None.
    valueRange : (low, high) of grey values, or None where nothing is scaled.
    dtype : np.dtype of what is delivered.
    shuffle, dropLast, rng : as given.
    centres : (2, modes) centres of "ring" and "grid", or None.
    checksums : SHA-256 of the content of each file that was read, by file name.
    description : where the data come from, and their licence.

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
        valueRange: tuple[float, float] = (0.0, 1.0),
        oneHot: bool = True,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
        folder: str | os.PathLike[str] | None = None,
        **options: Any,
    ):
        catalogue.check(name, options)
        sizes = Sizes.checked(train_size, test_size, validation_size)
        self._configure(batch_size, shuffle, dropLast, dtype, rng)
        value_range = checks.value_range(valueRange, self.dtype)
        request = Request(sizes.trainPart, sizes.test, self.rng, None if folder is None else Path(folder))
        self._cut(catalogue.load(name, request, options), sizes, value_range, oneHot)

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
        oneHot: bool = True,
        dropLast: bool = False,
        dtype: DTypeLike = np.float32,
        rng: np.random.Generator | int | None = None,
    ) -> "Dataset":
        """A data set of own arrays, which are copied. Samples are columns.

            x = np.random.default_rng(0).normal(size=(3, 600))
            dataset = Dataset.fromArrays(x, (x.sum(axis=0) > 0).astype(int), batch_size=20)

        Parameters
        ----------
        inputs : (features, N). uint8 is taken for grey values from 0 to 255 and scaled to `valueRange`; other
            numbers are delivered as they are.
        labels : class numbers (N,), targets (targets, N), or None: then the labels are empty, (0, n).
            The number of classes is the largest class number + 1, training and test labels taken together; at most a
            million.
        testInputs, testLabels : the test part, of the same kind. Without them `test_size` samples chosen by `rng`
            are split off from `inputs`; by default a sixth of them, rounded down, or what train_size and
            validation_size leave if that is less.
        name : what it is called when printed.
        train_size, test_size, batch_size, validation_size, shuffle, valueRange, oneHot, dropLast, dtype, rng : as
            for `Dataset`.

        Raises
        ------
        ValueError : shapes that do not fit, empty arrays, values that are not finite or masked, sizes that do not fit.
        TypeError : an argument of the wrong kind.
        """
        sizes = Sizes.checked(train_size, test_size, validation_size)
        dataset = cls.__new__(cls)
        dataset._configure(batch_size, shuffle, dropLast, dtype, rng)
        value_range = checks.value_range(valueRange, dataset.dtype)
        source = arrays.source(name, inputs, labels, testInputs, testLabels, dataset.dtype)
        if testInputs is None:
            source = arrays.split_off(source, sizes, dataset.rng)
        dataset._cut(source, sizes, value_range, oneHot)
        return dataset

    def _configure(self, batch_size: Any, shuffle: bool, dropLast: bool, dtype: Any, rng: Any) -> None:
        self.batch_size = checks.whole_number("batch_size", batch_size, minimum=1)
        self.shuffle = bool(shuffle)
        self.dropLast = bool(dropLast)
        self.dtype = checks.float_type(dtype)
        self.rng = checks.random_generator(rng)

    def _cut(self, source: Source, sizes: Sizes, value_range: tuple[float, float], one_hot: bool) -> None:
        """Cut the source into the three splits."""
        if source.white is None and value_range != (0.0, 1.0):
            raise ValueError(
                f"valueRange: expected none for {source.name!r}, whose inputs are no grey values (uint8) and not "
                f"scaled, got {value_range}; scale them yourself and leave valueRange away"
            )
        self.train_size, self.validation_size, self.test_size = sizes.fit(source)
        if self.dropLast and self.batch_size > self.train_size:
            raise ValueError(
                f"dropLast: expected at least one whole batch, got batch_size={self.batch_size} for "
                f"{self.train_size} training samples; make batch_size smaller or leave dropLast away"
            )

        self.name = source.name
        self.inputDim = source.inputs.shape[1]
        self.classes = source.classes
        self.classNames = source.classNames
        self.imageShape = source.imageShape
        self.valueRange = None if source.white is None else value_range
        self.centres = source.centres
        self.checksums = dict(source.checksums)
        self.description = source.description

        def split(inputs: Array, labels: Array | None, start: int, size: int) -> Split:
            part = slice(start, start + size)
            rows = inputs[part] if source.white is not None else inputs[part].astype(self.dtype, copy=False)
            answers = None if labels is None else labels[part]
            return Split(rows, answers, source.white, value_range, source.classes if one_hot else None, self.dtype)

        self._splits = {
            "train": split(source.inputs, source.labels, 0, self.train_size),
            "validation": split(source.inputs, source.labels, self.train_size, self.validation_size),
            "test": split(source.testInputs, source.testLabels, 0, self.test_size),
        }
        self.labelDim = len(self._splits["train"].labels(np.arange(1)))

    def batches(self) -> Iterator[tuple[Batch, Batch, int]]:
        """One epoch: every training sample once, in a new order each time if `shuffle`.

        Yields
        ------
        (train, test, batchSize): two batches and the number of columns of each. train[0], train[1] are the inputs
        (inputDim, batchSize) and labels (labelDim, batchSize); the last batch may be smaller, unless `dropLast`.
        `test` is the next batch of as many test samples, in order and from the start again at their end; it costs
        nothing unless it is read. Without test samples it is empty, with 0 columns.
        """
        train, test = self._splits["train"], self._splits["test"]
        order = self.rng.permutation(self.train_size) if self.shuffle else np.arange(self.train_size)
        for number in range(len(self)):
            start = number * self.batch_size
            chosen = order[start : start + self.batch_size]
            ahead = np.arange(start, start + len(chosen)) % self.test_size if self.test_size else np.arange(0)
            yield Batch(train, chosen), Batch(test, ahead), len(chosen)

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

    def _whole(self, split: str) -> Batch:
        return Batch(self._splits[split], np.arange(len(self._splits[split])))

    def chunks(self, split: str, size: int = 1000) -> Iterator[tuple[Array, Array]]:
        """A split in order and in pieces, to evaluate it in bounded memory.

        Parameters
        ----------
        split : "train", "validation" or "test".
        size : samples in a piece, default 1,000.

        Yields
        ------
        (inputs, labels): (inputDim, n) and (labelDim, n), n the size, in the last piece what is left.
        """
        samples = self._split(split)
        size = checks.whole_number("size", size, minimum=1)

        def pieces() -> Iterator[tuple[Array, Array]]:
            for start in range(0, len(samples), size):
                chosen = np.arange(start, min(start + size, len(samples)))
                yield samples.inputs(chosen), samples.labels(chosen)

        return pieces()

    def labels(self, split: str) -> Array:
        """The class numbers (N,) of "train", "validation" or "test", in order, as whole numbers.

        Raises
        ------
        ValueError : an unknown split, or a data set without classes.
        """
        answers = self._split(split).answers
        if self.classes is None or answers is None:
            raise ValueError(f"labels: expected a data set with classes, but {self.name!r} has none")
        return answers.copy()

    def _split(self, name: str) -> Split:
        if name not in self._splits:
            raise ValueError(f"split: expected one of {', '.join(map(repr, self._splits))}, got {name!r}")
        return self._splits[name]

    def __repr__(self) -> str:
        shape = "" if self.imageShape is None else " ({} x {})".format(*self.imageShape)
        values = "" if self.valueRange is None else " in [{:g}, {:g}]".format(*self.valueRange)
        kind = "no labels"
        if self.labelDim:
            kind = f"labels {self.labelDim}" + ("" if self.classes is None else f" ({self.classes} classes)")
        return (
            f"Dataset {self.name!r}: {self.train_size:,} training, {self.validation_size:,} validation, "
            f"{self.test_size:,} test samples; inputs {self.inputDim}{shape}{values}, {kind}, {self.dtype}; "
            f"{len(self):,} batches of {self.batch_size}"
        )

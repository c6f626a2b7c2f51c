"""A data set, cut into splits and batches."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from leibnet.arguments import flag, interval, refusal

import numpy as np
from numpy.typing import DTypeLike

from dataset import catalogue
from dataset.augmentation import Augmentation
from dataset.own.fromdomains import FromDomains
from dataset.sequences.frompairs import FromPairs
from dataset.sequences.fromsequences import FromSequences
from dataset.sizes import Sizes
from dataset.source import Request, Source


class Dataset(FromSequences, FromDomains, FromPairs):
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
        spot, 10,000 + 2,000 by default), "scenes" (images with the class of every pixel, see below, 4,000 + 1,000 by
        default), "adding" (sequences of two features, whose marked numbers are to be added, 10,000 + 1,000), and two
        of binary images (1, height, width) that are drawn when needed: "sprites" (an ellipse, square or triangle in
        every place, size and rotation, 64 x 64, 232,243 + 25,805), "paddles" (frames of `paddleGame`, a ball and two
        paddles, 32 x 32, 10,000 + 2,000).
        `dataset.names` lists them. `Dataset.fromArrays`, `fromFolder`, `fromSequences`, `fromText`, `fromPairs` and
        `fromDomains` take your own.
    train_size : number of training samples; default: all that are left.
    test_size : number of test samples, may be 0; default: all there are.
    batch_size : samples in a batch, default 50.
    validation_size : number of samples that are kept for validation, default 0.
    shuffle : whether every epoch has an order of its own, default True.
    images : False (default): inputs are columns (784, N). True: they are images (1, 28, 28, N), a view of the same
        columns. Only for data sets of images.
    valueRange : (low, high): black becomes exactly low, white exactly high; default (0, 1). Only for images, that is
        grey values; coordinates are delivered as they are.
    oneHot : True, the default: a class becomes a column with a one in its row, that of a pixel of "scenes" as well.
        False: the labels are one row of class numbers, of "scenes" (height, width, N), as floats.
    dropLast : whether to leave out a last batch that would be smaller, default False.
    dtype : np.float32 (default) or np.float64, of everything that is delivered.
    augment : an `Augmentation` of images, such as `Shifts(2)`, that every training batch goes through, columns as well;
        default none. Nothing else is changed: not validation and test samples, not `trainSet()`, `chunks`, `facts`.
    rng : a numpy Generator, or a seed for a new one; default: `dataset.random.generator`. Used to generate points,
        to split off test samples (`fromArrays`), to shuffle and to augment. Same state, same batches.
    folder : where to look for MNIST's or Fashion-MNIST's four files first: the folder they are in, or the one that
        has it as its subfolder `mnist` or `fashion_mnist`. After it come the folder named by the environment
        variable LEIBNET_DATA (which has those subfolders), the cache, and the download. MNIST's files may be
        decompressed or compressed again; of Fashion-MNIST only the published .gz files can be verified and are
        accepted.
    classWeights : as for `fromArrays`; default: all alike.
    options : of the generated sets: two_moons: noise=0.1; ring: modes=8, radius=1.0, deviation=0.01;
        grid: side=5, spacing=2.0, deviation=0.05; scenes: of="digits", side=48, easy=False; adding: steps=100;
        sprites: side=64, scales=6, rotations=60, positions=16 (in x as in y); paddles: side=32, skill=0.25.

    Attributes
    ----------
    name : the name.
    options : those of a generated set, as given or by default, such as {"modes": 8, "radius": 1.0, "deviation": 0.01};
        {} for all others.
    train_size, validation_size, test_size : samples in each split.
    batch_size : samples in a batch.
    sampleShape : shape of the inputs of one sample: (784,), with `images` (1, 28, 28).
    labelShape : shape of the label of one sample: (10,) one-hot, (1,) a class number, (targets,), or (0,) no labels.
    inputDim, labelDim : how many numbers these are, 784 and 10.
    classes : number of classes, or None.
    vocabulary : the `Vocabulary` of a text, or None.
    second, paired : the data set of a second domain, and whether test samples are pairs; see `fromDomains`. Of
        `fromPairs`, that of the targets, and whether they are translations.
    continues : whether sample i of a batch goes on in sample i of the next batch, and in `chunks`, as of `fromText`.
    classNames : their names, a list, or None.
    featureNames : the names of the features, such as the columns of a table, a list, or None.
    standardization : the `Standardization` that `fromArrays` was asked for, or None.
    imageShape : (height, width), or None.
    valueRange : (low, high) of grey values, or None where nothing is scaled.
    dtype : np.dtype of what is delivered.
    shuffle, dropLast, augment, rng : as given.
    centres : (2, modes) centres of "ring" and "grid", or None.
    factorNames : what the samples are drawn from, such as ["shape", "scale", "rotation", "x", "y"], a list, or None.
        The labels (factors, N) of "sprites" are these factors' numbers, from 0 on, as floats; those of "paddles" the
        positions of ball and paddles, from 0 to 1.
    factorSizes : how many values each of them has, such as (3, 6, 60, 16, 16), or None where they are no whole numbers.
    checksums : SHA-256 of the content of each file that was read, by file name.
    description : where the data come from, and their licence.
    facts : what holds for all samples, see `dataset.facts.Facts`.

    Raises
    ------
    ValueError : an unknown name, a size that does not fit, a bad range or dtype; `augment` without images.
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
        augment: Augmentation | None = None,
        rng: np.random.Generator | int | None = None,
        folder: str | os.PathLike[str] | None = None,
        classWeights: Any = None,
        **options: Any,
    ) -> None:
        catalogue.check("Dataset", name, options)
        sizes = Sizes.checked("Dataset", train_size, test_size, validation_size)
        self._configure("Dataset", batch_size, shuffle, dropLast, dtype, augment, rng)
        images, one_hot = (
            flag("Dataset", "images", images),
            None if oneHot is None else flag("Dataset", "oneHot", oneHot),
        )
        value_range = interval("Dataset", "valueRange", valueRange, self.dtype)
        request = Request(sizes.trainPart, sizes.test, self.rng, None if folder is None else Path(folder))
        source = catalogue.load(name, request, options)
        source = _as_images(source) if images else source
        self._cut(source, sizes, value_range, one_hot, classWeights=classWeights)
        self.options = catalogue.optionsOf(name, options)


def _as_images(source: Source) -> Source:
    """The source with its rows (N, height · width) as images (N, 1, height, width), a view."""
    if source.imageShape is None:
        raise ValueError(
            refusal("Dataset", "images", f"False for {source.name!r}, whose samples are no images", True, "omit it")
        )
    if len(source.sampleShape) == 3:
        return source
    images, test_images = (
        rows.reshape(len(rows), 1, *source.imageShape) for rows in (source.inputs, source.testInputs)
    )
    return replace(source, inputs=images, testInputs=test_images)

"""A data set, cut into splits and batches."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leibnet.arguments import flag, interval, refusal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset import catalogue
from dataset.augmentation import Augmentation
from dataset.derived import Derived
from dataset.own import arrays, folders
from dataset.own.texts import checkedNames
from dataset.sizes import Sizes
from dataset.source import Request, Source


class Dataset(Derived):
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
        default). `dataset.names` lists them. `Dataset.fromArrays` takes arrays of your own.
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
        grid: side=5, spacing=2.0, deviation=0.05; scenes: of="digits", side=48, easy=False.

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
    featureNames : the names of the columns of a table, a list, or None.
    standardization : the `Standardization` that `fromArrays` was asked for, or None.
    imageShape : (height, width), or None.
    valueRange : (low, high) of grey values, or None where nothing is scaled.
    dtype : np.dtype of what is delivered.
    shuffle, dropLast, augment, rng : as given.
    centres : (2, modes) centres of "ring" and "grid", or None.
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
        images, one_hot = flag("Dataset", "images", images), _one_hot("Dataset", oneHot)
        value_range = interval("Dataset", "valueRange", valueRange, self.dtype)
        request = Request(sizes.trainPart, sizes.test, self.rng, None if folder is None else Path(folder))
        source = catalogue.load(name, request, options)
        source = _as_images(source) if images else source
        self._cut(source, sizes, value_range, one_hot, classWeights=classWeights)

    @classmethod
    def fromArrays(
        cls,
        inputs: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        testInputs: ArrayLike | None = None,
        testLabels: ArrayLike | None = None,
        standardize: bool = False,
        classNames: Sequence[str] | None = None,
        sampleWeights: ArrayLike | None = None,
        testWeights: ArrayLike | None = None,
        classWeights: Any = None,
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
        augment: Augmentation | None = None,
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
        inputs, labels : a table such as a pandas frame has samples as rows, and is turned; its columns become
            `featureNames`. Labels that are texts become class numbers in the order of `classNames`, by default the
            alphabet's.
        testInputs, testLabels : the test part, of the same kind. Without them `test_size` samples chosen by `rng`
            are split off from `inputs`; by default a sixth of them, rounded down, or what train_size and
            validation_size leave if that is less. Validation samples are chosen by `rng` as well.
        standardize : whether models see (x - mean)/deviation of every feature, or channel of images: mean and deviation
            are those of the training samples, constant features are only moved. The data set still delivers raw
            numbers, and so do a model's `predict`, `reconstruct` and `sample`: `train` puts the `standardization`
            into the model, which keeps it in its file. Inputs that are no grey values are kept in double precision.
            Default False.
        classNames : what the classes are called, a list; it may name classes that have no samples.
        sampleWeights : how much each sample counts, (N,), in losses and figures; they are divided by their mean over
            the training samples. Or how much each step or pixel counts, (steps, N), (height, width, N), taken as they
            are: 0 masks it out. Default: all alike.
        testWeights : the same for `testInputs`.
        classWeights : how much each class counts in the loss, not in other figures: a list, a dict from class numbers
            or names (1 for those that are not in it), "balanced": n / (classes * samples of the class), or for classes
            of steps or pixels "median": the median of all classes' frequencies over the class's own, which is its share
            of the samples in which it occurs (Eigen & Fergus 2015, arXiv:1411.4734).
        oneHot : None (default): class numbers (N,) become one-hot columns (classes, N), and labels with more axes are
            delivered as the numbers they are, integers as floats. False: class numbers become one row (1, N).
            True: class numbers for every step (steps, N) or pixel (height, width, N), too, become one-hot, with the
            classes in the place of the features: (steps, classes, N), (classes, height, width, N). But labels
            (targets, N) of inputs (features, N) are always targets.
        name : what it is called when printed.
        shuffle : whether every epoch has an order of its own, default True. False: the samples stay in the order in
            which they are given, also those that are chosen for test and validation.
        augment : as for `Dataset`; of images (channels, height, width, N) alone, without labels or weights of pixels.
        train_size, test_size, batch_size, validation_size, valueRange, dropLast, dtype, rng : as for `Dataset`.

        Raises
        ------
        ValueError : shapes that do not fit, empty arrays, values that are not finite or masked, sizes that do not fit.
        TypeError : an argument of the wrong kind, arrays of complex numbers, texts or objects.

        Warns
        -----
        UserWarning : numbers that `dtype` cannot tell apart, such as time stamps; classes without samples.
        """
        owner = arrays.OWNER
        sizes = Sizes.checked(owner, train_size, test_size, validation_size)
        dataset = cls.__new__(cls)
        cls._configure(dataset, owner, batch_size, shuffle, dropLast, dtype, augment, rng)
        value_range = interval(owner, "valueRange", valueRange, dataset.dtype)
        one_hot, standardize = _one_hot(owner, oneHot), flag(owner, "standardize", standardize)
        precision = np.dtype(float) if standardize else dataset.dtype
        given = arrays.Given(inputs, labels, testInputs, testLabels, precision, one_hot, sampleWeights, testWeights)
        source = replace(given, classNames=checkedNames(owner, classNames)).source(name)
        source = arrays.arranged(source, sizes, dataset.rng, dataset.shuffle, hasTest=testInputs is not None)
        cls._cut(dataset, source, sizes, value_range, one_hot, standardize, classWeights)
        return dataset

    @classmethod
    def fromFolder(
        cls,
        folder: str | os.PathLike[str],
        *,
        testFolder: str | os.PathLike[str] | None = None,
        size: tuple[int, int] | None = None,
        colour: bool = False,
        images: bool | None = None,
        megabytes: float = 20,
        name: str | None = None,
        classWeights: Any = None,
        **options: Any,
    ) -> Dataset:
        """A data set of images that lie in folders, one for each class: `folder/cat/1.png`, `folder/dog/2.jpg`.

            dataset = Dataset.fromFolder("pets", size=(32, 32), colour=True, images=True, validation_size=100)

        Parameters
        ----------
        folder : its subfolders are the classes, in alphabetical order; images that lie in `folder` itself, which then
            has no subfolders with images, have no labels. Hidden files and files that are no images by their names are
            passed over; subfolders of a class belong to it.
        testFolder : the same for the test; default: `test_size` images are split off.
        size : (height, width) to which every image is reduced or enlarged (Lanczos); default: as they are, and then
            they must be of one size. Photographs are turned upright as their files say (EXIF); of a film it is the
            first picture.
        colour : whether there are three channels, red, green, blue; default False, grey (ITU-R 601).
        images : whether samples are images (channels, height, width), which those in colour always are, or columns
            (height * width,), the default of grey ones.
        megabytes : larger files are refused, and images of more pixels than 4 million for each megabyte; default 20.
        name : what it is called when printed; default the folder's name.
        classWeights : as for `fromArrays`.
        options : train_size, test_size, batch_size, validation_size, shuffle, valueRange, dropLast, dtype, augment,
            rng, standardize as for `fromArrays`.

        Raises
        ------
        FileNotFoundError : no such folder, or no images in it.
        ValueError : an image that cannot be read, is too large, or of another size than the others; other classes in
            the test folder.
        ImportError : Pillow, which comes with matplotlib, is missing.
        """
        colour = flag(folders.OWNER, "colour", colour)
        images = colour if images is None else flag(folders.OWNER, "images", images)
        if colour and not images:
            raise ValueError(refusal(folders.OWNER, "images", "True for images in colour", images, "omit it"))
        read = folders.Reader(size, colour, megabytes)
        inputs, labels, names = read.folder(Path(folder))
        tests: dict[str, Any] = {}
        if testFolder is not None:
            test_inputs, test_labels, _ = read.folder(Path(testFolder), names, inputs.shape[:-1])
            tests = {"testInputs": test_inputs, "testLabels": test_labels}
        given = {"name": Path(folder).name if name is None else name, "classNames": names, "classWeights": classWeights}
        dataset = cls.fromArrays(inputs, labels, **tests, **given, **options)
        return dataset if images else dataset.asColumns()


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

"""Data sets of the user's own arrays and images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from leibnet.arguments import flag, interval, refusal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dataset.augmentation import Augmentation
from dataset.derived import Derived
from dataset.own import arrays, folders
from dataset.own.arrangement import arranged
from dataset.own.texts import checkedNames
from dataset.sizes import Sizes


class FromArrays(Derived):
    """What makes a `Dataset` of the user's own arrays, or of images in folders."""

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
        lengths: ArrayLike | None = None,
        testLengths: ArrayLike | None = None,
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
    ) -> Self:
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
        lengths : how many steps each of the sequences (steps, features, N) has, (N,); the others are padding. Batches
            then have a part `mask` (steps, n), True where a sequence has a step; padding has the weight 0 where there
            are labels of steps, or none, and plays no part in `standardize`, `classWeights` and `facts`. Default: all
            that there are. `fromSequences` pads lists of sequences.
        testLengths : the same for `testInputs`.
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
        given = replace(given, classNames=checkedNames(owner, classNames), lengths=lengths, testLengths=testLengths)
        source = given.source(name)
        source = arranged(source, sizes, dataset.rng, dataset.shuffle, hasTest=testInputs is not None)
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
    ) -> Self:
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


def _one_hot(owner: str, value: Any) -> bool | None:
    return None if value is None else flag(owner, "oneHot", value)

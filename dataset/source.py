"""What a data set consists of before it is cut into splits and batches."""

from dataclasses import dataclass, field
from pathlib import Path

from leibnet.types import Array, Shape

import numpy as np

from dataset.rendering import Rendering

Option = bool | int | float | str | None  # of a generated data set


@dataclass(frozen=True)
class Request:
    """What a loader is asked for.

    Attributes
    ----------
    trainSize : training and validation samples together, None for as many as there are.
    testSize : test samples, None for as many as there are.
    rng : for data generated on the spot.
    folder : where to look first for data kept in files, or None.
    """

    trainSize: int | None
    testSize: int | None
    rng: np.random.Generator
    folder: Path | None = None


@dataclass(frozen=True)
class Source:
    """The training part and the test part of a data set, one sample a row: samples are the first axis here.

    Attributes
    ----------
    name : what the user calls it.
    inputs : (N, ...), such as (N, features), uint8 grey values when `white` is given, floats otherwise.
    labels : (N,) or (N, ...) class numbers, (N, ...) floats such as (N, targets), or None when there are no labels.
    testInputs, testLabels : the same for the test part.
    lengths, testLengths : how many steps the sequences (steps, features) have, (N,); None: all that there are.
    weights, testWeights : how much the samples count, (N,), or their steps or pixels, (N, ...); None: all alike.
    white : the grey value that becomes the upper end of the value range (black is 0); None: nothing is scaled.
    classes : number of classes, or None where labels are no class numbers.
    classNames : what the classes are called, or None.
    featureNames : what the features are called, or None.
    imageShape : (height, width) of an input, or None.
    rendering : how samples are drawn from the rows of `inputs`, which are then factors (N, factors); None: the rows
        are the samples.
    centres : (features, classes), where the components of a mixture lie, or None.
    checksums : SHA-256 of the content of every file that was read, by file name.
    description : where the data come from, and their licence.
    """

    name: str
    inputs: Array
    labels: Array | None
    testInputs: Array
    testLabels: Array | None
    white: int | None = None
    classes: int | None = None
    weights: Array | None = None
    testWeights: Array | None = None
    lengths: Array | None = None
    testLengths: Array | None = None
    classNames: list[str] | None = None
    featureNames: list[str] | None = None
    imageShape: tuple[int, int] | None = None
    rendering: Rendering | None = None
    centres: Array | None = None
    checksums: dict[str, str] = field(default_factory=dict)
    description: str = ""

    @property
    def sampleShape(self) -> Shape:
        """The shape of one sample."""
        return self.inputs.shape[1:] if self.rendering is None else self.rendering.shape

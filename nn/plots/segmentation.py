"""Which class each pixel has, and which one a network gave it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 20  # images side by side
FIRST = "0.85"  # the colour of class 0, which is the ground in most data sets


def plotSegmentation(
    inputs: Any,
    label: Any,
    output: Any,
    classNames: Names = None,
    imageShape: ImageShape = None,
    heading: str = "",
) -> Figure:
    """Draws images, below each the classes of its pixels, the network's answer, and in red where that is wrong.

    Parameters
    ----------
    inputs : images as for `plotImages`, (channels, height, width, N), at most 20.
    label, output : the truth and the network's answer, each either (classes, height, width, N), where the largest is
        the class, or class numbers (height, width, N). Of a single one (1, height, width, N) class 1 is above 1/2.
    classNames : names of the classes, for the legend; default their numbers. The first class is light grey.
    imageShape : (height, width), for inputs that are columns.
    heading : a line above all; default none.

    Example
    -------
    >>> truth = np.eye(4, dtype=int)[..., np.newaxis]
    >>> figure = plotSegmentation(truth[np.newaxis] / 2, truth, np.zeros_like(truth), ["ground", "line"])
    """
    owner = "plotSegmentation"
    images = arguments.images(owner, "inputs", inputs, imageShape, most=MOST)
    truth, answer = (_classes(owner, name, one, images) for name, one in (("label", label), ("output", output)))
    rows = [len(one) for one in map(np.asarray, (label, output)) if one.ndim == 4]
    names = arguments.classNames(owner, classNames, max(*rows, int(truth.max()) + 1, int(answer.max()) + 1, 2))
    colours, wrong = _colours(len(names)), truth != answer
    seen = canvas.shares(images, images.min(), images.max())
    seen = seen if seen.ndim == 4 else np.repeat(seen[..., np.newaxis], 3, axis=-1)
    error = np.where(wrong[..., np.newaxis], _rgb(canvas.RED), 0.6 + 0.4 * seen)
    captions = [""] * 3 * len(images) + [f"{share:.1%}" for share in wrong.mean(axis=(1, 2))]
    keys = [canvas.key(colour, name, marker="s", ms=9, lw=0) for colour, name in zip(colours, names, strict=True)]
    across = max(1, int(1.25 * len(images) / (0.1 * max(map(canvas.longestLine, names)) + 0.5)))
    lines = math.ceil(len(names) / across)
    figure, axes = canvas.sheet(
        np.concatenate([seen, colours[truth], colours[answer], error]),
        len(images),
        captions,
        heading,
        footer=0.3 * lines + 0.1,
        labels=["input", "truth", "answer", "error"],
        vmin=0,
        vmax=1,
    )
    look: dict[str, Any] = {"fontsize": canvas.TEXT, "columnspacing": 1.0, "handletextpad": 0.1, "borderaxespad": 0.3}
    look |= {"loc": "lower center", "ncols": math.ceil(len(names) / lines), "frameon": False}
    for text in axes.legend(handles=keys, **look).get_texts():
        text.set_parse_math(False)
    return figure


def _classes(owner: str, name: str, given: Any, images: Array) -> Array:
    """The class of every pixel, (N, height, width), of as many images of this size."""
    array = arguments.numbers(owner, name, given)
    count, height, width, *_ = images.shape
    if array.shape[-3:] != (height, width, count) or array.ndim not in (3, 4):
        expected = f"(classes, {height}, {width}, {count}) or class numbers ({height}, {width}, {count}), as the inputs"
        raise ValueError(refusal(owner, name, expected, array.shape))
    if array.ndim == 4:
        array = array.argmax(axis=0) if len(array) > 1 else array[0] > 0.5
    elif (array % 1).any() or array.min() < 0:
        raise ValueError(refusal(owner, name, "class numbers 0, 1, 2, ...", f"{array.min():g} to {array.max():g}"))
    return np.moveaxis(array.astype(int), -1, 0)


def _colours(count: int) -> Array:
    """A colour for each class, (count, 3)."""
    return np.array([_rgb(colour) for colour in [FIRST, *canvas.colours(max(count - 1, len(canvas.TEN)))][:count]])


def _rgb(colour: Any) -> Array:
    from matplotlib.colors import to_rgb

    return np.array(to_rgb(colour))

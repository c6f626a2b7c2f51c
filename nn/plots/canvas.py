"""What the pictures share: figures and sheets of images, their look, and checked arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]
ImageShape = tuple[int, int]
Names = Sequence[str] | None

BLUE, RED, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"  # of Okabe & Ito 2008, made for every
ORANGE, SKY, INK, GREY, PALE = "#E69F00", "#56B4E9", "#222222", "#777777", "#BBBBBB"  # kind of colour vision
HEADING, TEXT = 15, 12  # font sizes in points


def blank_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    return Figure(figsize=(width, height), dpi=150, facecolor="white", layout=layout)


def inch_axes(width: float, height: float, heading: str = "") -> tuple[Figure, Axes]:
    """Axes that fill a figure and whose coordinates are inches; wider than asked for if the heading needs it."""
    width = max(width, 0.115 * len(heading) + 0.4)
    figure = blank_figure(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), frame_on=False, xticks=[], yticks=[])
    axes.text(width / 2, height - 0.3, heading, ha="center", va="center", size=HEADING)
    return figure, axes


def sheet(
    images: Array, columns: int, captions: list[str], heading: str = "", footer: float = 0.0, **look: Any
) -> tuple[Figure, Axes]:
    """Images (N, height, width) in a grid, all on one scale of greys or as `look` says; `footer` inches stay free."""
    look = {"cmap": "gray", "vmin": images.min(), "vmax": images.max()} | look
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    height, width = 1.1 * np.array(images.shape[1:]) / max(images.shape[1:])  # of an image
    lines = max(caption.count("\n") + 1 if caption else 0 for caption in captions)
    longest = max(len(line) for caption in captions for line in caption.split("\n"))
    spaceX, spaceY = max(width, 0.095 * longest) + 0.15, height + 0.15 + 0.21 * lines
    figure, axes = inch_axes(columns * spaceX + 0.1, footer + rows * spaceY + (0.55 if heading else 0.15), heading)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(place, columns)
        x, y = axes.get_xlim()[1] / 2 + (column + 0.5 - columns / 2) * spaceX, 0.15 + footer + (rows - 1 - row) * spaceY
        extent = (x - width / 2, x + width / 2, y, y + height)
        axes.imshow(image, extent=extent, interpolation="nearest", aspect="auto", **look)
        axes.text(x, y + height + 0.04, caption, ha="center", va="bottom", size=TEXT, parse_math=False)
    return figure, axes


def quiet(axes: Axes, title: str, xlabel: str = "", ylabel: str = "") -> None:
    """The look of axes with a scale."""
    axes.set_title(title, fontsize=HEADING, pad=10)
    axes.set_xlabel(xlabel, fontsize=TEXT + 1)
    axes.set_ylabel(ylabel, fontsize=TEXT + 1)
    axes.tick_params(labelsize=TEXT, length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.grid(color="0.92")
    axes.set_axisbelow(True)


def quiet_bar(bar: Any, label: str) -> None:
    """The look of colour bars."""
    bar.set_label(label, fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT, length=0)
    bar.minorticks_off()
    bar.outline.set_visible(False)


def positive(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"expected {name} to be a positive integer, got {value!r}")
    return int(value)


def numbers(name: str, values: Any) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or not array.ndim or not array.size:
        raise ValueError(f"expected {name} to hold numbers, got an array of {array.dtype} of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected {name} to be finite, got NaN or infinity: clean the data")
    return array


def images(inputs: Any, imageShape: ImageShape, name: str = "inputs") -> Array:
    """The columns (height · width, N) as images (N, height, width)."""
    sides = tuple(imageShape) if isinstance(imageShape, Iterable) else ()
    if len(sides) != 2:
        raise ValueError(f"expected imageShape to be (height, width), got {imageShape!r}")
    height, width = (positive("each side in imageShape", side) for side in sides)
    inputs = numbers(name, inputs)
    if inputs.ndim < 2 or math.prod(inputs.shape[:-1]) != height * width:
        hint = "; transpose it" if inputs.ndim == 2 and inputs.shape[1] == height * width else ""
        raise ValueError(
            f"expected {name} as columns ({height * width}, N) for imageShape {sides}, got {inputs.shape}{hint}"
        )
    return inputs.reshape(-1, inputs.shape[-1]).T.reshape(-1, height, width)


def classes(label: Any, output: Any, names: Names) -> tuple[Array, Array, list[str]]:
    """The true and the predicted class numbers (N,), and the names of all classes."""
    label, output = numbers("label", label), numbers("output", output)
    truth, predicted = _class_numbers("label", label), _class_numbers("output", output)
    rows = {len(array) for array in (label, output) if array.ndim == 2 and len(array) > 1}
    if len(truth) != len(predicted) or len(rows) > 1:
        raise ValueError(
            f"expected label and output of the same samples and classes, got {label.shape}, {output.shape}"
        )
    classes = int(max(*rows, truth.max() + 1, predicted.max() + 1, 2))
    if names is not None and len(names) < classes:
        raise ValueError(f"expected classNames for {classes} classes, got {len(names)}: {list(names)}")
    return truth, predicted, [str(name) for name in (range(classes) if names is None else names)]


def _class_numbers(name: str, array: Array) -> Array:
    """The class number of every sample, from columns or from class numbers."""
    if array.ndim == 2 and len(array) > 1:
        return array.argmax(axis=0)
    whole = not (array % 1).any()
    if array.ndim == 2 and not whole:
        return (array[0] > 0.5).astype(int)
    if array.ndim > 2 or not whole or array.min() < 0:
        raise ValueError(
            f"expected {name} as columns (classes, N) or class numbers 0, 1, 2, ... (N,), got shape {array.shape}, "
            f"values from {array.min():g} to {array.max():g}"
        )
    return array.ravel().astype(int)

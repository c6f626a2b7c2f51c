"""Sheets of images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leibnet.arguments import interval, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names
from nn.plots.canvas import TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotImages(
    inputs: Any, imageShape: ImageShape = None, columns: int = 10, titles: Names = None, heading: str = ""
) -> Figure:
    """Draws a sheet of images, black the smallest and white the largest of all their values.

    Parameters
    ----------
    inputs : images as columns (height · width, N) or (channels, height, width, N), in colour with 3 channels; at most
        400.
    imageShape : (height, width), or (3, height, width) for columns of images in colour; images say it themselves.
    columns : images side by side; default 10.
    titles : a line above each image; default none.
    heading : a line above all; default none.

    Example
    -------
    >>> figure = plotImages(np.eye(4), (2, 2), columns=2, titles=["a", "b", "c", "d"])
    """
    owner = "plotImages"
    images = arguments.images(owner, "inputs", inputs, imageShape, most=400)
    captions = arguments.captions(owner, titles, len(images))
    return canvas.sheet(images, wholeNumber(owner, "columns", columns), captions, heading)[0]


def plotRows(
    rows: Mapping[str, Any],
    imageShape: ImageShape = None,
    heading: str = "",
    limits: tuple[float, float] | None = None,
    titles: Names = None,
) -> Figure:
    """Draws rows of images, each with its name: originals over their reconstructions, steps from one image to another.

    Parameters
    ----------
    rows : dict from a name to images as for `plotImages`, as many in every row; at most 400 in all. Or a dict from the
        name of a group to such a dict: the groups stand below one another, each under its name.
    imageShape : (height, width), as for `plotImages`.
    heading : a line above all; default none.
    limits : the values that are black and white in all rows; what lies beyond is cut, such as noise beyond (0, 1).
        Default the smallest and the largest value of all rows.
    titles : a line above each column; default none.

    Example
    -------
    >>> clean = np.eye(4)
    >>> figure = plotRows({"original": clean, "corrupted": clean + 0.3}, (2, 2), limits=(0, 1))
    >>> figure = plotRows({"to black": {"linear": clean, "square": clean**2}}, (2, 2), titles=["0", "1", "2", "3"])
    """
    owner = "plotRows"
    if not isinstance(rows, Mapping):
        raise TypeError(refusal(owner, "rows", "a dict from names to images", type(rows)))
    named, groups = _named_rows(owner, rows)
    sheets = [arguments.images(owner, name, row, imageShape, most=400) for _, name, row in named]
    counts = [len(images) for images in sheets]
    if len({images.shape for images in sheets}) > 1:
        shapes = [images.shape for images in sheets]
        raise ValueError(refusal(owner, "rows", "as many images of one kind in each", shapes))
    if sum(counts) > 400:
        raise ValueError(refusal(owner, "rows", "at most 400 images in all", sum(counts), "choose fewer"))
    look = {}
    if limits is not None:
        look["vmin"], look["vmax"] = interval(owner, "limits", limits)
    captions = arguments.captions(owner, titles, counts[0], "columns") + [""] * sum(counts[1:])
    labels = [label for label, _, _ in named]
    return canvas.sheet(np.concatenate(sheets), counts[0], captions, heading, labels=labels, groups=groups, **look)[0]


def _named_rows(owner: str, rows: Mapping[str, Any]) -> tuple[list[tuple[str, str, Any]], dict[int, str]]:
    """Each row's label, its name in messages, and itself; and the titles of groups by the place of their first row."""
    named: list[tuple[str, str, Any]] = []
    groups: dict[int, str] = {}
    for title, (name, entry) in arguments.entries(owner, "rows", rows).items():
        if isinstance(entry, Mapping):
            groups[len(named)] = title
            named += [(label, *inner) for label, inner in arguments.entries(owner, name, entry).items()]
        else:
            named.append((title, name, entry))
    if groups and len(groups) < len(rows):
        raise TypeError(refusal(owner, "rows", "either rows or groups of rows", "both"))
    return named, groups


def planeCodes(side: int = 20, low: float = -3.0, high: float = 3.0) -> Array:
    """The codes of a square of a plane, for `plotManifold`: (2, side²), in the order of reading.

    The first is the corner at the top left: z₁ grows from `low` to `high` from left to right, z₂ from bottom to top.

    Example
    -------
    >>> planeCodes(2, low=-1, high=1)
    array([[-1.,  1., -1.,  1.],
           [ 1.,  1., -1., -1.]])
    """
    side = wholeNumber("planeCodes", "side", side, least=2)
    values = np.linspace(*interval("planeCodes", "(low, high)", (low, high)), side)
    return np.stack([np.tile(values, side), np.repeat(values[::-1], side)])


def plotManifold(
    inputs: Any, imageShape: ImageShape = None, low: float = -3.0, high: float = 3.0, title: str = ""
) -> Figure:
    """Draws the images that a decoder makes of a plane of codes: one sheet without gaps, each image at its code.

    Parameters
    ----------
    inputs : images as for `plotImages`, (height · width, side²), at most 2,500, in the order of `planeCodes`.
    imageShape : (height, width), as for `plotImages`.
    low, high : of the codes, as for `planeCodes`; default -3 and 3, where nearly all of a normal distribution lies.
    title : a line above; default none.

    Example
    -------
    >>> codes = planeCodes(15)
    >>> decoded = np.concatenate([codes, codes[::-1]])  # instead of decoder.predict(codes)
    >>> figure = plotManifold(decoded, (2, 2))
    """
    owner = "plotManifold"
    images = arguments.images(owner, "inputs", inputs, imageShape, most=2500)
    side, (low, high) = math.isqrt(len(images)), interval(owner, "(low, high)", (low, high))
    if side < 2 or side**2 != len(images):
        expected = "side x side images of a square of codes, as from planeCodes"
        raise ValueError(refusal(owner, "inputs", expected, len(images)))
    _, height, width, *channels = images.shape
    if channels:
        images = canvas.shares(images, images.min(), images.max())
    squares = images.reshape(side, side, height, width, *channels)
    picture = squares.swapaxes(1, 2).reshape(side * height, side * width, *channels)
    figure = canvas.blankFigure(8.0, 7.6 * min(2.0, max(0.5, height / width)) + 0.4 + 0.3 * bool(title))
    axes = figure.add_subplot()
    canvas.quiet(axes, title, "z₁", "z₂")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    edge = (high - low) / (side - 1) / 2  # the code is in the middle of its image
    extent = (low - edge, high + edge, low - edge, high + edge)
    axes.imshow(picture, cmap="gray", extent=extent, aspect="auto")
    axes.set_box_aspect(height / width)
    axes.tick_params(labelsize=TEXT, length=3, color=canvas.GREY)
    return figure

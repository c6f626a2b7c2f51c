"""Sheets of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nn.plots import canvas
from nn.plots.canvas import ImageShape, Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotImages(inputs: Any, imageShape: ImageShape, columns: int = 10, titles: Names = None) -> Figure:
    """Draws a sheet of images, black the smallest and white the largest of all their values.

    Parameters
    ----------
    inputs : images as columns (height · width, N), at most 400.
    imageShape : (height, width).
    columns : images side by side; default 10.
    titles : a line above each image; default none.

    Example
    -------
    >>> figure = plotImages(np.eye(4), (2, 2), columns=2, titles=["a", "b", "c", "d"])
    """
    images = canvas.images(inputs, imageShape)
    if len(images) > 400:
        raise ValueError(f"expected at most 400 images, got {len(images):,}: choose some, such as inputs[:, :100]")
    captions = [""] * len(images) if titles is None else [str(title) for title in titles]
    if len(captions) != len(images):
        raise ValueError(f"expected a title for each of {len(images)} images, got {len(captions)}")
    return canvas.sheet(images, canvas.positive("columns", columns), captions)[0]

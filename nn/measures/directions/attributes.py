"""Attributes of pictures that are measured, not labelled."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import interval, refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

ROUNDING = 1e-9  # in pixels squared: a figure of a single row leans to no side


def imageAttributes(
    images: Any, imageShape: tuple[int, int] | None = None, valueRange: tuple[float, float] = (0.0, 1.0)
) -> dict[str, Array]:
    """What bright figures on black look like, by name, each (N,) in double precision.

    With the brightness b in [0, 1] of each pixel as its weight, x to the right and y upwards from the centre:

        ink         mean of b
        thickness   2 Σb / Σ‖∇b‖              of a long stroke its breadth: area over half the length of its edges
        slant       arctan(Σbxy / Σby²)       in degrees; to the right it is positive, an upright figure has 0
        width       √(12 v + 1),  v = (Σbx² - (Σbxy)²/Σby²) / Σb      once the slant is taken out
        height      √(12 v + 1),  v = Σby² / Σb

    Of an upright rectangle, width and height are its sides in pixels. Slant and sizes by second moments as in
    Castro et al. 2019 (Morpho-MNIST, arXiv:1809.04522). A picture without ink has 0 everywhere.

    Parameters
    ----------
    images : (1, height, width, N), or columns (height · width, N) with an `imageShape`.
    imageShape : (height, width), for columns.
    valueRange : the values of black and white; default (0, 1), for a generator that ends in Tanh (-1, 1). What lies
        beyond is cut off.

    Example
    -------
    >>> image = np.zeros((1, 7, 7, 1))
    >>> image[0, 1:6, 2:4] = 1  # 5 pixels high, 2 wide
    >>> {name: round(float(values[0]), 2) for name, values in imageAttributes(image).items()}
    {'ink': 0.2, 'thickness': 1.49, 'slant': 0.0, 'width': 2.0, 'height': 5.0}
    """
    b = _brightness(images, imageShape, valueRange)
    height, width, _ = b.shape
    total = b.sum(axis=(0, 1))
    weight = np.divide(b, total, out=np.zeros_like(b), where=total > 0)
    rows, columns = weight.sum(axis=1), weight.sum(axis=0)  # (height, N), (width, N)
    y = np.arange(height) @ rows - np.arange(height)[:, None]  # (height, N)
    x = np.arange(width)[:, None] - np.arange(width) @ columns
    xx, yy = (columns * x**2).sum(axis=0), (rows * y**2).sum(axis=0)
    xy = np.einsum("hwn,hn,wn->n", weight, y, x)
    upright = xx - np.divide(xy**2, yy, out=np.zeros_like(xy), where=yy > ROUNDING)
    framed = np.pad(b, [(1, 1), (1, 1), (0, 0)])
    edges = np.hypot(np.diff(framed, axis=0)[:, :-1], np.diff(framed, axis=1)[:-1]).sum(axis=(0, 1))
    there = total > 0
    return {
        "ink": total / (height * width),
        "thickness": np.divide(2 * total, edges, out=np.zeros_like(total), where=there),
        "slant": np.degrees(np.arctan2(xy, yy, out=np.zeros_like(xy), where=yy > ROUNDING)),
        "width": np.sqrt(12 * np.maximum(upright, 0) + 1) * there,
        "height": np.sqrt(12 * yy + 1) * there,
    }


def _brightness(images: Any, imageShape: Any, valueRange: Any) -> Array:
    """b in [0, 1], (height, width, N)."""
    owner = "imageAttributes"
    low, high = interval(owner, "valueRange", valueRange)
    images = realNumbers(owner, "images", images, finite=True, scaled=True)
    if imageShape is not None:
        try:
            height, width = (wholeNumber(owner, "each side of imageShape", side) for side in imageShape)
        except (TypeError, ValueError) as error:
            raise type(error)(refusal(owner, "imageShape", "(height, width)", imageShape)) from error
        if images.ndim == 2 and len(images) == height * width:
            images = images.reshape(1, height, width, -1)
        if images.shape[:-1] != (1, height, width):
            expected = f"columns ({height * width}, N) as imageShape says, or images (1, {height}, {width}, N)"
            raise ValueError(refusal(owner, "images", expected, images.shape))
    if images.ndim != 4 or len(images) != 1 or not math.prod(images.shape):
        expected = "one grey image or more, (1, height, width, N)"
        raise ValueError(refusal(owner, "images", expected, images.shape, "of columns, give their imageShape"))
    return np.clip((images[0].astype(float) - low) / (high - low), 0, 1)

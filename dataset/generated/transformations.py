"""Known transformations of images: what a network that translates from one domain into another is held against.

Plain functions of images (channels, height, width, N) with values from 0, black, to 1, white; each gives new images of
the same precision.

>>> from dataset import Dataset, transformations
>>> images = Dataset("digits", images=True).testSet().inputs
>>> transformations.sheared(images).shape, transformations.reduced(images, (4, 4)).shape
((1, 8, 8, 360), (1, 4, 4, 360))
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from leibnet.arguments import number, refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np


def sheared(images: Any, slope: float = 0.3) -> Array:
    """Italic: what stands above the middle moves to the right, by `slope` pixels for every row, and below to the left.

    A pixel between two is a mixture of both, in straight proportion. What comes in from outside is 0, what goes out is
    lost.

    Parameters
    ----------
    images : (channels, height, width, N).
    slope : the tangent of the angle; negative to the left. Default 0.3.
    """
    x = _checked("sheared", images)
    slope = number("sheared", "slope", slope)
    height, width = x.shape[1:3]
    y, places = np.zeros_like(x), np.arange(width)
    for row, shift in enumerate(slope * ((height - 1) / 2 - np.arange(height))):
        weights = np.maximum(0, 1 - np.abs(places[:, np.newaxis] - shift - places)).astype(x.dtype)  # (to, from)
        y[:, row] = np.einsum("vw,cwn->cvn", weights, x[:, row])
    return y


def blurred(images: Any, deviation: float = 1.0) -> Array:
    """Every pixel is a mean of those around it, weighted by a Gaussian; outside, all is 0.

    Parameters
    ----------
    images : (channels, height, width, N).
    deviation : that of the Gaussian in pixels, which is cut off at three of it; above 0, default 1.
    """
    x = _checked("blurred", images)
    deviation = number("blurred", "deviation", deviation, low=0, excluding="low")
    reach = math.ceil(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    down, across = (_banded(size, weights).astype(x.dtype) for size in x.shape[1:3])
    return np.einsum("uh,vw,chwn->cuvn", down, across, x, optimize=True)


def dilated(images: Any, size: int = 3) -> Array:
    """A thicker stroke: the largest value of the square window around every pixel, grey dilation.

    Parameters
    ----------
    images : (channels, height, width, N), bright strokes on dark ground.
    size : height and width of the window, an odd number; default 3. Outside, there is nothing.
    """
    return _morphed("dilated", images, size, np.maximum)


def eroded(images: Any, size: int = 3) -> Array:
    """A thinner stroke: the smallest value of the square window around every pixel, grey erosion.

    `size` is as for `dilated`; strokes narrower than the window vanish.
    """
    return _morphed("eroded", images, size, np.minimum)


def edges(images: Any) -> Array:
    """Outlines: the length of Sobel's gradient, 1 at a straight edge from black to white; larger ones are cut to 1.

    At the border, the image goes on as it ends there.
    """
    x = _checked("edges", images)
    framed = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "edge")
    across, down = framed[:, :, 2:] - framed[:, :, :-2], framed[:, 2:] - framed[:, :-2]
    across = across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]
    down = down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]
    return np.minimum(np.hypot(across, down) / 4, 1)


def inverted(images: Any) -> Array:
    """Black becomes white, and white black: 1 - x."""
    return 1 - _checked("inverted", images)


def reduced(images: Any, size: tuple[int, int]) -> Array:
    """Smaller images: every pixel is the mean of the area that it covers, with parts of pixels by their share.

    Parameters
    ----------
    images : (channels, height, width, N).
    size : (height, width), at most that of the images; their ratio need not be whole.

    Example
    -------
    >>> image = np.array([[0.0, 0, 1], [0, 0, 1], [1, 1, 1]]).reshape(1, 3, 3, 1)
    >>> reduced(image, (1, 2))[0, :, :, 0].round(3)
    array([[0.333, 0.778]])
    """
    x = _checked("reduced", images)
    height, width = _size("reduced", size)
    most = x.shape[1:3]
    if height > most[0] or width > most[1]:
        raise ValueError(refusal("reduced", "size", f"at most {most}, that of the images", (height, width)))
    down, across = (_areas(*sides).astype(x.dtype) for sides in ((height, most[0]), (width, most[1])))
    return np.einsum("uh,vw,chwn->cuvn", down, across, x, optimize=True)


def upright(images: Any) -> Array:
    """Without slant: every row moves so far that across and down no longer vary together.

    The slope is that of the line through the centre of mass, the covariance of the columns with the rows over the
    variance of the rows, so the brightness decides; the centre stays. Between two pixels it is a mixture of both, what
    goes out is lost. An image of which one row alone is bright, or none, stays as it is. LeCun et al. 1998 call such
    images of MNIST deslanted.

    Parameters
    ----------
    images : (channels, height, width, N), bright strokes on dark ground.
    """
    x = _checked("upright", images)
    height, width, n = x.shape[1:]
    mass = x.sum(axis=0, dtype=float)
    rows, columns = np.arange(height)[:, np.newaxis, np.newaxis], np.arange(width)[:, np.newaxis]
    whole = np.maximum(mass.sum(axis=(0, 1)), np.finfo(float).tiny)
    middle, across = ((mass * places).sum(axis=(0, 1)) / whole for places in (rows, columns))
    below = rows - middle
    variance = (mass * below**2).sum(axis=(0, 1))
    covariance = (mass * below * (columns - across)).sum(axis=(0, 1))
    slope = np.divide(covariance, variance, out=np.zeros(n), where=variance > 1e-9 * whole)
    framed = np.pad(x, ((0, 0), (0, 0), (width, width + 1), (0, 0)))
    y = np.empty_like(x)
    for row in range(height):
        shift = np.clip(slope * (row - middle), -width, width)
        pixels = np.floor(shift).astype(int)
        share = (shift - pixels).astype(x.dtype)
        places = (columns + width + pixels)[np.newaxis]
        left, right = (np.take_along_axis(framed[:, row], places + step, axis=1) for step in (0, 1))
        y[:, row] = (1 - share) * left + share * right
    return y


def boxed(images: Any, size: tuple[int, int], widest: int | None = None, threshold: float = 0.2) -> Array:
    """`reduced`, every image from its own bounding box: whatever is drawn fills the height, in the middle of the width.

    The width keeps its ratio to the height, until it is `widest`; from there it is pressed together. The bundled
    digits of 8 x 8 were made from such boxes, with strokes of at most about 5 pixels across.

    Parameters
    ----------
    images : (channels, height, width, N), bright strokes on dark ground.
    size : (height, width).
    widest : pixels of the new width that a box may take; default None, all.
    threshold : what is brighter, in any channel, is in the box; default 0.2. An image without such becomes black.

    Example
    -------
    >>> image = np.zeros((1, 9, 9, 1))
    >>> image[0, 2:8, 3:6] = 1
    >>> boxed(image, (4, 4))[0, :, :, 0]
    array([[0., 1., 1., 0.],
           [0., 1., 1., 0.],
           [0., 1., 1., 0.],
           [0., 1., 1., 0.]])
    """
    x = _checked("boxed", images)
    height, width = _size("boxed", size)
    widest = width if widest is None else wholeNumber("boxed", "widest", widest)
    if widest > width:
        raise ValueError(refusal("boxed", "widest", f"at most {width}, the new width", widest))
    bright: Array = np.any(x > number("boxed", "threshold", threshold, low=0, high=1), axis=0)
    y = np.zeros((*x.shape[:1], height, width, x.shape[-1]), x.dtype)
    for i in np.flatnonzero(bright.any(axis=(0, 1))):
        (top, bottom), (left, right) = (_ends(bright[..., i], axis) for axis in (1, 0))
        scale = min(height / (bottom - top), widest / (right - left))
        margin = (width / scale - (right - left)) / 2
        down = _areas(height, x.shape[1], top, bottom)
        across = _areas(width, x.shape[2], left - margin, right + margin)
        y[..., i] = down.astype(x.dtype) @ x[..., i] @ across.T.astype(x.dtype)
    return y


def _checked(owner: str, images: Any) -> Array:
    x = realNumbers(owner, "images", images, finite=True)
    if x.ndim != 4 or not x.size:
        raise ValueError(refusal(owner, "images", "of shape (channels, height, width, N)", x.shape, "reshape them"))
    if x.dtype.kind != "f" or x.min() < 0 or x.max() > 1:
        got = f"{x.dtype} from {x.min():g} to {x.max():g}"
        raise ValueError(refusal(owner, "images", "floats from 0 to 1", got, "divide grey values by 255"))
    return x


def _banded(size: int, weights: Array) -> Array:
    """(size, size): its product with a row of pixels is their mean with these weights around each."""
    offsets = np.arange(size) - np.arange(size)[:, np.newaxis] + len(weights) // 2
    inside = (offsets >= 0) & (offsets < len(weights))
    return np.where(inside, weights[np.clip(offsets, 0, len(weights) - 1)], 0.0)


def _areas(parts: int, size: int, start: float = 0, end: float | None = None) -> Array:
    """(parts, size): which share of each part of a row, from `start` to `end`, lies in each of its pixels."""
    length = ((size if end is None else end) - start) / parts
    first = start + np.arange(parts)[:, np.newaxis] * length
    pixels = np.arange(size)
    return np.clip(np.minimum(first + length, pixels + 1) - np.maximum(first, pixels), 0, None) / length


def _ends(bright: Array, axis: int) -> tuple[int, int]:
    """The first place, and that behind the last, where anything along the axis is bright."""
    places = np.flatnonzero(bright.any(axis=axis))
    return int(places[0]), int(places[-1]) + 1


def _size(owner: str, size: Any) -> tuple[int, int]:
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise TypeError(refusal(owner, "size", "(height, width)", size))
    height, width = (wholeNumber(owner, "every side of size", side) for side in size)
    return height, width


def _morphed(owner: str, images: Any, size: Any, extreme: Callable[..., Array]) -> Array:
    """The extreme of the window around every pixel, along one side after the other."""
    x = _checked(owner, images)
    size = wholeNumber(owner, "size", size)
    if size % 2 == 0:
        raise ValueError(refusal(owner, "size", "an odd number", size))
    for axis in (1, 2):
        y = x.copy()
        for shift in range(1, size // 2 + 1):
            ahead, behind = ([slice(None)] * 4 for _ in range(2))
            ahead[axis], behind[axis] = slice(shift, None), slice(None, -shift)
            for to, source in ((ahead, behind), (behind, ahead)):
                extreme(y[tuple(to)], x[tuple(source)], out=y[tuple(to)])
        x = y
    return x

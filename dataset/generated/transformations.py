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
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise TypeError(refusal("reduced", "size", "(height, width)", size))
    most = x.shape[1:3]
    height, width = (wholeNumber("reduced", "every side of size", side) for side in size)
    if height > most[0] or width > most[1]:
        raise ValueError(refusal("reduced", "size", f"at most {most}, that of the images", (height, width)))
    down, across = (_areas(*sides).astype(x.dtype) for sides in ((height, most[0]), (width, most[1])))
    return np.einsum("uh,vw,chwn->cuvn", down, across, x, optimize=True)


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


def _areas(parts: int, size: int) -> Array:
    """(parts, size): which share of each part of a row lies in each of its pixels."""
    first = np.arange(parts)[:, np.newaxis] * size / parts
    last = first + size / parts
    pixels = np.arange(size)
    return np.clip(np.minimum(last, pixels + 1) - np.maximum(first, pixels), 0, None) * parts / size


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

"""Arrays as pictures that a page can show."""

from __future__ import annotations

import base64
import io
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np


def levels(array: Any, limits: tuple[float, float] | None = (0.0, 1.0)) -> Array:
    """Values as grey levels 0 to 255, of the same shape: the first of `limits` is black, the second white.

    What lies beyond is cut; NaN is black. With None, the smallest and the largest value are the limits.
    """
    values = np.nan_to_num(np.asarray(array, float))
    low, high = (values.min(), values.max()) if limits is None else limits
    return np.round(255 * np.clip((values - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)


def bytesOf(array: Any, size: int = 0, limits: tuple[float, float] | None = (0.0, 1.0)) -> bytes:
    """A PNG file of a picture (height, width), or (height, width, 3) in colour; of bytes, or of values in `limits`.

    Every pixel becomes a square of as many pixels as bring the longer side nearest to `size`; 0, the default, one.
    """
    from PIL import Image

    picture = np.asarray(array)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3) or not picture.size:
        raise ValueError(refusal("bytesOf", "a picture", "(height, width) or (height, width, 3)", picture.shape))
    if picture.dtype != np.uint8:
        picture = levels(picture, limits)
    factor = max(1, round(size / max(picture.shape[:2])))
    enlarged = np.ascontiguousarray(picture.repeat(factor, axis=0).repeat(factor, axis=1))
    file = io.BytesIO()
    Image.fromarray(enlarged).save(file, "PNG", compress_level=1)
    return file.getvalue()


def png(array: Any, size: int = 0, limits: tuple[float, float] | None = (0.0, 1.0)) -> str:
    """The PNG file as a data: URL, to be the `src` of an image; arguments as for `bytesOf`.

    >>> png(np.zeros((2, 2)))[:22]
    'data:image/png;base64,'
    """
    return "data:image/png;base64," + base64.b64encode(bytesOf(array, size, limits)).decode()


def signed(values: Array, each: bool = False) -> Array:
    """Numbers as colours (..., 3): 0 black, the largest white, the largest below 0 blue.

    With `each`, the largest of every picture, along the first axis; otherwise of all.
    """
    axes = tuple(range(1, values.ndim)) if each else None
    largest = np.abs(values).max(axis=axes, keepdims=True, initial=0)
    shares = np.nan_to_num(values) / np.where(largest > 0, largest, 1)
    above, below = np.maximum(shares, 0)[..., np.newaxis], np.maximum(-shares, 0)[..., np.newaxis]
    return np.round(255 * (above + below * np.array([0.25, 0.55, 1.0]))).astype(np.uint8)


def tiles(images: Array, columns: int = 0) -> Array:
    """Pictures (N, height, width, 3) of bytes side by side, a grey line between them; `columns` default a square's."""
    count, height, width, channels = images.shape
    columns = min(columns or _columns(count, height / width), count)
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + 1, width + 1, channels), 90, np.uint8)
    cells[:count, :-1, :-1] = images
    grid = cells.reshape(rows, columns, height + 1, width + 1, channels).swapaxes(1, 2)
    return grid.reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]


def _columns(count: int, ratio: float) -> int:
    """How many side by side come nearest to a square, of those that leave few places empty."""
    best = np.sqrt(count * ratio)
    choices = range(max(1, int(0.6 * best)), int(1.8 * best) + 2)
    return min(choices, key=lambda n: abs(np.log(n / best)) + 4 * (-count % n) / count)

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
    low, high = (values.min(initial=0), values.max(initial=0)) if limits is None else limits
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

"""A drawing brought to the size of a network's pictures, as the data's own digits were."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from nn.synthesis.resizing import resized

FILLED = 20 / 28  # of the side, of what MNIST's digits fill
INK = 0.28  # the share of ink in the bundled digits: 0.30 to 0.32 in the mean of each class
SMALL = 16  # pixels a side; smaller pictures are made as the 8 x 8 digits


def centred(ink: Array, height: int, width: int) -> Array:
    """A drawing (rows, columns) of ink 1 on paper 0 as grey values (height, width), the drawn alone, in the middle.

    From 16 pixels a side as MNIST was made: the digit keeps its proportions and fits in 20 of 28 pixels, its grey
    values come from smoothing, and its centre of mass is in the middle (Y. LeCun, C. Cortes, C. Burges, "The MNIST
    database of handwritten digits"). Smaller ones as the bundled digits: a bitmap of four times the side that the digit
    fills, with lines as thick as theirs, of which every pixel is the share of ink in a square of 4 x 4 (E. Alpaydin,
    C. Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI repository).

    >>> ink = np.zeros((280, 280))
    >>> ink[20:100, 30:50] = 1  # a one, high up on the left
    >>> digit = centred(ink, 28, 28) > 0.5
    >>> [int(side.sum()) for side in (digit.any(axis=0), digit.any(axis=1))], bool(digit[4, 12])
    ([5, 20], True)
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return np.zeros((height, width))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if min(height, width) < SMALL:
        placed = _bitmap(box, 4 * height, 4 * width)
        return placed.reshape(height, 4, width, 4).mean(axis=(1, 3))
    return _placed(_fitted(box, round(FILLED * height), round(FILLED * width)), height, width)


def _bitmap(box: Array, height: int, width: int) -> Array:
    """The box on a bitmap of this size, which it fills, its lines as thick as those of the bundled digits."""
    for thicker in range(5):
        bitmap = np.zeros((height, width), bool)
        inner = _fitted(box, height - 2 * thicker, width - 2 * thicker) >= 0.5
        top, left = ((side - length) // 2 for side, length in zip(bitmap.shape, inner.shape, strict=True))
        bitmap[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        for _ in range(thicker):
            around = np.pad(bitmap, 1)
            bitmap = around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:] | bitmap
        if bitmap.mean() >= INK:
            break
    return bitmap.astype(float)


def _fitted(box: Array, height: int, width: int) -> Array:
    """The box as large as fits, in its proportions."""
    factor = min(height / box.shape[0], width / box.shape[1])
    size = [max(1, round(factor * side)) for side in box.shape]
    return np.clip(resized(box[np.newaxis, ..., np.newaxis], *size)[0, ..., 0], 0, 1)


def _placed(picture: Array, height: int, width: int) -> Array:
    """On paper of this size, its centre of mass in the middle; nothing is cut off."""
    sheet = np.zeros((height, width))
    places = []
    for axis, side in enumerate((height, width)):
        length = picture.shape[axis]
        mass = picture.sum(axis=1 - axis)
        centre = (mass @ (np.arange(length) + 0.5)) / mass.sum() if mass.any() else length / 2
        places.append(min(max(round(side / 2 - centre), 0), side - length))
    top, left = places
    sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet


def whole(ink: Array, height: int, width: int) -> Array:
    """The whole field, as it is, as grey values (height, width)."""
    return np.clip(resized(ink[np.newaxis, ..., np.newaxis], height, width)[0, ..., 0], 0, 1)

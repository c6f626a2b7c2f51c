"""Images made larger and smaller without learning."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array, Shape

import numpy as np

from layers.images.windows import imageShape, pair
from layers.layer import Layer
from layers.passes import Pass, Wanted

Borders = tuple[Shape, Shape]


class UpSampling2D(Layer):
    """Every pixel becomes a rectangle of its own number: (channels, height, width, N) is enlarged by a factor.

    Parameters
    ----------
    size : how often each row and column is repeated, a whole number or two; default 2.
    """

    isLinear = True

    def __init__(self, size: int | Shape = 2) -> None:
        super().__init__()
        self.size = pair("UpSampling2D", "size", size)

    def outputShape(self, inputShape: Shape) -> Shape:
        channels, height, width = imageShape(self.describe, inputShape)
        return channels, height * self.size[0], width * self.size[1]

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", (*self.outputShape(x.shape[:-1]), x.shape[-1]))
        self._apart(y)[...] = x[:, :, np.newaxis, :, np.newaxis]
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx, apart = now.buffer("dx", now.x.shape), self._apart(dy)
        dx[...] = 0
        for i, j in np.ndindex(*self.size):  # several times faster than np.sum over the two axes
            dx += apart[:, :, i, :, j]
        return dx

    def _apart(self, y: Array) -> Array:
        """(channels, height, factor, width, factor, N), a view."""
        channels, height, width, n = y.shape
        rows, columns = self.size
        return y.reshape(channels, height // rows, rows, width // columns, columns, n)

    def __repr__(self) -> str:
        return f"UpSampling2D {'x'.join(map(str, self.size))}"


class ZeroPadding2D(Layer):
    """Zeros around every image.

    Parameters
    ----------
    padding : how many rows and columns: a whole number for all four sides, (rows, columns), or ((top, bottom), (left,
        right)); default 1.
    """

    isLinear = True

    def __init__(self, padding: int | Shape | Borders = 1) -> None:
        super().__init__()
        self.padding = borders("ZeroPadding2D", "padding", padding)

    def outputShape(self, inputShape: Shape) -> Shape:
        channels, height, width = imageShape(self.describe, inputShape)
        return channels, height + sum(self.padding[0]), width + sum(self.padding[1])

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", (*self.outputShape(x.shape[:-1]), x.shape[-1]))
        y[...] = 0
        within(y, self.padding)[...] = x
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = within(dy, self.padding)
        return dx

    def __repr__(self) -> str:
        return f"ZeroPadding2D {self.padding}"


class Cropping2D(Layer):
    """Rows and columns are cut off every image.

    Parameters
    ----------
    cropping : how many: a whole number for all four sides, (rows, columns), or ((top, bottom), (left, right)); default
        1.
    """

    isLinear = True

    def __init__(self, cropping: int | Shape | Borders = 1) -> None:
        super().__init__()
        self.cropping = borders("Cropping2D", "cropping", cropping)

    def outputShape(self, inputShape: Shape) -> Shape:
        channels, height, width = imageShape(self.describe, inputShape)
        shape = channels, height - sum(self.cropping[0]), width - sum(self.cropping[1])
        if min(shape) < 1:
            raise ValueError(f"{self.describe()}: expected images that are larger, got {height} x {width}; crop less")
        return shape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", (*self.outputShape(x.shape[:-1]), x.shape[-1]))
        y[...] = within(x, self.cropping)
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = 0
        within(dx, self.cropping)[...] = dy
        return dx

    def __repr__(self) -> str:
        return f"Cropping2D {self.cropping}"


def borders(owner: str, name: str, value: Any) -> Borders:
    """((top, bottom), (left, right))."""
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(isinstance(one, (tuple, list)) for one in value):
        return pair(owner, name, value[0], least=0), pair(owner, name, value[1], least=0)
    if isinstance(value, (tuple, list)) and len(value) != 2:
        expected = "a whole number, (rows, columns) or ((top, bottom), (left, right))"
        raise ValueError(refusal(owner, name, expected, value))
    rows, columns = pair(owner, name, value, least=0)
    return (rows, rows), (columns, columns)


def within(array: Array, border: Borders) -> Array:
    """What is left of images without their border, a view."""
    (top, bottom), (left, right) = border
    return array[:, top : array.shape[1] - bottom, left : array.shape[2] - right]

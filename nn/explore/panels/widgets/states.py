"""States of units as pictures: pixels where they are some, squares in lines elsewhere."""

from __future__ import annotations

import math
from typing import Any

from leibnet.types import Array

import numpy as np

from nn.explore.scale import PictureScale, inputRange, pictureShape


class States:
    """How the samples of a model are shown.

    Attributes
    ----------
    scale : how they are pictures; None where they are none.
    """

    def __init__(self, model: Any) -> None:
        self.scale = None if pictureShape(model) is None else PictureScale(model)
        self.limits = inputRange(model)

    def of(self, x: Array) -> Array:
        """A sample as a picture with values from 0 to 1: (height, width), or (height, width, 3) in colour."""
        if self.scale is not None:
            return self.scale.shown(x)
        low, high = self.limits
        return np.clip((np.asarray(x, float).reshape(squares(np.size(x))) - low) / (high - low), 0, 1)

    @property
    def title(self) -> str:
        """What is to be seen, in words."""
        return "Visible units" if self.scale is None else "Picture"


def unitsAsPicture(values: Array) -> Array:
    """Any number of values (n,) in lines, nearly a square, in shares of the largest; what is missing is grey."""
    rows, columns = squares(len(values), full=False)
    cells = np.full(rows * columns, 0.5)
    largest = float(np.abs(values).max(initial=0)) or 1.0
    low = 0.0 if values.min(initial=0) >= 0 else -1.0
    cells[: len(values)] = (values / max(largest, 1.0) - low) / (1 - low)
    return cells.reshape(rows, columns)


def squares(count: int, full: bool = True) -> tuple[int, int]:
    """The shape (rows, columns) nearest to a square that so many units fill; not `full`: that they fit in."""
    if not full:
        rows = max(1, round(math.sqrt(count)))
        return rows, -(-count // rows)
    rows = next(rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0)
    return rows, count // rows


def enlarged(picture: Array, size: int) -> tuple[int, int]:
    """Width and height, in pixels of the screen, of a picture whose longer side comes nearest to `size`."""
    height, width = picture.shape[:2]
    factor = max(1, round(size / max(height, width)))
    return width * factor, height * factor

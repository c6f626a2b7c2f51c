"""States of units as pictures: pixels where they are some, squares in lines elsewhere."""

from __future__ import annotations

import math
from typing import Any

from leibnet.types import Array

import numpy as np

from nn.explore.samples import pictureShape
from nn.explore.scale import asPicture, inputRange


class States:
    """How the samples of a model are shown.

    Attributes
    ----------
    picture : (channels, height, width); None for samples that are no pictures.
    """

    def __init__(self, model: Any) -> None:
        self.picture = pictureShape(model)
        self.limits = inputRange(model)

    def of(self, x: Array) -> Array:
        """A sample as a picture with values from 0 to 1: (height, width), or (height, width, 3) in colour."""
        if self.picture is None:
            return asPicture(x, squares(np.size(x)), self.limits)
        return asPicture(x, self.picture, self.limits)

    @property
    def title(self) -> str:
        """What is to be seen, in words."""
        return "Visible units" if self.picture is None else "Picture"


def unitsAsPicture(values: Array) -> Array:
    """Any number of values (n,) in lines, nearly a square, in shares of the largest; what is missing is grey."""
    _, rows, columns = squares(len(values), full=False)
    cells = np.full(rows * columns, 0.5)
    largest = float(np.abs(values).max(initial=0)) or 1.0
    low = 0.0 if values.min(initial=0) >= 0 else -1.0
    cells[: len(values)] = (values / max(largest, 1.0) - low) / (1 - low)
    return cells.reshape(rows, columns)


def squares(count: int, full: bool = True) -> tuple[int, int, int]:
    """The shape (1, rows, columns) nearest to a square that so many units fill; not `full`: that they fit in."""
    if not full:
        rows = max(1, round(math.sqrt(count)))
        return 1, rows, -(-count // rows)
    rows = next(rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0)
    return 1, rows, count // rows


def enlarged(picture: Array, size: int) -> tuple[int, int]:
    """Width and height, in pixels of the screen, of a picture whose longer side comes nearest to `size`."""
    height, width = picture.shape[:2]
    factor = max(1, round(size / max(height, width)))
    return width * factor, height * factor

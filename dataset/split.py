"""One split of a data set: compact rows in memory, float columns out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dataset.source import Array


@dataclass(frozen=True)
class Split:
    """Samples kept as rows, so that gathering a batch copies whole rows; delivered as columns.

    Attributes
    ----------
    rows : (N, features), uint8 grey values when `white` is given, floats of `dtype` otherwise.
    answers : (N,) class numbers, (N, targets) floats of `dtype`, or None.
    white : the grey value that becomes the upper end of `valueRange`, or None.
    valueRange : (low, high) for grey values.
    classes : number of rows of a one-hot label; None: class numbers are delivered as one row.
    dtype : float32 or float64.
    """

    rows: Array
    answers: Array | None
    white: int | None
    valueRange: tuple[float, float]
    classes: int | None
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return len(self.rows)

    def inputs(self, indices: Array) -> Array:
        """The inputs of the samples `indices` (n,) as fresh columns (features, n)."""
        rows = np.take(self.rows, indices, axis=0)
        return (rows if self.white is None else self._scaled(rows, self.white)).T

    def _scaled(self, grey: Array, white: int) -> Array:
        """Grey values as floats: 0 becomes exactly low, white exactly high.

        high · t + low · (1 - t) with t = grey / white is exact at both ends, low + (high - low) · t is not.
        """
        low, high = self.valueRange
        values = np.divide(grey, white, dtype=self.dtype)
        if (low, high) != (0.0, 1.0):
            rest = 1 - values
            rest *= low
            values *= high
            values += rest
        return values

    def labels(self, indices: Array) -> Array:
        """The labels of the samples `indices` (n,) as fresh columns (labelDim, n)."""
        if self.answers is None:
            return np.zeros((0, len(indices)), self.dtype)
        answers = np.take(self.answers, indices, axis=0)
        if answers.ndim == 2:
            return answers.T
        if self.classes is None:
            return answers.astype(self.dtype)[np.newaxis, :]
        columns = np.zeros((self.classes, len(indices)), self.dtype)
        columns[answers, np.arange(len(indices))] = 1
        return columns

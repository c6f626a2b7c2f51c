"""Branches that end in their sum."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array, Shape

import numpy as np

from layers.branches.copy import severalInputs
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Sum(Layer):
    """(x₁, ..., xₙ) becomes x₁ + ... + xₙ, all of one shape; dxᵢ = dy.

    Example
    -------
    >>> Sum().feedforward((np.array([[1.0]]), np.array([[2.0]])))
    array([[3.]])
    """

    isLinear = True

    def outputShape(self, inputShape: Any) -> Shape:
        first: Shape = inputShape[0]
        if any(shape != first for shape in inputShape):
            raise ValueError(f"{self.describe()}: expected arrays of one shape, got samples of shapes {inputShape}")
        return first

    def accept(self, x: Any) -> Any:
        return tuple(map(super().accept, severalInputs(self, x)))

    def _forward(self, x: Any, now: Pass, training: bool) -> Array:
        self.outputShape(tuple(one.shape for one in x))
        y = now.buffer("y", x[0].shape, x[0])
        np.copyto(y, x[0])
        for one in x[1:]:
            y += one
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Any:
        return (dy,) * len(now.x) if wanted.input else None

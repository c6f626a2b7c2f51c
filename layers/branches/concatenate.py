"""Branches that end behind one another."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from leibnet.arrays import featureAxis, featureAxisOf
from leibnet.types import Array, Shape

import numpy as np

from layers.branches.copy import severalInputs
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Concatenate(Layer):
    """(x₁, ..., xₙ) becomes one array with the features of all, behind one another; of images with the channels of all.

    Example
    -------
    >>> Concatenate().feedforward((np.zeros((2, 1)), np.ones((1, 1)))).ravel()
    array([0., 0., 1.])
    """

    isLinear = True

    def outputShape(self, inputShape: Any) -> Shape:
        return self._joined(tuple((*shape, 1) for shape in inputShape))[:-1]

    def accept(self, x: Any) -> Any:
        return tuple(map(super().accept, severalInputs(self, x)))

    def _forward(self, x: Any, now: Pass, training: bool) -> Array:
        shape = self._joined(tuple(one.shape for one in x))
        return np.concatenate(x, axis=featureAxisOf(shape), out=now.buffer("y", shape, x[0]))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Any:
        if not wanted.input:
            return None
        axis = featureAxis(dy)
        ends = list(accumulate(one.shape[axis] for one in now.x))
        return tuple(np.split(dy, ends[:-1], axis=axis))

    def _joined(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape of all arrays behind one another, for their shapes."""
        axis = featureAxisOf(shapes[0])
        rests = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if axis < 0 or len(rests) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ValueError(
                f"{self.describe()}: expected arrays that differ in the number of their features alone, got some of "
                f"shapes {', '.join(map(str, shapes))}"
            )
        return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])

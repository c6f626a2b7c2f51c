"""One array for several branches."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted


class Copy(Layer):
    """x becomes the tuple (x, ..., x), for branches that begin together; dx = Σ dyᵢ. No number is copied.

    Parameters
    ----------
    branches : how many; default 2.

    Example
    -------
    >>> a, b = Copy().feedforward(np.array([[1.0, 2.0]]))
    >>> a, b
    (array([[1., 2.]]), array([[1., 2.]]))
    """

    isLinear = True

    def __init__(self, branches: int = 2) -> None:
        super().__init__()
        self.branches = arguments.wholeNumber("Copy", "branches", branches)

    def outputShape(self, inputShape: Any) -> Any:
        return (inputShape,) * self.branches

    def gradientLike(self, y: Any, dy: Any) -> Any:
        return gradientsLike(self, y, dy)

    def _forward(self, x: Array, now: Pass, training: bool) -> Any:
        return (x,) * self.branches

    def _backward(self, dy: Any, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        np.copyto(dx, dy[0])
        for one in dy[1:]:
            dx += one
        return dx

    def __repr__(self) -> str:
        return f"Copy x{self.branches}"


def gradientsLike(layer: Layer, y: Any, dy: Any) -> Any:
    """The gradients of several outputs, if there is one for each, in its shape."""
    if not isinstance(dy, tuple) or len(dy) != len(y):
        got = f"a tuple of {len(dy)}" if isinstance(dy, tuple) else type(dy).__name__
        raise ValueError(f"{layer.describe()}: expected a tuple of {len(y)} gradients, one for each output, got {got}")
    return tuple(Layer.gradientLike(layer, one, gradient) for one, gradient in zip(y, dy, strict=True))


def severalInputs(layer: Layer, x: Any, count: int | None = None) -> Any:
    """The inputs, if they are a tuple of arrays, of so many if that is said."""
    wanted = "several" if count is None else str(count)
    if not isinstance(x, tuple) or not x or (count is not None and len(x) != count):
        got = f"a tuple of {len(x)}" if isinstance(x, tuple) else f"one of shape {np.shape(x)}"
        raise TypeError(f"{layer.describe()}: expected a tuple of {wanted} arrays, got {got}; put Copy() before it")
    return x

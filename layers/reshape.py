"""Layers that see the same numbers in another shape."""

from __future__ import annotations

import math
from collections.abc import Iterable

from leibnet import arguments
from leibnet.types import Array, Shape

from layers.layer import Layer
from layers.passes import Pass, Wanted


class Reshape(Layer):
    """The same numbers of each sample in another shape; a view, no number moves.

    Parameters
    ----------
    shape : that of one sample of the output, such as (1, 28, 28); its product is that of the input's.

    Example
    -------
    >>> import numpy as np
    >>> Reshape((1, 28, 28)).feedforward(np.zeros((784, 50))).shape
    (1, 28, 28, 50)
    """

    isLinear = True

    def __init__(self, shape: Iterable[int]) -> None:
        super().__init__()
        sides = tuple(shape) if isinstance(shape, Iterable) else (shape,)
        self.shape = tuple(arguments.wholeNumber("Reshape", "every side of shape", side) for side in sides)

    def outputShape(self, inputShape: Shape) -> Shape:
        if math.prod(inputShape) != math.prod(self.shape):
            raise ValueError(
                f"{self.describe()}: expected samples of {math.prod(self.shape)} numbers, for shape {self.shape}, got "
                f"some of shape {inputShape}"
            )
        return self.shape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        return x.reshape(*self.outputShape(x.shape[:-1]), x.shape[-1])

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return dy.reshape(now.x.shape) if wanted.input else None

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        return mask if mask is not None and len(self.shape) > 1 and self.shape[0] == len(mask) else None

    def __repr__(self) -> str:
        return f"Reshape -> {'x'.join(map(str, self.shape))}"


class Flatten(Layer):
    """All numbers of each sample one below the other: (channels, height, width, N) becomes (features, N); a view.

    Example
    -------
    >>> import numpy as np
    >>> Flatten().feedforward(np.zeros((1, 28, 28, 50))).shape
    (784, 50)
    """

    isLinear = True

    def outputShape(self, inputShape: Shape) -> Shape:
        return (math.prod(inputShape),)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        return x.reshape(-1, x.shape[-1]) if x.size else x.reshape(*self.outputShape(x.shape[:-1]), x.shape[-1])

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return dy.reshape(now.x.shape) if wanted.input else None

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        return None

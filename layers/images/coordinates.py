"""Where a pixel lies, told to layers that are alike everywhere."""

from __future__ import annotations

from leibnet.types import Array, Shape

import numpy as np

from layers.images.windows import imageShape
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Coordinates(Layer):
    """Two channels more: where each pixel lies, from -1 to 1, from left to right and from above downwards.

    A convolution computes the same everywhere; behind this layer it can depend on the place (CoordConv: Liu et al.
    2018, arXiv:1807.03247). A decoder that begins so draws things where its code says (the spatial broadcast decoder:
    Watters et al. 2019, arXiv:1901.07017):

        Reshape((codes, 1, 1)), UpSampling2D(16), Coordinates(), Conv2D(codes + 2, 64, 1, ReLU()), ...

    (channels, height, width, N) becomes (channels + 2, height, width, N). An axis of one pixel has 0.

    Example
    -------
    >>> Coordinates().feedforward(np.ones((1, 2, 3, 1)))[1:, :, :, 0]
    array([[[-1.,  0.,  1.],
            [-1.,  0.,  1.]],
    <BLANKLINE>
           [[-1., -1., -1.],
            [ 1.,  1.,  1.]]])
    """

    def outputShape(self, inputShape: Shape) -> Shape:
        channels, height, width = imageShape(self.describe, inputShape)
        return channels + 2, height, width

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", (*self.outputShape(x.shape[:-1]), x.shape[-1]))
        y[:-2] = x
        y[-2:] = coordinates(*x.shape[1:3])[..., np.newaxis]
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return dy[:-2] if wanted.input else None


def coordinates(height: int, width: int) -> Array:
    """Where the pixels of an image lie, (2, height, width)."""
    down, across = (np.linspace(-1, 1, count) if count > 1 else np.zeros(1) for count in (height, width))
    return np.stack(np.meshgrid(across, down))

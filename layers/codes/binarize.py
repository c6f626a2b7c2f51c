"""Codes of two values."""

from __future__ import annotations

from leibnet import arguments
from leibnet.types import Array, Shape

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted


class Binarize(Layer):
    """y = 1 where x ≥ 0, y = -1 elsewhere, with the straight-through gradient:

        dx = dy where |x| ≤ window, 0 elsewhere

    The derivative of a step is 0, and nothing before it would learn: the gradient is that of y = x in its place, as far
    as x lies in the window. Bengio, Léonard & Courville 2013, arXiv:1308.3432; with a window of 1, Hubara et al. 2016,
    arXiv:1602.02830. It is an estimate by definition, and no derivative: `checkGradients` calls it wrong.

    A `BatchNormalization` before it makes half of a feature's bits 1; `Corrupt(SaltAndPepper(2 * p, -1, 1))` after it
    flips every bit with probability p in training, so that near codes come to mean like samples.

    Parameters
    ----------
    window : > 0, or None (default): the gradient passes everywhere.

    Example
    -------
    >>> layer = Binarize(window=1)
    >>> layer.feedforward(np.array([[-3.0, -0.5, 0.0, 2.0]]))
    array([[-1., -1.,  1.,  1.]])
    >>> layer.backward(np.array([[0.1, 0.2, 0.3, 0.4]]))
    array([[0. , 0.2, 0.3, 0. ]])
    """

    def __init__(self, window: float | None = None) -> None:
        super().__init__()
        self.window = None if window is None else arguments.number("Binarize", "window", window, 0, excluding="low")

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = np.sign(x, out=now.buffer("y", x.shape))
        y[x == 0] = 1
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input or self.window is None:
            return dy if wanted.input else None
        return np.multiply(dy, np.abs(now.x) <= self.window, out=now.buffer("dx", dy.shape))

    def __repr__(self) -> str:
        return "Binarize" if self.window is None else f"Binarize, window {self.window:g}"

"""Codes that noise makes binary."""

from __future__ import annotations

from leibnet import arguments
from leibnet.arrays import standardNormal
from leibnet.types import Array, Shape

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted


class NoisySigmoid(Layer):
    """y = 1 / (1 + exp(-(x + ε))), ε ~ N(0, σ²), in training; y = 1 where x ≥ 0, else 0, in a prediction.

    Where a decoder has to make something of y, the noise drives x far from 0 in a training, where little of it is left
    in y: so y comes near 0 or 1 by itself, and rounding it loses little. The gradient dx = dy y (1 - y) is exact; that
    of a prediction is 0. Salakhutdinov & Hinton 2009, "Semantic hashing", who drew the noise of a sample once; here it
    is drawn anew in every pass.

    Parameters
    ----------
    deviation : σ ≥ 0; default 4, as in the paper (a variance of 16).
    rng : numpy.random.Generator or seed for ε; default the library's own, which `nn.seed` sets.

    Example
    -------
    >>> layer, x = NoisySigmoid(rng=0), np.array([[-8.0, -1.0, 0.0, 9.0]])
    >>> layer.feedforward(x).round(3)
    array([[0.001, 0.178, 0.928, 1.   ]])
    >>> layer.feedforward(x, training=False)
    array([[0., 0., 1., 1.]])
    """

    def __init__(self, deviation: float = 4.0, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.deviation = arguments.number("NoisySigmoid", "deviation", deviation, low=0)
        self.rng = arguments.randomGenerator("NoisySigmoid", rng)

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", x.shape)
        now.steep = not training
        if now.steep:
            return np.greater_equal(x, 0, out=y)
        np.multiply(standardNormal(self.generator(), x.shape, x), 0.5 * self.deviation, out=y)
        y += 0.5 * x
        np.tanh(y, out=y)  # 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, without overflow
        y += 1
        y *= 0.5
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", dy.shape)
        if now.steep:
            dx[...] = 0
            return dx
        np.subtract(1, now.y, out=dx)
        dx *= now.y
        dx *= dy
        return dx

    def __repr__(self) -> str:
        return f"NoisySigmoid {self.deviation:g}"

"""Dropout."""

from __future__ import annotations

from leibnet import arguments
from leibnet.arrays import uniform
from leibnet.types import Array, Shape

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted


class Dropout(Layer):
    """y = x ∘ m / (1 - p) in training, m being 0 with probability p, else 1; y = x otherwise.

    Every number of every sample is dropped by itself. The factor 1 / (1 - p) keeps its mean ("inverted" dropout), so
    that nothing is to be done in inference. Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks
    from overfitting".

    Parameters
    ----------
    p : probability with which a number is dropped, 0 ≤ p < 1; default 0.5.
    rng : numpy.random.Generator or seed for m; default the library's own, which `nn.seed` sets.

    Example
    -------
    >>> layer, x = Dropout(0.5, rng=0), np.ones((1, 6))
    >>> layer.feedforward(x), layer.feedforward(x, training=False)
    (array([[2., 0., 0., 0., 2., 2.]]), array([[1., 1., 1., 1., 1., 1.]]))
    """

    def __init__(self, p: float = 0.5, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.p = arguments.number("Dropout", "p", p, low=0, high=1, excluding="high")
        self.rng = arguments.randomGenerator("Dropout", rng)

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.kept = None
        if not training or self.p == 0:
            return x
        now.kept = np.greater_equal(uniform(self.generator(), x.shape, x), self.p, out=now.buffer("kept", x.shape))
        now.kept /= 1 - self.p
        return np.multiply(x, now.kept, out=now.buffer("y", x.shape))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input or now.kept is None:
            return dy if wanted.input else None
        return np.multiply(dy, now.kept, out=now.buffer("dx", dy.shape))

    def __repr__(self) -> str:
        return f"Dropout {self.p:g}"

"""Batch normalisation."""

from __future__ import annotations

import math

from leibnet import arguments
from leibnet.arrays import featureAxisOf
from leibnet.types import Array, Shape

import numpy as np

from layers.learning import Learning
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.shapes import wrongShape
from optimizer import Optimizer


class BatchNormalization(Learning):
    """x̂ = (x - μ) / √(σ² + ε)        y = γ x̂ + β        for every feature, or for every channel of images

    In training, μ and σ² are mean and variance (1/n) of the mini-batch, over all but the feature axis; otherwise they
    are running averages of those, which every pass in training moves:

        mean ← (1 - momentum) mean + momentum μ        variance ← (1 - momentum) variance + momentum n/(n-1) σ²

        dx = γ / √(σ² + ε) (dy - (Σ dy + x̂ Σ dy x̂) / n)        dγ = Σ dy x̂        dβ = Σ dy

    A frozen layer normalises by its running averages, and leaves them. Ioffe & Szegedy 2015, arXiv:1502.03167.

    Parameters
    ----------
    features : number of features, or of channels of images.
    momentum : the weight of the new mini-batch in the running averages, 0 < momentum ≤ 1; default 0.1. It is PyTorch's;
        Keras's is 1 - momentum.
    epsilon : ε > 0; default 1e-5.
    optimizer, penalty : see `Learning`. Weight decay does not concern γ and β.

    In files, γ and β are "scale" and "shift", the running averages "mean" and "variance".

    Raises
    ------
    ValueError : in training, for a mini-batch with one value a feature: its variance is 0, and every output would be β.

    Example
    -------
    >>> layer = BatchNormalization(2)
    >>> layer.feedforward(np.array([[1.0, 3.0], [0.0, 20.0]])).round(4)
    array([[-1.,  1.],
           [-1.,  1.]])
    >>> layer.statistics["mean"].ravel()
    array([0.2, 1. ])
    """

    def __init__(
        self,
        features: int,
        momentum: float = 0.1,
        epsilon: float = 1e-5,
        optimizer: Optimizer | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(optimizer, penalty)
        self.features = arguments.wholeNumber("BatchNormalization", "features", features)
        self.momentum = arguments.number("BatchNormalization", "momentum", momentum, low=0, high=1, excluding="low")
        self.epsilon = arguments.number("BatchNormalization", "epsilon", epsilon, low=0, excluding="low")
        column = (self.features, 1)
        self._create(scale=np.ones(column), shift=np.zeros(column))
        self._keep(mean=np.zeros(column), variance=np.ones(column))

    def outputShape(self, inputShape: Shape) -> Shape:
        shape = (*inputShape, 1)
        if len(shape) < 2 or inputShape[featureAxisOf(shape)] != self.features:
            raise ValueError(f"{self.describe()}: {wrongShape((self.features,), (*inputShape, 'N'))}")
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        axis = featureAxisOf(x.shape)
        now.others = tuple(i for i in range(x.ndim) if i != axis)
        now.column = tuple(self.features if i == axis else 1 for i in range(x.ndim))
        now.n = math.prod(x.shape) // self.features if training and self.trainable else math.inf
        if now.n < math.inf:
            mean, variance = self._moments(x, now)
        else:
            mean, variance = (self._statistics[name].reshape(now.column) for name in ("mean", "variance"))
        now.deviation = np.sqrt(variance + self.epsilon)
        now.normal = np.subtract(x, mean, out=now.buffer("normal", x.shape))
        now.normal /= now.deviation
        y = np.multiply(now.normal, self.block.values["scale"].reshape(now.column), out=now.buffer("y", x.shape))
        y += self.block.values["shift"].reshape(now.column)
        return y

    def _moments(self, x: Array, now: Pass) -> tuple[Array, Array]:
        """Mean and variance of the mini-batch, which move the running averages."""
        if now.n < 2:
            raise ValueError(
                f"{self.describe()}: expected two values of every feature or more in training, got {now.n}; use larger "
                "mini-batches (Dataset(..., dropLast=True) omits a smaller last one)"
            )
        mean = x.mean(axis=now.others, keepdims=True)
        variance = x.var(axis=now.others, keepdims=True)
        for name, new in (("mean", mean), ("variance", variance * (now.n / (now.n - 1)))):
            running = self._statistics[name]
            running *= 1 - self.momentum
            running += self.momentum * new.reshape(running.shape)
        return mean, variance

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        dx = np.multiply(dy, now.normal, out=now.buffer("dx", dy.shape))
        dscale, dshift = dx.sum(axis=now.others, keepdims=True), dy.sum(axis=now.others, keepdims=True)
        if wanted.parameters:
            self.block.gradients["scale"][...] = dscale.reshape(-1, 1)
            self.block.gradients["shift"][...] = dshift.reshape(-1, 1)
        if not wanted.input:
            return None
        np.multiply(now.normal, dscale / -now.n, out=dx)  # by running averages, n = ∞: constants have no gradient
        dx += dy
        dx -= dshift / now.n
        dx *= self.block.values["scale"].reshape(now.column) / now.deviation
        return dx

    def __repr__(self) -> str:
        return f"BatchNormalization {self.features}"

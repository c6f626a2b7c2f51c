"""Layer normalisation."""

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


class LayerNormalization(Learning):
    """x̂ = (x - μ) / √(σ² + ε)        y = γ x̂ + β        for every sample, and for every step or pixel of it

    μ and σ² are mean and variance (1/n) over the features, or over the channels of images: no sample knows of another,
    and training is as predicting. With dx̂ = γ dy and the means over the features,

        dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ x̂)) / √(σ² + ε)        dγ = Σ dy x̂        dβ = Σ dy

    Ba et al. 2016, arXiv:1607.06450.

    Parameters
    ----------
    features : number of features, or of channels of images.
    epsilon : ε > 0; default 1e-5.
    optimizer, penalty : see `Learning`. Weight decay does not concern γ and β.

    In files, γ and β are "scale" and "shift", (features, 1).

    Example
    -------
    >>> LayerNormalization(3).feedforward(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 8.0]])).round(3)
    array([[-1.225, -0.707],
           [ 0.   , -0.707],
           [ 1.225,  1.414]])
    """

    def __init__(
        self, features: int, epsilon: float = 1e-5, optimizer: Optimizer | None = None, penalty: Penalty | None = None
    ) -> None:
        super().__init__(optimizer, penalty)
        self.features = arguments.wholeNumber("LayerNormalization", "features", features)
        self.epsilon = arguments.number("LayerNormalization", "epsilon", epsilon, low=0, excluding="low")
        column = (self.features, 1)
        self._create(scale=np.ones(column), shift=np.zeros(column))

    def outputShape(self, inputShape: Shape) -> Shape:
        shape = (*inputShape, 1)
        if len(shape) < 2 or inputShape[featureAxisOf(shape)] != self.features:
            raise ValueError(f"{self.describe()}: {wrongShape((self.features,), (*inputShape, 'N'))}")
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        axis = featureAxisOf(x.shape) % x.ndim
        now.positions = math.prod(x.shape[:axis]), self.features, math.prod(x.shape[axis + 1 :])
        here = x.reshape(now.positions)
        now.normal, y = (now.buffer(name, x.shape).reshape(now.positions) for name in ("normal", "y"))
        mean = here.mean(axis=1, keepdims=True)
        np.subtract(here, mean, out=now.normal)
        variance = np.square(now.normal, out=y).mean(axis=1, keepdims=True)
        now.deviation = np.sqrt(variance + self.epsilon)
        now.normal /= now.deviation
        np.multiply(now.normal, self.block.values["scale"], out=y)
        y += self.block.values["shift"]
        return y.reshape(x.shape)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        here, product = dy.reshape(now.positions), now.buffer("product", dy.shape).reshape(now.positions)
        if wanted.parameters:
            gradients = self.block.gradients
            gradients["scale"][:, 0] = np.multiply(here, now.normal, out=product).sum(axis=(0, 2))
            gradients["shift"][:, 0] = here.sum(axis=(0, 2))
        if not wanted.input:
            return None
        dx = now.buffer("dx", dy.shape).reshape(now.positions)
        np.multiply(here, self.block.values["scale"], out=dx)  # dx̂
        share = np.multiply(dx, now.normal, out=product).mean(axis=1, keepdims=True)
        dx -= dx.mean(axis=1, keepdims=True)
        dx -= np.multiply(now.normal, share, out=product)
        dx /= now.deviation
        return dx.reshape(dy.shape)

    def __repr__(self) -> str:
        return f"LayerNormalization {self.features}"

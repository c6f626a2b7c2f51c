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
from layers.shapes import checkFeatureAxis
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

    isSamplewise = True

    def __init__(
        self, features: int, epsilon: float = 1e-5, optimizer: Optimizer | None = None, penalty: Penalty | None = None
    ) -> None:
        super().__init__(optimizer, penalty)
        self.features = arguments.wholeNumber("LayerNormalization", "features", features)
        self.epsilon = arguments.number("LayerNormalization", "epsilon", epsilon, low=0, excluding="low")
        column = (self.features, 1)
        self._create(scale=np.ones(column), shift=np.zeros(column))

    def outputShape(self, inputShape: Shape) -> Shape:
        checkFeatureAxis(self.describe(), inputShape, self.features)
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        axis = featureAxisOf(x.shape) % x.ndim
        now.positions = math.prod(x.shape[:axis]), self.features, math.prod(x.shape[axis + 1 :])
        here = x.reshape(now.positions)
        now.normal, y = (now.buffer(name, x.shape).reshape(now.positions) for name in ("normal", "y"))
        now.deviation = now.buffer("deviation", (len(here), 1, here.shape[2]))
        normalize = now.kernel("layerNormalize", here) or _normalize
        scale, shift = self.block.values["scale"], self.block.values["shift"]
        normalize(here, scale, shift, self.epsilon, now.normal, now.deviation, y)
        return y.reshape(x.shape)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        here, dx = dy.reshape(now.positions), now.buffer("dx", dy.shape).reshape(now.positions)
        dscale, dshift = (np.empty_like(scale) for scale in self.block.values.values())
        back = now.kernel("layerNormalizationBackward", here) or _back
        back(here, now.normal, now.deviation, self.block.values["scale"], dscale, dshift, dx)
        if wanted.parameters:
            self.block.gradients["scale"][...], self.block.gradients["shift"][...] = dscale, dshift
        return dx.reshape(dy.shape) if wanted.input else None

    def __repr__(self) -> str:
        return f"LayerNormalization {self.features}"


def _normalize(x: Array, scale: Array, shift: Array, epsilon: float, normal: Array, deviation: Array, y: Array) -> None:
    np.subtract(x, _mean(x), out=normal)
    np.sqrt(_mean(np.square(normal, out=y)) + epsilon, out=deviation)
    normal /= deviation
    np.multiply(normal, scale, out=y)
    y += shift


def _back(dy: Array, normal: Array, deviation: Array, scale: Array, dscale: Array, dshift: Array, dx: Array) -> None:
    np.einsum("pfn,pfn->f", dy, normal, out=dscale[:, 0])
    np.einsum("pfn->f", dy, out=dshift[:, 0])
    np.multiply(dy, scale, out=dx)  # dx̂
    slope = np.einsum("pfn,pfn->pn", dx, normal)[:, np.newaxis] / dx.shape[1]
    dx -= _mean(dx)
    dx -= normal * slope
    dx /= deviation


def _mean(x: Array) -> Array:
    """Over the features, (positions, 1, n). A product, (1, F) · (F, n), takes a tenth of the time of `x.mean`."""
    return np.matmul(np.full_like(x, 1 / x.shape[1], shape=(1, x.shape[1])), x)

"""Batch normalisation."""

from __future__ import annotations

import math

from leibnet import arguments
from leibnet.arrays import featureAxisOf
from leibnet.fused.choice import Kernel
from leibnet.types import Array, Shape

import numpy as np

from layers.learning import Learning
from layers.normalization.ofallranks import momentsOfAll, slopesOfAll
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.shapes import checkFeatureAxis
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
        self.keep(mean=np.zeros(column), variance=np.ones(column))

    def outputShape(self, inputShape: Shape) -> Shape:
        checkFeatureAxis(self.describe(), inputShape, self.features)
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        now.rows = (self.features, -1) if featureAxisOf(x.shape) == 0 else x.shape  # features are the last axis but one
        now.n = math.prod(x.shape) // self.features if training and self.trainable else math.inf
        here = x.reshape(now.rows)
        if now.n < math.inf:
            now.n, mean, variance = momentsOfAll(now.n, *_moments_of(here, now))
            self._follow(mean, variance, now.n)
        else:
            mean, variance = self._statistics["mean"], self._statistics["variance"]
        now.deviation = np.sqrt(variance + self.epsilon)
        now.normal, y = (now.buffer(name, x.shape).reshape(now.rows) for name in ("normal", "y"))
        normalize = _kernel(now, "batchNormalize", here, mean) or _normalize
        scale, shift = self.block.values["scale"], self.block.values["shift"]
        normalize(here, mean, now.deviation, scale, shift, now.normal, y)
        return y.reshape(x.shape)

    def _follow(self, mean: Array, variance: Array, n: int) -> None:
        """Moves the running averages towards the moments of a mini-batch."""
        if n < 2:
            raise ValueError(
                f"{self.describe()}: expected two values of every feature or more in training, got {n}; use larger "
                "mini-batches (Dataset(..., dropLast=True) omits a smaller last one)"
            )
        for name, new in (("mean", mean), ("variance", variance * (n / (n - 1)))):
            running = self._statistics[name]
            running *= 1 - self.momentum
            running += self.momentum * new

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        here, dx = dy.reshape(now.rows), now.buffer("dx", dy.shape).reshape(now.rows)
        dscale, dshift = (np.empty_like(now.deviation) for _ in range(2))
        (_kernel(now, "batchNormalizationSlopes", here) or _slopes)(here, now.normal, dscale, dshift)
        if wanted.parameters:
            self.block.gradients["scale"][...], self.block.gradients["shift"][...] = dscale, dshift
        if not wanted.input:
            return None
        if now.n < math.inf:
            dscale, dshift = slopesOfAll(dscale, dshift)
        back = _kernel(now, "batchNormalizationBackward", here) or _back
        # by running averages, n = ∞: constants have no gradient
        back(here, now.normal, dscale, dshift, self.block.values["scale"] / now.deviation, float(now.n), dx)
        return dx.reshape(dy.shape)

    def __repr__(self) -> str:
        return f"BatchNormalization {self.features}"


def _kernel(now: Pass, name: str, *arrays: Array) -> Kernel | None:
    """The compiled form, of rows (features, n)."""
    return now.kernel(name, *arrays) if arrays[0].ndim == 2 else None


def _moments_of(x: Array, now: Pass) -> tuple[Array, Array]:
    """Mean and variance of every feature."""
    mean, variance = (np.zeros_like(x, shape=(x.shape[-2], 1)) for _ in range(2))
    if x.size:
        (_kernel(now, "batchMoments", x) or _moments)(x, mean, variance)
    return mean, variance


def _others(x: Array) -> tuple[int, ...]:
    """All axes but that of the features."""
    return tuple(i for i in range(x.ndim) if i != x.ndim - 2)


def _moments(x: Array, mean: Array, variance: Array) -> None:
    mean[:, 0], variance[:, 0] = x.mean(axis=_others(x)), x.var(axis=_others(x))


def _normalize(x: Array, mean: Array, deviation: Array, scale: Array, shift: Array, normal: Array, y: Array) -> None:
    np.subtract(x, mean, out=normal)
    normal /= deviation
    np.multiply(normal, scale, out=y)
    y += shift


def _slopes(dy: Array, normal: Array, dscale: Array, dshift: Array) -> None:
    dscale[:, 0], dshift[:, 0] = (dy * normal).sum(axis=_others(dy)), dy.sum(axis=_others(dy))


def _back(dy: Array, normal: Array, dscale: Array, dshift: Array, factor: Array, n: float, dx: Array) -> None:
    np.multiply(normal, dscale / -n, out=dx)
    dx += dy
    dx -= dshift / n
    dx *= factor

"""Penalties: terms of the loss that belong to a layer, each with its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from leibnet import arguments
from leibnet.arrays import besideFeatures, positionsOf
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from layers.passes import Pass


class Penalty(Configurable, ABC, family="penalty"):
    """A layer's own term of the loss, a mean over the samples. A network adds its value to its loss.

    Where `now.weights` are given, every sample's share is multiplied by its weight, as it is in a loss. Those of steps
    or pixels count in layers whose outputs have these steps or pixels; elsewhere, as in a code, samples count alike.

    A penalty of your own writes `value` and `gradient`, and keeps the arguments of its constructor in attributes of the
    same names.
    """

    @abstractmethod
    def value(self, now: Pass) -> float:
        """The term for the layer's last forward pass."""

    @abstractmethod
    def gradient(self, now: Pass) -> Any:
        """Its gradient with respect to the layer's output y; the layer adds it to the one that comes from above."""


class L1(Penalty):
    """λ/N Σ |y|, summed over the outputs, averaged over the samples: it makes outputs sparse.

    Parameters
    ----------
    weight : λ ≥ 0; default 1e-3.
    """

    def __init__(self, weight: float = 1e-3) -> None:
        self.weight = arguments.number("L1", "weight", weight, low=0)

    def value(self, now: Pass) -> float:
        sizes = np.abs(now.y)
        weights = _weights_beside(sizes, now)
        total = sizes.sum() if weights is None else (sizes * weights).sum()
        return self.weight * float(total) / max(now.y.shape[-1], 1)

    def gradient(self, now: Pass) -> Array:
        gradient = np.multiply(np.sign(now.y), self.weight / max(now.y.shape[-1], 1))
        weights = _weights_beside(gradient, now)
        return gradient if weights is None else gradient * weights


class GaussianDivergence(Penalty):
    """β KL(N(μ, diag σ²) ‖ N(0, I)), summed over the latent variables, averaged over the samples.

        KL = 1/2 Σ (μ² + σ² - 1 - ln σ²)        ∂/∂μ = μ        ∂/∂ ln σ² = (σ² - 1) / 2

    Kingma & Welling 2013, arXiv:1312.6114, appendix B; β: Higgins et al. 2017. It reads `mean`, `logVariance` and
    `deviation` of the pass of a `Sampler`.

    Parameters
    ----------
    beta : β ≥ 0; default 1.

    Attributes
    ----------
    betaFactor : multiplies β, for a divergence that is to weigh less at the beginning of a training; 1.
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta
        self.betaFactor = 1.0

    @property
    def beta(self) -> float:
        """β, the weight of the divergence in the loss."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = arguments.number("Sampler", "beta", value, low=0)

    def value(self, now: Pass) -> float:
        return self.beta * self.betaFactor * self.divergence(now)

    def gradient(self, now: Pass) -> tuple[Array, Array]:
        """With respect to the mean and to the log-variance."""
        weight = self.beta * self.betaFactor / max(now.mean.shape[1], 1)
        dmean, dlog_variance = (now.buffer(name, now.mean.shape, now.mean) for name in ("dmean", "dlogVariance"))
        differentiate = now.kernel("gaussianDivergenceGradient", now.mean) or _gradient
        differentiate(now.mean, now.deviation, weight, dmean, dlog_variance)
        if (weights := _weights_beside(dmean, now)) is not None:
            dmean *= weights
            dlog_variance *= weights
        return dmean, dlog_variance

    def divergence(self, now: Pass) -> float:
        """KL, without β, in nats."""
        if (weights := _weights_beside(now.mean, now)) is not None:
            weighted = np.multiply(self.divergences(now), weights, dtype=float)
            return float(weighted.sum()) / max(now.mean.shape[1], 1)
        total = now.kernel("gaussianDivergence", now.mean) or _total
        return total(now.mean, now.logVariance) / max(now.mean.shape[1], 1)

    def divergences(self, now: Pass) -> Array:
        """That of every latent variable of every sample, (latentDim, N)."""
        return gaussianDivergences(now.mean, now.logVariance)


def _weights_beside(array: Array, now: Pass) -> Array | None:
    """The weights of a pass, to be multiplied with an array of its samples; None where all of them count alike."""
    weights = now.weights
    if weights is None or (weights.ndim > 1 and weights.shape != positionsOf(array.shape)):
        return None
    return besideFeatures(weights, array)


def gaussianDivergences(mean: Array, logVariance: Array) -> Array:
    """1/2 (μ² + σ² - 1 - ln σ²), the divergence of every N(μ, σ²) from N(0, 1), in the shape of both."""
    return 0.5 * (mean * mean + (np.expm1(logVariance) - logVariance))  # σ² - 1 loses nothing where σ is near 1


def _total(mean: Array, logVariance: Array) -> float:
    """Their sum."""
    return float(np.sum(gaussianDivergences(mean, logVariance), dtype=float))


def _gradient(mean: Array, deviation: Array, weight: float, dmean: Array, dlogVariance: Array) -> None:
    """weight · μ and weight · (σ² - 1) / 2, in the last two."""
    np.multiply(mean, weight, out=dmean)
    np.multiply(deviation, deviation, out=dlogVariance)
    dlogVariance -= 1
    dlogVariance *= 0.5 * weight

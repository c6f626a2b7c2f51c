"""How far the codes of a variational autoencoder are from the prior."""

from __future__ import annotations

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside


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
        if (weights := weightsBeside(dmean, now)) is not None:
            dmean *= weights
            dlog_variance *= weights
        return dmean, dlog_variance

    def divergence(self, now: Pass) -> float:
        """KL, without β, in nats."""
        if (weights := weightsBeside(now.mean, now)) is not None:
            weighted = np.multiply(self.divergences(now), weights, dtype=float)
            return float(weighted.sum()) / max(now.mean.shape[1], 1)
        total = now.kernel("gaussianDivergence", now.mean) or _total
        return total(now.mean, now.logVariance) / max(now.mean.shape[1], 1)

    def divergences(self, now: Pass) -> Array:
        """That of every latent variable of every sample, (latentDim, N)."""
        return gaussianDivergences(now.mean, now.logVariance)


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

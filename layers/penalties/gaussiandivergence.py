"""How far the codes of a variational autoencoder are from the prior."""

from __future__ import annotations

from leibnet import arguments
from leibnet.ranks import samplesOf
from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside
from layers.penalties.totalcorrelation import Shares, totalCorrelation, totalCorrelationGradient


class GaussianDivergence(Penalty):
    """β KL(N(μ, diag σ²) ‖ N(0, I)), summed over the latent variables, averaged over the samples; and γ TC.

        KL = 1/2 Σ (μ² + σ² - 1 - ln σ²)        ∂/∂μ = μ        ∂/∂ ln σ² = (σ² - 1) / 2

    Kingma & Welling 2013, arXiv:1312.6114, appendix B; β: Higgins et al. 2017. The total correlation TC of the codes of
    a batch, see `totalCorrelation`, is part of the mean KL: with β = 1, a further γ makes it weigh 1 + γ, as in
    Chen et al. 2018, arXiv:1802.04942. It reads `mean`, `logVariance`, `deviation` and `z` of the pass of a `Sampler`.

    Parameters
    ----------
    beta : β ≥ 0; default 1.
    totalCorrelation : γ ≥ 0; default 0, nothing is estimated.

    Attributes
    ----------
    betaFactor : multiplies β and γ, for a divergence that is to weigh less at the beginning of a training; 1.
    """

    def __init__(self, beta: float = 1.0, totalCorrelation: float = 0.0) -> None:
        self.beta, self.totalCorrelation = beta, totalCorrelation
        self.betaFactor = 1.0

    @property
    def beta(self) -> float:
        """β, the weight of the divergence in the loss."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = arguments.number("Sampler", "beta", value, low=0)

    @property
    def totalCorrelation(self) -> float:
        """γ, the weight of the total correlation in the loss."""
        return self._totalCorrelation

    @totalCorrelation.setter
    def totalCorrelation(self, value: float) -> None:
        self._totalCorrelation = arguments.number("Sampler", "totalCorrelation", value, low=0)

    def value(self, now: Pass) -> float:
        correlation = self.totalCorrelation * self.correlation(now) if self.totalCorrelation else 0.0
        return self.betaFactor * (self.beta * self.divergence(now) + correlation)

    def gradient(self, now: Pass) -> tuple[Array, Array]:
        """That of β KL with respect to the mean and to the log-variance."""
        weight = self.beta * self.betaFactor / max(samplesOf(now.mean.shape[1]), 1)
        dmean, dlog_variance = (now.buffer(name, now.mean.shape, now.mean) for name in ("dmean", "dlogVariance"))
        differentiate = now.kernel("gaussianDivergenceGradient", now.mean) or _gradient
        differentiate(now.mean, now.deviation, weight, dmean, dlog_variance)
        if (weights := weightsBeside(dmean, now)) is not None:
            dmean *= weights
            dlog_variance *= weights
        return dmean, dlog_variance

    def divergence(self, now: Pass) -> float:
        """KL, without β, in nats."""
        count = max(samplesOf(now.mean.shape[1]), 1)
        if (weights := weightsBeside(now.mean, now)) is not None:
            weighted = np.multiply(self.divergences(now), weights, dtype=float)
            return float(weighted.sum()) / count
        total = now.kernel("gaussianDivergence", now.mean) or _total
        return total(now.mean, now.logVariance) / count

    def correlation(self, now: Pass) -> float:
        """TC, without γ, in nats."""
        return totalCorrelation(now.z, now.mean, now.logVariance, weightsBeside(now.mean, now))

    def correlationGradient(self, now: Pass) -> Shares | None:
        """That of γ TC with respect to z, the mean and the log-variance; None where γ is 0."""
        if not (weight := self.totalCorrelation * self.betaFactor):
            return None
        return totalCorrelationGradient(now.z, now.mean, now.logVariance, weight, weightsBeside(now.mean, now))

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

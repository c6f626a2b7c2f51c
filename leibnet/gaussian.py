"""Gaussian distributions as networks give them: a mean and a log-variance for every number."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

Gaussian = tuple[Array, Array]
"""The mean and the log-variance of every number."""

BOUND = 20.0  # of the log-variance: exp(20) and exp(-20) are far from overflow and from 0 in single precision


def boundLogVariance(r: Array, bound: float = BOUND) -> Array:
    """ln σ² = L tanh(r / L), written over r: between -L and L, smoothly; near 0 nothing changes. L is the bound.

    >>> boundLogVariance(np.array([-100.0, 0.1, 30.0])).round(1)
    array([-20. ,   0.1,  18.1])
    """
    r /= bound
    np.tanh(r, out=r)
    r *= bound
    return r


def boundSlope(logVariance: Array, bound: float = BOUND) -> Array:
    """∂ ln σ² / ∂r = 1 - (ln σ² / L)², from the bounded ln σ²."""
    slope: Array = 1 - np.square(logVariance / bound)
    return slope


def divergences(q: Gaussian, p: Gaussian) -> Array:
    """KL(q ‖ p) of every number, in nats, where both are (μ, ln σ²).

    1/2 [(σ_q² + (μ_q - μ_p)²) / σ_p² - 1 + ln σ_p² - ln σ_q²]
    """
    (mean, log_variance), (prior_mean, prior_log_variance) = q, p
    ratio = log_variance - prior_log_variance
    found: Array = 0.5 * (np.expm1(ratio) - ratio + np.square(mean - prior_mean) * np.exp(-prior_log_variance))
    return found  # σ_q²/σ_p² - 1 loses nothing where the two are nearly equal


def divergenceGradients(q: Gaussian, p: Gaussian) -> tuple[Gaussian, Gaussian]:
    """∂KL(q ‖ p)/∂(μ_q, ln σ_q²) and ∂KL(q ‖ p)/∂(μ_p, ln σ_p²) of every number.

    ∂/∂μ_q = (μ_q - μ_p) / σ_p² = -∂/∂μ_p
    ∂/∂ ln σ_q² = (σ_q²/σ_p² - 1) / 2        ∂/∂ ln σ_p² = -∂/∂ ln σ_q² - (μ_q - μ_p)² / 2σ_p²
    """
    (mean, log_variance), (prior_mean, prior_log_variance) = q, p
    distance = mean - prior_mean
    dmean, dlog_variance = distance * np.exp(-prior_log_variance), 0.5 * np.expm1(log_variance - prior_log_variance)
    return (dmean, dlog_variance), (-dmean, -dlog_variance - 0.5 * distance * dmean)

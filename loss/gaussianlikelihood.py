"""The likelihood of a Gaussian distribution whose variance is learnt, too."""

from __future__ import annotations

import math

from leibnet.arrays import featureAxis, realNumbers
from leibnet.gaussian import boundLogVariance, boundSlope
from leibnet.types import Array

import numpy as np

from loss.loss import Loss, matched

LN_2_PI = math.log(2 * math.pi)


class GaussianLikelihood(Loss):
    """-ln p(y) for y ~ N(μ, diag σ²), in nats: for every number of a label the network gives a mean and a log-variance.

        a = [μ; r]        s = ln σ² = L tanh(r / L) with L = 20
        GaussianLikelihood = 1/(2|X|) Σ [ln 2π + s + (y - μ)² / σ²]

        ∂/∂μ = (μ - y) / (σ² |X|)        ∂/∂r = (1 - (y - μ)² / σ²) (1 - (s / L)²) / (2|X|)

    The loss of a regression that says how sure it is (Nix & Weigend 1994, "Estimating the mean and variance of the
    target probability distribution"). A network for labels (..., k, N) ends without an activation and gives (..., 2k,
    N): along the features first the means, then the r. It is of densities: where σ is small, the loss may be below 0.

    Example
    -------
    >>> y = np.array([[0.5, 2.0]])
    >>> a = np.array([[0.0, 2.0], [0.0, 1.0]])  # means 0 and 2, variances 1 and about e
    >>> GaussianLikelihood().apply(y, a).__round__(4)
    1.2312
    """

    def prediction(self, a: Array) -> Array:
        """The means."""
        return _halves(a)[0]

    def outputsOf(self, y: Array) -> Array:
        """Labels as the means, with a variance of 1."""
        return np.concatenate((y, np.zeros_like(y)), axis=featureAxis(y))

    def distribution(self, a: Array) -> tuple[Array, Array]:
        """μ and ln σ² of outputs (..., 2k, N), each (..., k, N): new arrays."""
        mean, r = _halves(a)
        return mean.copy(), boundLogVariance(r.copy())

    def perSample(self, y: Array, a: Array) -> Array:
        terms = self._terms(y, a)
        return terms.reshape(-1, terms.shape[-1]).sum(axis=0)

    def perPosition(self, y: Array, a: Array) -> Array:
        terms = self._terms(y, a)
        return terms.sum(axis=featureAxis(terms))

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        error, s, squares = self._parts(y, a)
        da, n = np.empty_like(error, shape=np.shape(a)) if out is None else out, error.shape[-1]
        dmean, dr = _halves(da)
        np.multiply(error, np.exp(-s) / n, out=dmean)
        np.multiply((1 - squares) / (2 * n), boundSlope(s), out=dr)
        return da

    def _terms(self, y: Array, a: Array) -> Array:
        """-ln p of every number of the label."""
        _, s, squares = self._parts(y, a)
        terms: Array = 0.5 * (LN_2_PI + s + squares)
        return terms

    def _parts(self, y: Array, a: Array) -> tuple[Array, Array, Array]:
        """μ - y, ln σ² and (y - μ)² / σ²."""
        a = realNumbers("GaussianLikelihood", "the output", a)
        if a.ndim < 2 or a.shape[featureAxis(a)] % 2:
            raise ValueError(
                f"GaussianLikelihood: expected outputs [mean; log-variance] (..., 2k, N), got {a.shape}: end in a "
                "layer with two outputs for every number of the label"
            )
        mean, r = _halves(a)
        y, mean = matched(y, mean)
        s = boundLogVariance(r.astype(mean.dtype))
        error = mean - y
        return error, s, error * error * np.exp(-s)


def _halves(a: Array) -> tuple[Array, Array]:
    """The first and the second half of the features: views."""
    axis = featureAxis(a)
    k, before = a.shape[axis] // 2, (slice(None),) * axis
    return a[(*before, slice(k))], a[(*before, slice(k, None))]

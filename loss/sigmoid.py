"""Losses after a Sigmoid, from its pre-activation z: accurate where σ(z) rounds to 0 or 1.

In single precision σ(20) is 1, and 1 - σ(20) = 2·10⁻⁹ is gone; so are the logarithms of whatever rounds to 0. Here all
comes from t = exp(-|z|), which does not overflow, and from τ = t/(1 + t) = σ(-|z|), the smaller one of σ(z) and
1 - σ(z):

    σ(z) - y = (1 - y) - τ for z > 0, τ - y for z ≤ 0        σ(z) (1 - σ(z)) = τ (1 - τ)
    ln(1 + exp(z)) = max(z, 0) + ln(1 + t)
"""

from __future__ import annotations

from typing import Any

from leibnet.fused.choice import kernel
from leibnet.processor.simd import log1pIsVectorised
from leibnet.types import Array

import numpy as np

from loss.loss import Summed, matched
from loss.pair import Gaussian, Pair
from loss.squares import totalSquare, totalSquarePerPosition, totalSquarePerSample


class CrossEntropyAfterSigmoid(Summed, Pair[Any]):
    """1/|X| Σ [y ln(1 + exp(-z)) + (1 - y) ln(1 + exp(z))]        ∂/∂z = (σ(z) - y) / |X|

    The value is -Σ [y ln σ(z) + (1 - y) ln(1 - σ(z))], written as max(z, 0) - y z + ln(1 + exp(-|z|)).
    """

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        out = np.empty_like(z) if out is None else out
        if (fused := kernel("sigmoidCrossEntropy", y, z, out)) is not None:
            fused(y, z, out)
            return out
        return self._derivative(y, z, self._power(z), out)

    def valueAndDerivative(self, y: Array, z: Array, out: Array | None = None) -> tuple[float, Array]:
        y, z = matched(y, z)
        out = np.empty_like(z) if out is None else out
        if (fused := kernel("sigmoidCrossEntropy", y, z, out)) is not None:
            return fused(y, z, out), out
        t = self._power(z)
        value = float(self._termsOf(y, z, t).sum()) / z.shape[-1]
        return value, self._derivative(y, z, t, out)

    def _terms(self, y: Array, z: Array) -> Array:
        return self._termsOf(y, z, self._power(z))

    def _power(self, z: Array) -> Array:
        return _power(z, self._work("t", z))

    def _termsOf(self, y: Array, z: Array, t: Array) -> Array:
        terms, part = self._work("terms", z), self._work("part", z)
        np.clip(z, 0, np.inf, out=terms)
        terms -= np.multiply(y, z, out=part)
        terms += _log_of_one_plus(t, part, self._work("more", z))
        return terms

    def _derivative(self, y: Array, z: Array, t: Array, out: Array) -> Array:
        _error(y, z, _smaller_side(t, self._work("part", z)), out, self._work("more", z))
        out /= z.shape[-1]
        return out


class CategoricalCrossEntropyAfterSigmoid(Summed, Pair[Any]):
    """1/|X| Σ y ln(1 + exp(-z))        ∂/∂z = -y (1 - σ(z)) / |X|

    The value is -Σ y ln σ(z), written as y [ln(1 + exp(-|z|)) - min(z, 0)].
    """

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        tau = _smaller_side(_power(z, self._work("t", z)), self._work("tau", z))
        return np.divide(-y * np.where(z > 0, tau, 1 - tau), y.shape[-1], out=out)

    def _terms(self, y: Array, z: Array) -> Array:
        t = _power(z, self._work("t", z))
        return y * (_log_of_one_plus(t, self._work("tau", z), self._work("more", z)) - np.minimum(z, 0))


class MSEAfterSigmoid(Pair[Gaussian]):
    """1/(2c|X|) Σ (σ(z) - y)²        ∂/∂z = (σ(z) - y) σ(z) (1 - σ(z)) / (c|X|), with c the loss's variance"""

    def apply(self, y: Array, z: Array) -> float:
        return self._value(self._errorAndSide(*matched(y, z))[0])

    def perSample(self, y: Array, z: Array) -> Array:
        return totalSquarePerSample(self._errorAndSide(*matched(y, z))[0], self.loss.variance)

    def perPosition(self, y: Array, z: Array) -> Array:
        return totalSquarePerPosition(self._errorAndSide(*matched(y, z))[0], self.loss.variance)

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        return self._derivative(*self._errorAndSide(*matched(y, z), out))

    def valueAndDerivative(self, y: Array, z: Array, out: Array | None = None) -> tuple[float, Array]:
        error, tau = self._errorAndSide(*matched(y, z), out)
        return self._value(error), self._derivative(error, tau)

    def _value(self, error: Array) -> float:
        return totalSquare(error, self.loss.variance)

    def _derivative(self, error: Array, tau: Array) -> Array:
        error *= tau
        error *= np.subtract(1, tau, out=tau)
        error /= self.loss.variance * error.shape[-1]
        return error

    def _errorAndSide(self, y: Array, z: Array, out: Array | None = None) -> tuple[Array, Array]:
        """σ(z) - y in `out`, or a new array, and τ."""
        tau = _smaller_side(_power(z, self._work("t", z)), self._work("tau", z))
        return _error(y, z, tau, np.empty_like(z) if out is None else out, self._work("more", z)), tau


def _power(z: Array, out: Array) -> Array:
    """t = exp(-|z|), written to `out`."""
    np.abs(z, out=out)
    np.negative(out, out=out)
    return np.exp(out, out=out)


def _smaller_side(t: Array, out: Array) -> Array:
    """τ = t/(1 + t), written to `out`."""
    np.add(t, 1, out=out)
    return np.divide(t, out, out=out)


def _error(y: Array, z: Array, tau: Array, out: Array, part: Array) -> Array:
    """σ(z) - y, written to `out`; nothing cancels where y is 0 or 1. `part` is a work array."""
    np.greater(z, 0, out=part)
    np.subtract(part, y, out=out)  # 1 - y or -y, from which τ is subtracted, or to which it is added
    part -= 0.5
    part *= tau
    part *= 2
    out -= part
    return out


def _log_of_one_plus(t: Array, out: Array, part: Array) -> Array:
    """ln(1 + t) for 0 ≤ t ≤ 1, exact also where t is small, written to `out`. `part` is a work array.

    Where np.log1p is not vectorised, as ln u + (t - (u - 1))/u, with u = 1 + t as it is rounded: three times faster.
    """
    if log1pIsVectorised():
        return np.log1p(t, out=out)
    np.add(t, 1, out=out)
    np.subtract(out, 1, out=part)
    np.subtract(t, part, out=part)
    part /= out
    np.log(out, out=out)
    out += part
    return out

"""Losses after a Sigmoid, from its pre-activation z: accurate where σ(z) rounds to 0 or 1.

In single precision σ(20) is 1, and 1 - σ(20) = 2·10⁻⁹ is gone; so are the logarithms of whatever rounds to 0. From z
both ends are computed, to rounding, for every z.
"""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np

from loss.loss import Summed, matched
from loss.pair import Gaussian, Pair
from loss.squares import totalSquare, totalSquarePerSample


class CrossEntropyAfterSigmoid(Summed, Pair[Any]):
    """1/|X| Σ [y ln(1 + exp(-z)) + (1 - y) ln(1 + exp(z))]        ∂/∂z = (σ(z) - y) / |X|

    The value is -Σ [y ln σ(z) + (1 - y) ln(1 - σ(z))], written as max(z, 0) - y z + ln(1 + exp(-|z|)).
    """

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        gradient = _error(y, z, out, power=self._work("power", z))
        return np.divide(gradient, y.shape[-1], out=gradient)

    def _terms(self, y: Array, z: Array) -> Array:
        terms, part = self._work("terms", z), self._work("part", z)
        np.maximum(z, 0, out=terms)
        terms -= np.multiply(y, z, out=part)
        np.abs(z, out=part)
        np.negative(part, out=part)
        terms += np.log1p(np.exp(part, out=part), out=part)
        return terms


class CategoricalCrossEntropyAfterSigmoid(Summed, Pair[Any]):
    """1/|X| Σ y ln(1 + exp(-z))        ∂/∂z = -y (1 - σ(z)) / |X|

    The value is -Σ y ln σ(z), written as y [ln(1 + exp(-|z|)) - min(z, 0)].
    """

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        q = _smaller_side(z, self._work("q", z), scratch=self._work("sum", z))
        return np.divide(-y * np.where(z > 0, q, 1 - q), y.shape[-1], out=out)

    def _terms(self, y: Array, z: Array) -> Array:
        return y * (np.log1p(np.exp(-np.abs(z))) - np.minimum(z, 0))


class MSEAfterSigmoid(Pair[Gaussian]):
    """1/(2c|X|) Σ (σ(z) - y)²        ∂/∂z = (σ(z) - y) σ(z) (1 - σ(z)) / (c|X|), with c the loss's variance

    The product σ(z) (1 - σ(z)) is q (1 - q), with q the smaller of its factors, which does not round to 0.
    """

    def apply(self, y: Array, z: Array) -> float:
        return totalSquare(self._error(*matched(y, z)), self.loss.variance)

    def perSample(self, y: Array, z: Array) -> Array:
        return totalSquarePerSample(self._error(*matched(y, z)), self.loss.variance)

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        gradient = _error(y, z, out, power=self._work("power", z))
        q = _smaller_side(z, self._work("q", z), scratch=self._work("sum", z))
        gradient *= q
        gradient *= np.subtract(1, q, out=q)
        gradient /= self.loss.variance * y.shape[-1]
        return gradient

    def _error(self, y: Array, z: Array) -> Array:
        return _error(y, z, self._work("error", z), power=self._work("power", z))


def _error(y: Array, z: Array, out: Array | None, power: Array) -> Array:
    """σ(z) - y = ((1 - y) exp(z) - y) / (1 + exp(z)), written to `out`. Nothing cancels where y is 0 or 1.

    Where exp(z) would overflow, the largest power does as well. `power` is a work array.
    """
    largest = 88 if z.itemsize == 4 else 709
    power = np.exp(z if z.max() <= largest else np.minimum(z, largest), out=power)
    out = np.subtract(1, y, out=np.empty_like(z) if out is None else out)
    out *= power
    out -= y
    power += 1
    out /= power
    return out


def _smaller_side(z: Array, out: Array, scratch: Array) -> Array:
    """σ(-|z|) = exp(-|z|) / (1 + exp(-|z|)): the smaller one of σ(z) and 1 - σ(z), written to `out`."""
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=scratch)
    return np.divide(out, scratch, out=out)

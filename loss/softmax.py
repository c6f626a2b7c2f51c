"""Losses after a Softmax, from its pre-activation z: accurate where an output rounds to 0 or 1.

All three gradients come from the Softmax's Jacobian ∂aⱼ/∂zᵢ = aⱼ (δᵢⱼ - aᵢ). With rⱼ = aⱼ ∂Loss/∂aⱼ,

    ∂Loss/∂zᵢ = Σⱼ rⱼ (δᵢⱼ - aᵢ) = rᵢ - aᵢ Σⱼ rⱼ        for one sample; divide by |X|

They sum to 0 over i, which gives the entry of the largest output, `best`, from the others. With `rest` as in
`SplitSoftmax`, a_best = 1/(1 + rest), 1 - a_best = rest/(1 + rest), and for i ≠ best aᵢ = othersᵢ (1 - a_best).

The classes are the features of z: (classes, N), sequences (steps, classes, N), images (classes, height, width, N).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from leibnet.arrays import featureAxis
from leibnet.fused.choice import Kernel, kernel
from leibnet.types import Array

import numpy as np

from loss.loss import Summed, matched
from loss.pair import Gaussian, Pair
from loss.splitsoftmax import SplitSoftmax
from loss.squares import totalSquare, totalSquarePerPosition, totalSquarePerSample


class Entropy(Summed, Pair[Any]):
    """What the two cross-entropies have in common: a compiled kernel for value and gradient.

    Attributes
    ----------
    fused : its name.
    """

    fused: ClassVar[str]

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        out = np.empty_like(z) if out is None else out
        if (fused := self._kernel(y, z, out)) is None:
            return self._derivative(y, z, SplitSoftmax(_columns(z)), out)
        self._fused(fused, y, z, out)
        return out

    def valueAndDerivative(self, y: Array, z: Array, out: Array | None = None) -> tuple[float, Array]:
        y, z = matched(y, z)
        out = np.empty_like(z) if out is None else out
        if (fused := self._kernel(y, z, out)) is not None:
            return self._fused(fused, y, z, out), out
        s = SplitSoftmax(_columns(z))
        return float(self._columnTerms(_columns(y), s).sum()) / z.shape[-1], self._derivative(y, z, s, out)

    def _terms(self, y: Array, z: Array) -> Array:
        return _restored(self._columnTerms(_columns(y), SplitSoftmax(_columns(z))), z)

    def _kernel(self, y: Array, z: Array, out: Array) -> Kernel | None:
        """That for such arrays."""
        return kernel(self.fused, y, z, out) if z.shape[featureAxis(z)] > 1 else None

    def _fused(self, fused: Kernel, y: Array, z: Array, out: Array) -> float:
        """The value; the gradient goes to `out`. Columns are views where classes are the first axis, else copies."""
        gradient = _columns(out)
        value: float = fused(_columns(y), _columns(z), gradient, z.shape[-1])
        if featureAxis(z) != 0:
            out[...] = _restored(gradient, z)
        return value

    @abstractmethod
    def _columnTerms(self, labels: Array, s: SplitSoftmax) -> Array:
        """The terms of the sum, (classes, M)."""

    @abstractmethod
    def _derivative(self, y: Array, z: Array, s: SplitSoftmax, out: Array) -> Array:
        """dLoss/dz, written to `out`; s is the softmax of z."""


class CrossEntropyAfterSoftmax(Entropy):
    """-1/|X| Σ [y ln a + (1 - y) ln(1 - a)]        ∂/∂zᵢ = [(aᵢ - yᵢ) - aᵢ Σ_{j≠i} rⱼ] / |X|

    rⱼ = (1 - yⱼ) aⱼ/(1 - aⱼ) - yⱼ, and rᵢ - aᵢ rᵢ = (1 - yᵢ) aᵢ - yᵢ (1 - aᵢ) = aᵢ - yᵢ.

    Only 1 - a_best can vanish, and r_best = (1 - y_best)/rest - y_best with it. For i ≠ best the quotient is taken out
    of the sum: aᵢ/rest = othersᵢ/(1 + rest), so with R = Σ rⱼ over j ≠ best

        |X| ∂/∂zᵢ = aᵢ (1 + y_best - R + rᵢ) - yᵢ - othersᵢ (1 - y_best)/(1 + rest)
    """

    fused = "softmaxCrossEntropy"

    def _derivative(self, y: Array, z: Array, s: SplitSoftmax, out: Array) -> Array:
        labels, a = _columns(y), s.outputsBesideBest()
        r = (1 - labels) * a
        r /= 1 - a
        r -= labels
        r[s.best] = 0
        y_best = labels[s.best]
        r += 1 + y_best - np.add.reduce(r, axis=0)
        a *= r
        a -= labels
        a -= s.others * ((1 - y_best) / (1 + s.rest))
        return np.divide(_restored(s.balanced(a), z), y.shape[-1], out=out)

    def _columnTerms(self, labels: Array, s: SplitSoftmax) -> Array:
        log_a, log_not_a = s.logarithms()
        return -(labels * log_a + (1 - labels) * log_not_a)


class CategoricalCrossEntropyAfterSoftmax(Entropy):
    """-1/|X| Σ y ln a        ∂/∂zᵢ = (aᵢ Σⱼ yⱼ - yᵢ) / |X|, since rⱼ = -yⱼ"""

    fused = "softmaxCategoricalCrossEntropy"

    def _derivative(self, y: Array, z: Array, s: SplitSoftmax, out: Array) -> Array:
        labels, gradient = _columns(y), s.outputsBesideBest()
        gradient *= np.add.reduce(labels, axis=0)
        gradient -= labels
        return np.divide(_restored(s.balanced(gradient), z), y.shape[-1], out=out)

    def _columnTerms(self, labels: Array, s: SplitSoftmax) -> Array:
        return -labels * s.logarithm()


class MSEAfterSoftmax(Pair[Gaussian]):
    """1/(2c|X|) Σ e²        ∂/∂zᵢ = aᵢ (eᵢ - Σⱼ aⱼ eⱼ) / (c|X|), with e = a - y and c the loss's variance

    At the largest output e = (1 - y) a - y (1 - a) = (1 - y - y rest)/(1 + rest).
    """

    def apply(self, y: Array, z: Array) -> float:
        y, z = matched(y, z)
        return self._value(self._split(y, z)[2], z)

    def perSample(self, y: Array, z: Array) -> Array:
        y, z = matched(y, z)
        return totalSquarePerSample(_restored(self._split(y, z)[2], z), self.loss.variance)

    def perPosition(self, y: Array, z: Array) -> Array:
        y, z = matched(y, z)
        return totalSquarePerPosition(_restored(self._split(y, z)[2], z), self.loss.variance)

    def derivative(self, y: Array, z: Array, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        return self._derivative(*self._split(y, z), z, out)

    def valueAndDerivative(self, y: Array, z: Array, out: Array | None = None) -> tuple[float, Array]:
        y, z = matched(y, z)
        s, a, error = self._split(y, z)
        return self._value(error, z), self._derivative(s, a, error, z, out)

    def _split(self, y: Array, z: Array) -> tuple[SplitSoftmax, Array, Array]:
        """The softmax, a and a - y, (n, M)."""
        s = SplitSoftmax(_columns(z))
        a = s.outputs()
        return s, a, _difference(_columns(y), s, a)

    def _value(self, error: Array, z: Array) -> float:
        return totalSquare(_restored(error, z), self.loss.variance)

    def _derivative(self, s: SplitSoftmax, a: Array, error: Array, z: Array, out: Array | None) -> Array:
        gradient = s.balanced(a * (error - (a * error).sum(axis=0)))
        return np.divide(_restored(gradient, z), self.loss.variance * z.shape[-1], out=out)


def _difference(y: Array, s: SplitSoftmax, a: Array) -> Array:
    """a - y, (n, M)."""
    error = a - y
    y_best = y[s.best]
    error[s.best] = (1 - y_best - y_best * s.rest) / (1 + s.rest)
    return error


def _columns(array: Array) -> Array:
    """One distribution a column, (classes, M), from vectors, sequences or images."""
    if array.ndim == 2:
        return array
    front = np.moveaxis(array, featureAxis(array), 0)
    return front.reshape(len(front), -1)


def _restored(columns: Array, like: Array) -> Array:
    """Columns (classes, M) in the shape that they come from."""
    if like.ndim == 2:
        return columns
    axis = featureAxis(like)
    before = (like.shape[axis], *like.shape[:axis], *like.shape[axis + 1 :])
    return np.moveaxis(columns.reshape(before), 0, axis)

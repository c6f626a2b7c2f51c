"""The mean squared error."""

from __future__ import annotations

import numpy as np

from loss.logits import Array, Softmax, smaller_side
from loss.loss import Loss, matched


class MSE(Loss):
    """MSE = 1/(2|X|) Σ ||a - y||²        ∂MSE/∂a = (a - y) / |X|

    The loss of the first lecture for regression; summed over the outputs, averaged over the samples.
    """

    logits = frozenset({"Sigmoid", "Softmax"})

    def apply(self, y: Array, a: Array) -> float:
        y, a = matched(y, a)
        return _half_square(a - y)

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        out = np.subtract(a, y, out=out)
        return np.divide(out, y.shape[-1], out=out)

    def applyLogits(self, y: Array, z: Array, activation: str) -> float:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            return _half_square(self._sigmoidError(y, z, self._buffer("error", z)))
        s = Softmax(z)
        return _half_square(_softmax_error(y, s, s.outputs()).reshape(z.shape))

    def derivativeLogits(self, y: Array, z: Array, activation: str, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            gradient = self._sigmoidError(y, z, out)
            q = smaller_side(z, self._buffer("q", z), scratch=self._buffer("sign", z))
            gradient *= q
            gradient *= np.subtract(1, q, out=q)
            gradient /= y.shape[-1]
            return gradient
        s = Softmax(z)
        a = s.outputs()
        error = _softmax_error(y, s, a)
        gradient = s.balanced(a * (error - (a * error).sum(axis=0)))
        return np.divide(gradient.reshape(z.shape), y.shape[-1], out=out)


def _half_square(error: Array) -> float:
    return float(np.vdot(error, error)) / (2 * error.shape[-1])


def _softmax_error(y: Array, s: Softmax, a: Array) -> Array:
    """a - y, at the largest output as (1 - y) a - y (1 - a)."""
    y = y.reshape(s.others.shape)
    error = a - y
    y_best = y[s.best]
    error[s.best] = (1 - y_best - y_best * s.rest) / (1 + s.rest)
    return error

"""The mean squared error."""

from __future__ import annotations

import numpy as np

from loss.logits import Array, Softmax, smaller_side
from loss.loss import Loss, matched


class MSE(Loss):
    """MSE = 1/(2c|X|) Σ ||a - y||²        ∂MSE/∂a = (a - y) / (c|X|)

    The loss of the first lecture for regression, with c = 1; summed over the outputs, averaged over the samples. Up to
    a constant it is -ln p(y) for y ~ N(a, c I), and with another c the reconstruction loss of the first lecture's VAE.

    Parameters
    ----------
    variance : c > 0; default 1.
    """

    logits = frozenset({"Sigmoid", "Softmax"})

    def __init__(self, variance: float = 1.0) -> None:
        super().__init__()
        if not (isinstance(variance, (int, float, np.number)) and 0 < variance < np.inf):
            raise ValueError(f"MSE needs variance > 0, got {variance!r}")
        self.variance = float(variance)

    def apply(self, y: Array, a: Array) -> float:
        y, a = matched(y, a)
        return self._value(a - y)

    def perSample(self, y: Array, a: Array) -> Array:
        y, a = matched(y, a)
        error = (a - y).reshape(-1, y.shape[-1])
        return np.einsum("in,in->n", error, error) / (2 * self.variance)

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        out = np.subtract(a, y, out=out)
        return np.divide(out, self.variance * y.shape[-1], out=out)

    def applyLogits(self, y: Array, z: Array, activation: str) -> float:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            return self._value(self._sigmoidError(y, z, self._buffer("error", z)))
        s = self._softmax(z)
        return self._value(_softmax_error(y, s, s.outputs()).reshape(z.shape))

    def derivativeLogits(self, y: Array, z: Array, activation: str, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            gradient = self._sigmoidError(y, z, out)
            q = smaller_side(z, self._buffer("q", z), scratch=self._buffer("sign", z))
            gradient *= q
            gradient *= np.subtract(1, q, out=q)
            gradient /= self.variance * y.shape[-1]
            return gradient
        s = self._softmax(z)
        a = s.outputs()
        error = _softmax_error(y, s, a)
        gradient = s.balanced(a * (error - (a * error).sum(axis=0)))
        return np.divide(gradient.reshape(z.shape), self.variance * y.shape[-1], out=out)

    def _value(self, error: Array) -> float:
        return float(np.vdot(error, error)) / (2 * self.variance * error.shape[-1])


def _softmax_error(y: Array, s: Softmax, a: Array) -> Array:
    """a - y, at the largest output as (1 - y) a - y (1 - a)."""
    y = y.reshape(s.others.shape)
    error = a - y
    y_best = y[s.best]
    error[s.best] = (1 - y_best - y_best * s.rest) / (1 + s.rest)
    return error

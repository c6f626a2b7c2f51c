"""The mean squared error."""

from __future__ import annotations

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np

from loss.loss import Loss, matched
from loss.sigmoid import MSEAfterSigmoid
from loss.softmax import MSEAfterSoftmax
from loss.squares import totalSquare, totalSquarePerPosition, totalSquarePerSample


class MSE(Loss):
    """MSE = 1/(2c|X|) Σ ||a - y||²        ∂MSE/∂a = (a - y) / (c|X|)

    The loss of the first lecture for regression, with c = 1; summed over the outputs, averaged over the samples. Up to
    a constant it is -ln p(y) for y ~ N(a, c I), and with another c the reconstruction loss of the first lecture's VAE.

    Parameters
    ----------
    variance : c > 0; default 1.
    """

    pairs = {"Sigmoid": MSEAfterSigmoid, "Softmax": MSEAfterSoftmax}

    def __init__(self, variance: float = 1.0) -> None:
        self.variance = number("MSE", "variance", variance, low=0, excluding="low")

    def apply(self, y: Array, a: Array) -> float:
        y, a = matched(y, a)
        return totalSquare(a - y, self.variance)

    def perSample(self, y: Array, a: Array) -> Array:
        y, a = matched(y, a)
        return totalSquarePerSample(a - y, self.variance)

    def perPosition(self, y: Array, a: Array) -> Array:
        y, a = matched(y, a)
        return totalSquarePerPosition(a - y, self.variance)

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        return self._scaled(np.subtract(a, y, out=out))

    def valueAndDerivative(self, y: Array, a: Array, out: Array | None = None) -> tuple[float, Array]:
        y, a = matched(y, a)
        error = np.subtract(a, y, out=out)
        return totalSquare(error, self.variance), self._scaled(error)

    def _scaled(self, error: Array) -> Array:
        error /= self.variance * error.shape[-1]
        return error

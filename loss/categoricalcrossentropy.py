"""The categorical cross-entropy."""

from __future__ import annotations

import numpy as np

from loss.logits import Array, smaller_side
from loss.loss import Loss, matched


class CategoricalCrossEntropy(Loss):
    """CategoricalCrossEntropy = -1/|X| Σ y ln a        ∂/∂a = -y / (a |X|)

    The loss of the third lecture for a Softmax: the outputs are one distribution over classes.
    """

    logits = frozenset({"Sigmoid", "Softmax"})
    domain = (0.0, 1.0)
    unfit = {"Sigmoid": "it is least when all outputs are 1: end in Softmax(), or use CrossEntropy()"}

    def apply(self, y: Array, a: Array) -> float:
        y, a = matched(y, a)
        terms = y * np.log(np.maximum(a, np.finfo(a.dtype).tiny))
        return -float(terms.sum()) / y.shape[-1]

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        out = np.divide(y, np.maximum(a, np.finfo(a.dtype).tiny), out=out)
        return np.divide(out, -y.shape[-1], out=out)

    def applyLogits(self, y: Array, z: Array, activation: str) -> float:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            terms = y * (np.log1p(np.exp(-np.abs(z))) - np.minimum(z, 0))
        else:
            logA = self._softmax(z).logarithms()[0]
            terms = -y.reshape(logA.shape) * logA
        return float(terms.sum()) / y.shape[-1]

    def derivativeLogits(self, y: Array, z: Array, activation: str, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            q = smaller_side(z, np.empty_like(z), scratch=np.empty_like(z))
            gradient = -y * np.where(z > 0, q, 1 - q)
        else:
            gradient = _softmax_error(y, z)
        return np.divide(gradient, y.shape[-1], out=out)


def _softmax_error(y: Array, z: Array) -> Array:
    """Per sample, ∂/∂zᵢ = aᵢ Σ y - yᵢ.

    Its sum over a column is 0. What is not, is a rounding error of the largest output, whose difference may be tiny.
    """
    z = z - np.maximum.reduce(z, axis=0)
    gradient = np.exp(z)
    gradient *= np.add.reduce(y, axis=0) / np.add.reduce(gradient, axis=0)
    gradient -= y
    gradient -= np.equal(z, 0) * np.add.reduce(gradient, axis=0)
    return gradient

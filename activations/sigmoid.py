"""The logistic function, for probabilities."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class Sigmoid(Activation):
    """σ(z) = 1 / (1 + exp(-z))        σ'(z) = σ(z) (1 - σ(z))        σ''(z) = σ'(z) (1 - 2 σ(z))"""

    range = (0.0, 1.0)
    link = "Sigmoid"
    kernel = "sigmoid"

    def apply(self, z: Array, out: Array | None = None) -> Array:
        z = floating(z)
        out = np.negative(z, out=np.empty_like(z) if out is None else out)
        with np.errstate(over="ignore"):  # exp(-z) = inf where z is very negative: 1 / (1 + inf) = 0 is the value
            np.exp(out, out=out)
        np.add(out, 1, out=out)
        return np.reciprocal(out, out=out)

    def derivative(self, z: Array) -> Array:
        a = self.apply(z)
        return a * (1 - a)

    def secondDerivative(self, z: Array) -> Array:
        a = self.apply(z)
        return a * (1 - a) * (1 - 2 * a)

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        out = np.subtract(1, a, out=out)
        np.multiply(out, a, out=out)
        return np.multiply(out, da, out=out)

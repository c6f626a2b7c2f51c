"""The hyperbolic tangent."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class Tanh(Activation):
    """tanh(z) = sinh(z) / cosh(z)        tanh'(z) = 1 - tanh²(z)"""

    range = (-1.0, 1.0)
    kernel = "tanh"

    def apply(self, z: Array, out: Array | None = None) -> Array:
        return np.tanh(floating(z), out=out)

    def derivative(self, z: Array) -> Array:
        return 1 - np.tanh(floating(z)) ** 2

    def secondDerivative(self, z: Array) -> Array:
        a = np.tanh(floating(z))
        return -2 * a * (1 - a * a)

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        out = np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)
        return np.multiply(out, da, out=out)

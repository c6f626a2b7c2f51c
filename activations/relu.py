"""The rectified linear unit."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class ReLU(Activation):
    """ReLU(z) = max(0, z)        ReLU'(z) = 1 for z > 0, else 0

    Not differentiable at 0, where the derivative is taken to be 0.
    """

    initializer = "he_normal"
    range = (0.0, np.inf)
    kernel = "relu"

    def apply(self, z: Array, out: Array | None = None) -> Array:
        return np.clip(floating(z), 0, np.inf, out=out)  # several times faster than np.maximum with a number

    def derivative(self, z: Array) -> Array:
        z = floating(z)
        return np.greater(z, 0, out=np.empty_like(z))

    def secondDerivative(self, z: Array) -> Array:
        return np.zeros_like(floating(z))

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        out = np.greater(z, 0, out=np.empty_like(z) if out is None else out)
        return np.multiply(da, out, out=out)

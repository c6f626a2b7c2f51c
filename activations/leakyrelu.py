"""The leaky rectified linear unit."""

from __future__ import annotations

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class LeakyReLU(Activation):
    """LeakyReLU(z) = max(εz, z)        LeakyReLU'(z) = 1 for z > 0, else ε

    Parameters
    ----------
    epsilon : slope for z < 0, 0 ≤ ε < 1; default 0.01. GANs often take 0.2 (Radford et al. 2015, arXiv:1511.06434).
    """

    initializer = "he_normal"
    kernel = "leakyReLU"

    def __init__(self, epsilon: float = 0.01) -> None:
        self.epsilon = number("LeakyReLU", "epsilon", epsilon, low=0, high=1, excluding="high")

    def apply(self, z: Array, out: Array | None = None) -> Array:
        z = floating(z)
        out = np.multiply(z, self.epsilon, out=np.empty_like(z) if out is None else out)
        return np.maximum(out, z, out=out)

    def derivative(self, z: Array) -> Array:
        z = floating(z)
        return np.maximum(np.greater(z, 0, out=np.empty_like(z)), self.epsilon)

    def secondDerivative(self, z: Array) -> Array:
        return np.zeros_like(floating(z))

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        out = np.greater(z, 0, out=np.empty_like(z) if out is None else out)
        out *= 1 - self.epsilon
        out += self.epsilon
        return np.multiply(da, out, out=out)

    @property
    def kernelSetting(self) -> float:
        """ε"""
        return self.epsilon

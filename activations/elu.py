"""The exponential linear unit."""

from __future__ import annotations

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class ELU(Activation):
    """ELU(z) = z for z > 0, α (exp(z) - 1) for z ≤ 0        ELU'(z) = 1 for z > 0, α exp(z) for z ≤ 0

    Clevert et al. 2015, arXiv:1511.07289. The lecture's ELU is the default, α = 1, and has no kink.

    Parameters
    ----------
    alpha : the value -α is approached for z → -∞; positive, default 1.
    """

    initializer = "he_normal"
    kernel = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number("ELU", "alpha", alpha, low=0, excluding="low")
        self.range = (-self.alpha, np.inf)

    def apply(self, z: Array, out: Array | None = None) -> Array:
        z = floating(z)
        out = np.minimum(z, 0, out=np.empty_like(z) if out is None else out)
        np.expm1(out, out=out)
        np.multiply(out, self.alpha, out=out)
        return np.add(out, np.maximum(z, 0), out=out)

    def derivative(self, z: Array) -> Array:
        z = floating(z)
        return self.alpha * np.exp(np.minimum(z, 0)) + np.multiply(z > 0, 1 - self.alpha, dtype=z.dtype)

    def secondDerivative(self, z: Array) -> Array:
        z = floating(z)
        return np.where(z > 0, 0, self.alpha * np.exp(np.minimum(z, 0)))

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        out = np.minimum(a, 0, out=out)  # for z <= 0: α exp(z) = a + α
        np.add(out, self.alpha, out=out)
        if self.alpha != 1:
            out += np.multiply(z > 0, 1 - self.alpha, dtype=out.dtype)
        return np.multiply(da, out, out=out)

    @property
    def kernelSetting(self) -> float:
        """α"""
        return self.alpha

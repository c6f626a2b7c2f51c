"""The softmax function, for a distribution over classes."""

from __future__ import annotations

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np

from activations.activation import Activation
from activations.floating import floating


class Softmax(Activation):
    """aᵢ = exp(zᵢ) / Σⱼ exp(zⱼ), over the classes        ∂aᵢ/∂zⱼ = aᵢ (δᵢⱼ - aⱼ)

    The classes are the features of z: (classes, N), sequences (steps, classes, N), images (classes, height, width, N).
    The only activation here whose outputs depend on all pre-activations of a sample: its derivative is a matrix for
    every sample. `backward` multiplies with it without forming it.
    """

    range = (0.0, 1.0)
    link = "Softmax"

    def apply(self, z: Array, out: Array | None = None) -> Array:
        z = floating(z)
        axis = featureAxis(z)
        largest = z.max(axis=axis, keepdims=True)  # with it the largest exponent is 0: no overflow, the same quotient
        with np.errstate(over="ignore"):  # a difference of -inf becomes 0, as it should
            out = np.subtract(z, largest, out=np.empty_like(z) if out is None else out)
        np.exp(out, out=out)
        return np.divide(out, out.sum(axis=axis, keepdims=True), out=out)

    def derivative(self, z: Array) -> Array:
        """The Jacobians J[..., i, j, ...] = ∂aᵢ/∂zⱼ, the classes twice: (n, n, N) for a z of (n, N)."""
        a = self.apply(z)
        axis = featureAxis(a)
        jacobian = -np.expand_dims(a, axis + 1) * np.expand_dims(a, axis)
        diagonal = np.arange(a.shape[axis], like=a)
        jacobian[(slice(None),) * axis + (diagonal, diagonal)] += a
        return jacobian

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        # Jᵀ da = a ∘ (da - ⟨a, da⟩)
        out = np.multiply(a, da, out=out)
        mean = out.sum(axis=featureAxis(out), keepdims=True)
        np.subtract(da, mean, out=out)
        return np.multiply(out, a, out=out)

    def _curves(self, x: Array) -> tuple[Array, Array]:
        z = np.stack((x, np.zeros_like(x)))  # the first of two classes, the other's pre-activation held at 0
        return self.apply(z)[0], self.derivative(z)[0, 0]

"""The softmax function, for a distribution over classes."""

from __future__ import annotations

import numpy as np

from activations.activation import Activation, Array, floating


class Softmax(Activation):
    """aᵢ = exp(zᵢ) / Σⱼ exp(zⱼ), over the rows of each column        ∂aᵢ/∂zⱼ = aᵢ (δᵢⱼ - aⱼ)

    The only activation here whose outputs depend on all pre-activations of a sample: its derivative is a matrix
    for every column. `backward` multiplies with it without forming it.
    """

    range = (0.0, 1.0)
    link = "Softmax"

    def apply(self, z: Array, out: Array | None = None) -> Array:
        z = floating(z)
        largest = z.max(axis=0)  # with it the largest exponent is 0: no overflow, and the same quotient
        with np.errstate(over="ignore"):  # a difference of -inf becomes 0, as it should
            out = np.subtract(z, largest, out=np.empty_like(z) if out is None else out)
        np.exp(out, out=out)
        return np.divide(out, out.sum(axis=0), out=out)

    def derivative(self, z: Array) -> Array:
        """The Jacobian J[i, j, k] = ∂aᵢ/∂zⱼ of column k, of shape (n, n, N)."""
        a = self.apply(z)
        jacobian = -a[:, None] * a[None, :]
        diagonal = np.arange(len(a))
        jacobian[diagonal, diagonal] += a
        return jacobian

    def backward(self, gradient: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        # Jᵀg = a ∘ (g - ⟨a, g⟩)
        out = np.multiply(a, gradient, out=out)
        mean = out.sum(axis=0)
        np.subtract(gradient, mean, out=out)
        return np.multiply(out, a, out=out)

    def _curves(self, x: Array) -> tuple[Array, Array]:
        z = np.stack((x, np.zeros_like(x)))  # the first of two classes, the other's pre-activation held at 0
        return self.apply(z)[0], self.derivative(z)[0, 0]

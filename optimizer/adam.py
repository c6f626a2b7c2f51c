"""Adam."""

from __future__ import annotations

import math
from typing import Any

from leibnet import arguments
from leibnet.fused.choice import kernel
from leibnet.types import Array

import numpy as np

from optimizer.optimizer import Optimizer
from optimizer.setting import setting
from optimizer.words import wellNamed

SMALLEST = 1e-22  # an ε that squares of gradients in single precision, down to 1e-45, can still be compared with


class Adam(Optimizer):
    """Adam (Kingma & Ba 2014, arXiv:1412.6980; first lecture).

        g = ∇θ Loss(θ)
        m ← β₁ m + (1 - β₁) g           m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²          v̂ = v / (1 - β₂ᵗ)
        θ ← θ - step · m̂ / (√v̂ + ε)

    With `weightDecay` this is AdamW. `textbook` is these lines as code. The update itself keeps M = m / (1 - β₁) and
    V = v / (1 - β₂) instead of m and v, which saves two passes over the parameters: with k = √((1 - β₂) / (1 - β₂ᵗ)) is
    √v̂ = k √V, and the step c · M / (√V + ε/k) with c = step (1 - β₁) / (1 - β₁ᵗ) / k.

    Parameters
    ----------
    beta1, beta2 : decay of the two averages, 0 ≤ β < 1; defaults 0.9 and 0.999.
    epsilon : ε > 0; default 1e-8. For parameters in single precision at least 1e-22.
    learningRate, lr, weightDecay, clipNorm : see `Optimizer`; default lr = 0.001.

    Raises
    ------
    OverflowError : in an update after which V would be infinite, and its parameter stand still for ever; `train` makes
        a `DivergenceError` of it.
    """

    defaultLr = 0.001
    stateNames = ("M", "V")
    joins = True
    scale = {"M": "m / (1 - beta1)", "V": "v / (1 - beta2)"}

    beta1: float = setting(lambda self, value: _decay("beta1", value))
    beta2: float = setting(lambda self, value: _decay("beta2", value))
    epsilon: float = setting(lambda self, value: arguments.number("Adam", "epsilon", value, low=0, excluding="low"))

    @wellNamed
    def __init__(
        self,
        *,
        learningRate: float | None = None,
        lr: float | None = None,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weightDecay: float = 0.0,
        clipNorm: float | None = None,
    ) -> None:
        super().__init__(learningRate=learningRate, lr=lr, weightDecay=weightDecay, clipNorm=clipNorm)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def textbook(self, theta: Array, g: Array, m: Array, v: Array, t: int, step: float) -> tuple[Array, Array, Array]:
        """θ, m and v after update t = 1, 2, ... with the gradient g, in new arrays: the formulas of the paper.

        The reference, to which a test holds `update`; it does not decay weights.
        """
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return theta - step * m_hat / (np.sqrt(v_hat) + self.epsilon), m, v

    def _step(self, theta: Array, gradient: Array, state: dict[str, Array], step: float, work: Array) -> None:
        if self.epsilon < SMALLEST and theta.itemsize < 8:
            expected = f"{SMALLEST:g} or more where parameters are {theta.dtype}"
            raise ValueError(arguments.refusal("Adam", "epsilon", expected, self.epsilon, "or use astype(float)"))
        M, V = state["M"], state["V"]
        k = self._scale()
        c = step * (1 - self.beta1) / (1 - self.beta1**self.t) / k
        update = kernel("adam", theta, gradient, M, V) or _adam
        if update(theta, gradient, M, V, work, self.beta1, self.beta2, self.epsilon / k, c):
            raise OverflowError(
                f"Adam: in update {self.t} the sum of squared gradients overflows {V.dtype}, with gradients up to "
                f"{float(np.abs(gradient).max()):.2g}. Divide the labels or the loss, or give clipNorm=1."
            )

    def _scale(self) -> float:
        """k = √((1 - β₂) / (1 - β₂ᵗ))"""
        return math.sqrt((1 - self.beta2) / (1 - self.beta2**self.t))

    def _negligible(self, name: str, dtype: np.dtype[Any]) -> float:
        """What would be subnormal in a hundred updates or so, if it is nothing, not even beside ε."""
        small = 1e8 * float(np.finfo(dtype).tiny)
        return (
            min(small, (float(np.finfo(dtype).eps) / 2 * self.epsilon / self._scale()) ** 2) if name == "V" else small
        )


def _adam(
    theta: Array, gradient: Array, M: Array, V: Array, work: Array, beta1: float, beta2: float, epsilon: float, c: float
) -> bool:
    """M ← β₁ M + g, V ← β₂ V + g², θ ← θ - c M / (√V + ε), in place. Returns whether V overflows.

    `work` is an array of the same size to compute in.
    """
    M *= beta1
    M += gradient
    V *= beta2
    try:
        with np.errstate(over="raise"):
            V += np.multiply(gradient, gradient, out=work)
    except FloatingPointError:
        return True
    np.sqrt(V, out=work)
    work += epsilon
    np.divide(M, work, out=work)
    work *= c
    theta -= work
    return False


def _decay(name: str, value: Any) -> float:
    return arguments.number("Adam", name, value, low=0, high=1, excluding="high")

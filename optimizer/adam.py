"""Adam."""

from __future__ import annotations

import math

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from optimizer.optimizer import Optimizer


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
    epsilon : ε > 0; default 1e-8.
    learningRate, lr, weightDecay, clipNorm : see `Optimizer`; default lr = 0.001.
    """

    defaultLr = 0.001
    stateNames = ("M", "V")
    joins = True
    scale = {"M": "m / (1 - beta1)", "V": "v / (1 - beta2)"}

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
        self.beta1 = arguments.number("Adam", "beta1", beta1, low=0, high=1, excluding="high")
        self.beta2 = arguments.number("Adam", "beta2", beta2, low=0, high=1, excluding="high")
        self.epsilon = arguments.number("Adam", "epsilon", epsilon, low=0, excluding="low")

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
        M, V = state["M"], state["V"]
        k = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.t))
        c = step * (1 - self.beta1) / (1 - self.beta1**self.t) / k
        M *= self.beta1
        M += gradient
        V *= self.beta2
        V += np.multiply(gradient, gradient, out=work)
        np.sqrt(V, out=work)
        work += self.epsilon / k
        np.divide(M, work, out=work)
        work *= c
        theta -= work

"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from optimizer.optimizer import Optimizer
from optimizer.setting import setting
from optimizer.words import wellNamed


class SGD(Optimizer):
    """Stochastic gradient descent, plain, with momentum or with Nesterov's momentum.

        g = ∇θ Loss(θ)
        v ← μ v + g
        θ ← θ - step · v                plain: v = g
        θ ← θ - step · (g + μ v)        Nesterov

    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", in the form of
    torch.optim.SGD.

    Parameters
    ----------
    momentum : μ, 0 ≤ μ < 1; default 0. Set later, v begins with 0.
    nesterov : look ahead by one step of the momentum; needs momentum > 0. Default False.
    learningRate, lr, weightDecay, clipNorm : see `Optimizer`; default lr = 0.01.
    """

    defaultLr = 0.01
    joins = True

    momentum: float = setting(lambda self, value: self._momentumChecked(value), then=lambda self: self._keepVelocity())
    nesterov: bool = setting(lambda self, value: self._nesterovChecked(value))

    @wellNamed
    def __init__(
        self,
        *,
        learningRate: float | None = None,
        lr: float | None = None,
        momentum: float = 0.0,
        nesterov: bool = False,
        weightDecay: float = 0.0,
        clipNorm: float | None = None,
    ) -> None:
        super().__init__(learningRate=learningRate, lr=lr, weightDecay=weightDecay, clipNorm=clipNorm)
        self.momentum = momentum
        self.nesterov = nesterov

    def _momentumChecked(self, value: Any) -> float:
        momentum = arguments.number("SGD", "momentum", value, low=0, high=1, excluding="high")
        return self._together(momentum, vars(self).get("nesterov", False))[0]

    def _nesterovChecked(self, value: Any) -> bool:
        return self._together(self.momentum, arguments.flag("SGD", "nesterov", value))[1]

    def _together(self, momentum: float, nesterov: bool) -> tuple[float, bool]:
        if nesterov and not momentum:
            raise ValueError("SGD: expected momentum > 0 with nesterov=True, got 0; give for example momentum=0.9")
        return momentum, nesterov

    def _keepVelocity(self) -> None:
        """v is kept as long as there is momentum."""
        self.stateNames = ("v",) if self.momentum else ()
        if not self.momentum:
            self.state = {}

    def _step(self, theta: Array, gradient: Array, state: dict[str, Array], step: float, work: Array) -> None:
        if not self.momentum:
            theta -= np.multiply(gradient, step, out=work)
            return
        v = state["v"]
        v *= self.momentum
        v += gradient
        if self.nesterov:
            np.multiply(v, self.momentum, out=work)
            work += gradient
            work *= step
        else:
            np.multiply(v, step, out=work)
        theta -= work

"""Layers with an activation at their end."""

from __future__ import annotations

from typing import Any

from leibnet import arguments
from leibnet.types import Array

from activations import Activation, Identity
from layers.learning import Learning
from layers.passes import EVERYTHING, Pass, Wanted
from layers.penalty import Penalty
from optimizer import Optimizer


class Activated(Learning):
    """y = f(z): a pre-activation z, and an activation f that is applied to it.

    Of a layer of your own, `_forward` gives z, and `_backward` is given dz; f is applied and differentiated here. A
    loss that knows f takes z itself, from `forwardLogits`, and gives dz to `backwardLogits`: nothing is then lost where
    f rounds to its ends.

    Parameters
    ----------
    activation : f, which must not be changed later; default Identity().
    optimizer, penalty : see `Learning`.
    """

    activation: Activation

    def __init__(
        self,
        activation: Activation | None = None,
        optimizer: Optimizer | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(optimizer, penalty)
        f = Identity() if activation is None else activation
        self.activation = arguments.instance(self.name, "activation", f, Activation, "ReLU()")

    def forward(self, x: Any, training: bool = True) -> Array:
        z = self.forwardLogits(x, training)
        now = self._here.now or self._training
        now.y = y = self.activation.apply(z, out=now.buffer("y", z.shape))
        return y

    def forwardLogits(self, x: Array, training: bool = True) -> Array:
        """`forward` up to the pre-activation z, which it returns. The `output` is computed when it is asked for."""
        now = self._here.now or self._training
        now.x = x = self.accept(x)
        now.y, now.dx, now.hasGradients = None, None, False
        now.z = z = self._forward(x, now, training)
        return z

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        now = self.passed()
        y = self._activate(now) if now.y is None else now.y
        dy = self.gradientLike(y, dy)
        if self.penalty is not None:
            dy = self.penalised(dy, now, wanted)
        dz = self.activation.backward(dy, now.z, y, out=now.buffer("dz", y.shape))
        return self.differentiate(dz, now, wanted)

    def backwardLogits(self, dz: Array, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` from dz, the gradient with respect to the pre-activation."""
        now = self.passed()
        dz = self.gradientLike(now.z, dz)
        if self.penalty is not None and wanted.parameters:
            y = self.output
            dz = dz + self.activation.backward(self.penalty.gradient(now), now.z, y)
        return self.differentiate(dz, now, wanted)

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        now = self.passed()
        return self._activate(now) if now.y is None else now.y

    @property
    def preactivation(self) -> Array:
        """z of the last forward pass; a buffer, refilled by the next one."""
        return self.passed().z

    def _activate(self, now: Pass) -> Array:
        now.y = y = self.activation.apply(now.z, out=now.buffer("y", now.z.shape))
        return y

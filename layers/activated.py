"""Layers with an activation at their end."""

from __future__ import annotations

from typing import Any, ClassVar

from leibnet import arguments
from leibnet.fused.choice import Kernel
from leibnet.types import Array

import numpy as np

from activations import Activation, Identity
from layers.learning import Learning
from layers.passes import EVERYTHING, Pass, Wanted
from layers.penalties.penalty import Penalty
from optimizer import Optimizer


class Activated(Learning):
    """y = f(z): a pre-activation z, and an activation f that is applied to it.

    Of a layer of your own, `_forward` gives z, and `_backward` is given dz; f is applied and differentiated here. So is
    the bias of a `biased` layer: z = `_forward` + b, and db = Σ dz over the samples. A loss that knows f takes z
    itself, from `forwardLogits`, and gives dz to `backwardLogits`: nothing is then lost where f rounds to its ends.

    Parameters
    ----------
    activation : f, which must not be changed later; default Identity().
    optimizer, penalty : see `Learning`.

    Attributes
    ----------
    biased : whether its parameter `bias`, a number for every feature, or channel of images, is added and differentiated
        here. The features are the first axis then.
    """

    activation: Activation
    biased: ClassVar[bool] = False

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
        now = self._here.now or self._training
        z = self._begin(x, now, training)
        now.y = y = now.buffer("y", z.shape)
        if (fused := self._kernel("Forward", z, now)) is not None:
            fused(_rows(z), self.block.values["bias"], _rows(y), self.activation.kernelSetting)
            return y
        self._shift(z, now)
        now.y = y = self.activation.apply(z, out=y)
        return y

    def forwardLogits(self, x: Array, training: bool = True) -> Array:
        """`forward` up to the pre-activation z, which it returns. The `output` is computed when it is asked for."""
        now = self._here.now or self._training
        z = self._begin(x, now, training)
        self._shift(z, now)
        now.y = None
        return z

    def _begin(self, x: Any, now: Pass, training: bool) -> Array:
        """Begins a pass: what `_forward` gives, which in a biased layer is z without b."""
        now.x = x = self.accept(x)
        now.dx, now.hasGradients, now.training, now.shares = None, False, training, None
        if self.penalty is not None:
            now.parameters, now.activation = self.block.values, self.activation
        now.z = z = self._forward(x, now, training)
        return z

    def _shift(self, z: Array, now: Pass) -> None:
        if self.biased:
            add_bias = now.kernel("addBias", z) or _add_bias
            add_bias(_rows(z), self.block.values["bias"])

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        now = self.passed()
        dy = self.gradientLike(self.output, dy)
        if self.penalty is not None:
            dy = self.penalised(dy, now, wanted)
        return self.differentiate(dy, now, wanted, self._fromOutput)

    def backwardLogits(self, dz: Array, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` from dz, the gradient with respect to the pre-activation."""
        now = self.passed()
        dz = self.gradientLike(now.z, dz)
        if self.penalty is not None and wanted.parameters:
            y = self.output
            dz = dz + self.activation.backward(self.penalty.gradient(now), now.z, y)
        return self.differentiate(dz, now, wanted, self._fromPreactivation)

    def _fromOutput(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        z, y = now.z, now.y
        dz = now.buffer("dz", z.shape)
        if (fused := self._kernel("Backward", dy, now)) is None:
            return self._fromPreactivation(self.activation.backward(dy, z, y, out=dz), now, wanted)
        db = self.block.gradients["bias"]
        db = db if wanted.parameters else now.buffer("db", db.shape)
        fused(_rows(dy), _rows(z), _rows(y), _rows(dz), db, self.activation.kernelSetting)
        now.dy = dz
        return self._backward(dz, now, wanted)

    def _fromPreactivation(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        if self.biased and wanted.parameters:
            rows = _rows(dz)
            np.matmul(rows, now.ones(rows.shape[1]), out=self.block.gradients["bias"])  # (out, N) · (N, 1) = (out, 1)
        now.dy = dz
        return self._backward(dz, now, wanted)

    def _kernel(self, direction: str, array: Array, now: Pass) -> Kernel | None:
        """The compiled form of bias and activation in one, in a training, if there is one."""
        name = self.activation.kernel
        return now.kernel(name + direction, array) if self.biased and name else None

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        now = self.passed()
        if now.y is None:
            now.y = self.activation.apply(now.z, out=now.buffer("y", now.z.shape))
        return now.y

    @property
    def preactivation(self) -> Array:
        """z of the last forward pass; a buffer, refilled by the next one."""
        return self.passed().z


def _rows(array: Array) -> Array:
    """Images (channels, height, width, N) as (channels, height · width · N); others as they are."""
    return array if array.ndim == 2 else array.reshape(len(array), -1)


def _add_bias(z: Array, b: Array) -> None:
    """z ← z + b, (features, N) + (features, 1)"""
    z += b

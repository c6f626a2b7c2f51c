"""Layers with an activation at their end."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.arguments import refusal
from leibnet.arrays import featureAxis
from leibnet.fused.choice import Kernel
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation, Identity
from layers.layer import Layer
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
        here. Where the features stand, `leibnet.arrays.featureAxis` says.
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
        now.y = y = self._activate(self._begin(x, now, training), now, "y")
        return y

    def _activate(self, z: Array, now: Pass, name: str) -> Array:
        """f(z), to which b is added before, in the buffer of that name; without an f it is z itself."""
        if type(self.activation) is Identity and not now.isDual:
            self._shift(z, now)
            return z
        y = now.buffer(name, z.shape)
        if now.isDual:
            return self._activateDual(z, y, now)
        if (fused := self._kernel("Forward", z, now)) is not None:
            for z_rows, y_rows in zip(_rows(z), _rows(y), strict=True):
                fused(z_rows, self.block.values["bias"], y_rows, self.activation.kernelSetting)
            return y
        self._shift(z, now)
        return self.activation.apply(z, out=y)

    def _activateDual(self, z: Array, y: Array, now: Pass) -> Array:
        """(f(z), f'(z) ṫ) of (z, ṫ), to whose first half b is added before, in y."""
        self._shift(z, now)
        (z, tangent), (value, slope) = _halves(z), _halves(y)
        value[...] = self.activation.apply(z)
        slope[...] = self.activation.backward(tangent, z, value)
        return y

    def forwardThrough(self, x: Any, pool: Layer, training: bool = True) -> Array:
        """`forward` of this layer and of a pooling layer behind it that may as well stand before b and f.

        So they and their gradients are computed for what is left of z. Its own z and `output` are computed when they
        are asked for, with the parameters that it has by then.
        """
        now = self._here.now or self._training
        pooled = pool.forward(self._begin(x, now, training), training)
        pool.now.y = y = self._activate(pooled, now, "pooled")
        pool.now.before = self
        now.z, now.y, now.pooled = None, None, (pooled, y)
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
        if self.biased and now.isDual:
            values = _halves(z)[0]
            values += self.block.values["bias"].reshape(-1, *(1,) * (values.ndim - 1 - featureAxis(values)))
        elif self.biased:
            add_bias = now.kernel("addBias", z) or _add_bias
            for rows in _rows(z):
                add_bias(rows, self.block.values["bias"])

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
        now.dy = dz = self._deactivate(dy, now.z, now.y, now, wanted)
        return self._backward(dz, now, wanted)

    def _deactivate(self, dy: Array, z: Array, y: Array, now: Pass, wanted: Wanted) -> Array:
        """dz for dy, and the gradient of b; without an f it is dy itself."""
        if type(self.activation) is Identity and not now.isDual:
            self._sum(dy, now, wanted)
            return dy
        dz = now.buffer("dz", z.shape)
        if now.isDual:
            return self._deactivateDual(dy, z, dz, now, wanted)
        if (fused := self._kernel("Backward", dy, now)) is None:
            dz = self.activation.backward(dy, z, y, out=dz)
            self._sum(dz, now, wanted)
            return dz
        db = self._sums(dz, now, wanted)
        for *arrays, sums in zip(*map(_rows, (dy, z, y, dz)), db, strict=True):
            fused(*arrays, sums, self.activation.kernelSetting)
        self._addUp(db, wanted)
        return dz

    def _deactivateDual(self, dy: Array, z: Array, dz: Array, now: Pass, wanted: Wanted) -> Array:
        """The same of (z, ṫ): dz = f'(z) dy + f''(z) ṫ dẏ, and f'(z) dẏ for the tangents."""
        f, (z, tangent), (dvalue, dslope) = self.activation, _halves(z), _halves(dy)
        value = f.apply(z)
        first, second = _halves(dz)
        first[...] = f.backward(dvalue, z, value) + f.secondDerivative(z) * tangent * dslope
        second[...] = f.backward(dslope, z, value)
        self._sum(dz, now, wanted)
        return dz

    def _fromPreactivation(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        self._sum(dz, now, wanted)
        now.dy = dz
        return self._backward(dz, now, wanted)

    def _sum(self, dz: Array, now: Pass, wanted: Wanted) -> None:
        if self.biased and wanted.parameters:
            db, rows = self._sums(dz, now, wanted), _rows(_halves(dz)[0] if now.isDual else dz)
            np.matmul(rows, now.ones(rows.shape[-1]), out=db)  # (steps, out, N) · (N, 1) = (steps, out, 1)
            self._addUp(db, wanted)

    def _sums(self, dz: Array, now: Pass, wanted: Wanted) -> Array:
        """Where Σ dz of every step goes, (steps, out, 1); if there is one step, to the gradient of b, where wanted."""
        gradient, steps = self.block.gradients["bias"], len(_rows(dz))
        return gradient[np.newaxis] if steps == 1 and wanted.parameters else now.buffer("db", (steps, *gradient.shape))

    def _addUp(self, db: Array, wanted: Wanted) -> None:
        """The gradient of b from those of several steps."""
        if wanted.parameters and len(db) != 1:
            np.sum(db, axis=0, out=self.block.gradients["bias"])

    def backwardThrough(self, dy: Any, pool: Layer, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` of the two from dy, the gradient with respect to the pooling layer's output."""
        now = self.passed()
        pooled, y = now.pooled

        def backward(dy: Array, now: Pass, wanted: Wanted) -> Array | None:
            now.dy = dz = pool.backward(self._deactivate(dy, pooled, y, now, wanted))
            pool.now.dx = None  # with respect to what entered it now, which is not this layer's output
            return self._backward(dz, now, wanted)

        return self.differentiate(self.gradientLike(y, dy), now, wanted, backward)

    def _kernel(self, direction: str, array: Array, now: Pass) -> Kernel | None:
        """The compiled form of bias and activation in one, in a training, if there is one."""
        name = self.activation.kernel
        return now.kernel(name + direction, array) if self.biased and name else None

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        now = self.passed()
        if now.y is None:
            z = self.preactivation
            now.y = self.activation.apply(z, out=now.buffer("y", z.shape))
        return now.y

    @property
    def preactivation(self) -> Array:
        """z of the last forward pass; a buffer, refilled by the next one."""
        now = self.passed()
        if now.z is None:
            now.z = self._forward(now.x, now, now.training)
            self._shift(now.z, now)
        return now.z


class Activate(Activated):
    """y = f(x), an activation by itself: behind a normalisation, or behind the sum of a `Residual`.

    Parameters
    ----------
    activation : f.

    Example
    -------
    >>> from activations import ReLU
    >>> Activate(ReLU()).feedforward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    """

    isLinear = True
    isSamplewise = True

    def __init__(self, activation: Activation) -> None:
        super().__init__(arguments.instance(self.name, "activation", activation, Activation, "ReLU()"))

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        return x

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        return dz if wanted.input else None

    def __repr__(self) -> str:
        return f"Activate {self.activation!r}"


def _halves(array: Array) -> tuple[Array, Array]:
    """Views of the first half of the samples and of the second."""
    n, odd = divmod(array.shape[-1], 2)
    if odd:
        raise ValueError(refusal("dual", "the input", "samples and as many tangents, (..., 2N)", array.shape))
    return array[..., :n], array[..., n:]


def _rows(array: Array) -> Array:
    """(steps, features, numbers of each): of vectors one step, of images one step with a row for every channel."""
    axis = featureAxis(array)
    return array.reshape(math.prod(array.shape[:axis]), array.shape[axis], -1)


def _add_bias(z: Array, b: Array) -> None:
    """z ← z + b, (features, N) + (features, 1)"""
    z += b

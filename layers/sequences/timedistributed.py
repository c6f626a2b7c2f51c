"""A layer on every step of a sequence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.ranks import among, current, gathered
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.chain import Chain
from layers.composite import Composite
from layers.layer import Layer
from layers.passes import EVERYTHING, Pass, Wanted
from layers.sequences.steps import checkSequence, maskOf

ALIKE = nullcontext()


class TimeDistributed(Composite):
    """y[t] = f(x[t]): one layer, or network, on every step of a sequence (steps, ..., N).

    The steps are samples for it: f is computed once, for steps · N of them. So a `Dropout` in it draws anew for every
    step, a `BatchNormalization` has the mean of all steps of all samples, and a penalty is a mean over the steps as
    well. Steps that a sample does not have (`masked`) are none of its samples; y is 0 there. A loss knows the last
    activation of f, as it does without steps.

    Parameters
    ----------
    layer : f, a layer, a `Chain` or a list of layers.

    Example
    -------
    >>> from activations import Softmax
    >>> from layers import Dense
    >>> TimeDistributed(Dense(128, 65, Softmax())).outputShape((100, 128))
    (100, 65)
    """

    isSamplewise = True
    nested: ClassVar[Mapping[str, Any]] = {"layer": Layer}

    def __init__(self, layer: Layer | Iterable[Layer]) -> None:
        super().__init__()
        chosen = Chain(layer) if isinstance(layer, (list, tuple)) else layer
        self.layer: Layer = arguments.instance("TimeDistributed", "layer", chosen, Layer, "Dense(128, 65, Softmax())")
        if isinstance(self.layer, Chain) and not self.layer.layers:
            raise ValueError("TimeDistributed: expected a chain with layers, got an empty one; give [Dense(...), ...]")
        self._settle()

    def children(self) -> dict[str, Layer]:
        return {"layer": self.layer}

    def outputShape(self, inputShape: Shape) -> Shape:
        checkSequence(self, inputShape, "...")
        shape = self.layer.outputShape(inputShape[1:])
        if any(isinstance(side, tuple) for side in shape):
            expected, remedy = "one that gives one array", "end it in Sum() or Concatenate()"
            raise ValueError(arguments.refusal(self.describe(), "its layer", expected, shape, remedy))
        return (inputShape[0], *shape)

    def multiplications(self, inputShape: Shape) -> int:
        return inputShape[0] * self.layer.multiplications(inputShape[1:])

    # Forward and backward --------------------------------------------------------------------------------------------

    def forward(self, x: Any, training: bool = True) -> Array:
        now = self.now
        folded = self._begin(x, now, training)
        with self._among(now):
            y = self.layer.forward(folded, training)
        now.y = y = self._unfold(y, now, "y")
        now.z = None
        return y

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        return self.forward(x, training)

    def forwardLogits(self, x: Array, training: bool = True) -> Array:
        """`forward` up to the pre-activation of f, if it has one, which it returns."""
        now = self.now
        forward = getattr(self.layer, "forwardLogits", self.layer.forward)
        folded = self._begin(x, now, training)
        with self._among(now):
            z = forward(folded, training)
        now.z = z = self._unfold(z, now, "z")
        now.y = None
        return z

    def _begin(self, x: Any, now: Pass, training: bool) -> Array:
        """Begins a pass: the steps as samples."""
        now.x = x = self.accept(x)
        self.outputShape(x.shape[:-1])
        now.dx, now.has, now.training = None, maskOf(self, x), training
        now.ofAll = None
        if now.mask is not None and current() is not None:  # of several ranks, one may have all steps
            there = gathered(now.mask)
            now.has, now.ofAll = (None, None) if there.all() else (now.mask, there)
        return self._fold(x, now, "x")

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        return self._descend(self.gradientLike(self.output, dy), "dy", self.layer.backward, wanted)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return self._descend(dy, "dy", self.layer.backward, wanted)

    def backwardLogits(self, dz: Array, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` from the gradient with respect to what `forwardLogits` returns."""
        backward = getattr(self.layer, "backwardLogits", self.layer.backward)
        return self._descend(self.gradientLike(self.preactivation, dz), "dz", backward, wanted)

    def _descend(self, dy: Array, name: str, backward: Any, wanted: Wanted) -> Array | None:
        now = self.passed()
        with self._among(now):
            dx = backward(self._fold(dy, now, name), wanted)
        now.dx = None if dx is None else self._unfold(dx, now, "dx")
        return now.dx

    def penaltyValue(self) -> float:
        with self._among(self.passed()):
            return super().penaltyValue()

    @property
    def activation(self) -> Activation | None:  # type: ignore[override]
        """That of f."""
        return self.layer.activation

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        now = self.passed()
        if now.y is None:
            now.y = self._unfold(self.layer.output, now, "y")
        return now.y

    @property
    def preactivation(self) -> Array:
        """What f's activation was applied to in the last forward pass, or its output if it has none."""
        now = self.passed()
        if now.z is None:
            layer = self.layer
            now.z = self._unfold(layer.preactivation if hasattr(layer, "preactivation") else layer.output, now, "z")
        return now.z

    @staticmethod
    def _among(now: Pass) -> AbstractContextManager[None]:
        """A stretch in which the columns are the steps that the samples have."""
        return ALIKE if now.ofAll is None else among(now.ofAll)

    # Steps as samples ------------------------------------------------------------------------------------------------

    def _fold(self, steps: Array, now: Pass, name: str) -> Array:
        """(steps, ..., N) as (..., steps · N), a copy.

        The samples of one step stay neighbours: a fifth to a tenth of the time of the other order, in which the steps
        of one sample would be. One product of all steps then takes as long as a product for each of them.
        """
        if now.has is not None:
            return np.ascontiguousarray(np.moveaxis(steps, 0, -2)[..., now.has])
        T, *shape, N = steps.shape
        folded = now.buffer(f"folded {name}", (*shape, T * N), steps)
        (now.kernel("foldSteps", steps) or _fold)(
            steps.reshape(T, math.prod(shape), N), folded.reshape(math.prod(shape), T, N)
        )
        return folded

    def _unfold(self, folded: Array, now: Pass, name: str) -> Array:
        """(..., steps · N) as (steps, ..., N), a copy."""
        count, n = len(now.x), now.x.shape[-1]
        steps = now.buffer(name, (count, *folded.shape[:-1], n), folded)
        if now.has is None:
            unfold = now.kernel("unfoldSteps", folded) or _unfold
            size = math.prod(folded.shape[:-1])
            unfold(folded.reshape(size, count, n), steps.reshape(count, size, n))
        else:
            steps[...] = 0
            np.moveaxis(steps, 0, -2)[..., now.has] = folded
        return steps

    def takeWeights(self, weights: Array | None) -> None:
        """Those of samples count for each of their steps; those of a loss with other steps or pixels do not count."""
        now = self.now
        now.weights = weights
        if weights is not None:
            positions = len(self.input), self.input.shape[-1]
            if weights.ndim == 1:
                weights = np.broadcast_to(weights, positions)
            fits = weights.shape == positions
            weights = (weights.ravel() if now.has is None else weights[now.has]) if fits else None
        self.layer.takeWeights(weights)

    def takeMask(self, mask: Array | None) -> Array | None:
        self.now.mask = mask  # of whose steps f sees those that there are
        return mask

    def __repr__(self) -> str:
        return f"TimeDistributed ({self.layer!r})"


def _fold(steps: Array, folded: Array) -> None:
    folded[...] = steps.swapaxes(0, 1)


def _unfold(folded: Array, steps: Array) -> None:
    steps[...] = folded.swapaxes(0, 1)

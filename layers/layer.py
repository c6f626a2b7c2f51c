"""The contract of a layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from leibnet import randomness
from leibnet.arguments import floatType
from leibnet.arrays import asArray, realNumbers
from leibnet.configurable import Configurable
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.passes import EVERYTHING, InPasses, Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.shapes import wrongShape


class Layer(InPasses, Configurable, ABC, family="layer"):
    """A function y = f(x) with its gradient. Samples are the last axis of every array.

    A layer of your own calls `super().__init__`, says its shapes, and writes `_forward` and `_backward`; it keeps the
    arguments of its constructor in attributes of the same names, from which it is saved. One with parameters derives
    from `Learning`, one with an activation from `Activated`. What a pass leaves is in `now`, see `Pass`.

    Attributes
    ----------
    inputShape : the shape of one sample, or None where any will do.
    rng : the generator of its random numbers, where it draws some; None: the library's own.
    activation, penalty : of a layer that has them, see `Activated` and `Learning`; else None.
    """

    undescribed = frozenset({"initializer", "rng"})
    inputShape: Shape | None = None
    rng: np.random.Generator | None = None
    activation: Activation | None = None
    penalty: Penalty | None = None

    def __init__(self) -> None:
        super().__init__()
        self._dtype = np.dtype(float)

    @abstractmethod
    def outputShape(self, inputShape: Shape) -> Shape:
        """The shape of the output for one sample of shape `inputShape`; ValueError if it does not take such samples."""

    @abstractmethod
    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        """y for x (checked, and in this layer's precision), in a buffer of `now`."""

    @abstractmethod
    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        """dx for dy, which stays as it is, in a buffer of `now`; None if it is not wanted."""

    def multiplications(self, inputShape: Shape) -> int:
        """Those of the layer's largest product, for one sample; 0 for a layer without a product."""
        return 0

    def leaves(self) -> dict[str, Layer]:
        """The layers it is made of by name, down to those that are made of none; of such a one itself, called ""."""
        return {"": self}

    def feedforward(self, x: Any, training: bool = True) -> Any:
        """y = f(x), a new array, for x (..., N), which is kept for `backward`: do not change it.

        `training=False` is for a layer that behaves differently when it only predicts, such as `Dropout`.
        """
        y = self.forward(x, training)
        return y.copy() if not isinstance(y, tuple) else tuple(one.copy() for one in y)

    def forward(self, x: Any, training: bool = True) -> Any:
        """`feedforward` without the copy: returns the buffer `output`, which the next call refills."""
        now = self._here.now or self._training
        now.x = x = self.accept(x)
        now.dx, now.hasGradients, now.training = None, False, training
        now.y = y = self._forward(x, now, training)
        return y

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        """dx for dy, the gradient with respect to the output, after `forward`; a buffer, also in `gradient`.

        See `Wanted` for what can be omitted, or added to what is there. dy is not changed.
        """
        now = self.passed()
        now.dx = self._backward(self.gradientLike(now.y, dy), now, wanted)
        return now.dx

    def skipBackward(self) -> None:
        """Says that the backward pass ended above this layer: it has no `gradient`."""
        now = self.now
        now.dx, now.hasGradients = None, False

    @property
    def learns(self) -> bool:
        """Whether it has parameters, and is not frozen."""
        return False

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name."""
        return {}

    @property
    def statistics(self) -> dict[str, Array]:
        """What belongs to the layer in files, and is not learnt, by name."""
        return {}

    def numParameters(self) -> int:
        """How many numbers the layer learns."""
        return 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision the layer computes in."""
        return self._dtype

    def astype(self, dtype: Any) -> None:
        """Converts the layer to float32 or float64. Its parameters are new arrays afterwards."""
        self.converted(floatType(self.describe(), dtype))

    def converted(self, dtype: np.dtype[Any]) -> None:
        """Takes note that the parameters have this precision now; all else follows."""
        self._dtype = dtype
        self.forget()

    def generator(self) -> np.random.Generator:
        """Where this thread's random numbers come from."""
        return self.givenRng or self.rng or randomness.networks.generator

    def accept(self, x: Any) -> Array:
        """The input in this layer's precision, if its shape is right."""
        if isinstance(x, tuple):
            raise TypeError(f"{self.describe()}: expected one array, got a tuple of {len(x)}; put Parallel() here")
        x = asArray(x)
        if not x.ndim or (self.inputShape is not None and x.shape[:-1] != self.inputShape):
            raise ValueError(f"{self.describe()}: {wrongShape(self.inputShape or (), x.shape)}")
        return x if x.dtype == self._dtype else realNumbers(self.describe(), "the input", x, self.dtype, scaled=True)

    def gradientLike(self, y: Array, dy: Any) -> Array:
        """The gradient in this layer's precision, if it has the shape of what it is the gradient of."""
        dy = asArray(dy)
        if dy.shape != y.shape:
            raise ValueError(f"{self.describe()}: expected a gradient of its output's shape {y.shape}, got {dy.shape}")
        return dy if dy.dtype == self._dtype else realNumbers(self.describe(), "the gradient", dy, self.dtype)

    def __repr__(self) -> str:
        return self.name

"""Layers with parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

from leibnet import arguments
from leibnet.arrays import euclideanNorm, isFinite, realNumbers
from leibnet.frames import untabled
from leibnet.types import Array

import numpy as np

from activations import Activation
from layers.layer import Layer
from layers.parameters import ParameterBlock, pack
from layers.passes import EVERYTHING, Pass, Wanted
from layers.penalties.penalty import Penalty
from optimizer import Adam, Optimizer

Backward = Callable[[Array, Pass, Wanted], Array | None]


class Learning(Layer):
    """A layer with parameters, their gradients, and the optimizer that moves them.

    A layer of your own creates its parameters with `_create`; `_backward` writes their gradients, if they are wanted:
    whether they are added to others is not its business. What it keeps beside them, such as running averages, it hands
    to `keep`. `layers.Dense` is the model to follow.

    Parameters
    ----------
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    penalty : a `Penalty` on the outputs, the layer's own term of the loss; default none.

    Attributes
    ----------
    optimizer : this layer's own.
    trainable : whether gradients of the parameters are computed and `update` moves them; False freezes the layer.
    block : the `ParameterBlock` with the vectors of all parameters and all gradients.
    decays : the names of the parameters that an optimizer's `weightDecay` concerns.
    """

    nested: ClassVar[Mapping[str, Any]] = {"optimizer": Optimizer, "activation": Activation, "penalty": Penalty}
    decays: ClassVar[frozenset[str]] = frozenset({"weight"})

    def __init__(self, optimizer: Optimizer | None = None, penalty: Penalty | None = None) -> None:
        super().__init__()
        template = Adam() if optimizer is None else optimizer
        self.optimizer = arguments.instance(self.name, "optimizer", template, Optimizer, "Adam()").clone()
        if penalty is not None:
            self.penalty = arguments.instance(self.name, "penalty", penalty, Penalty, "L1()")
        self.trainable = True
        self._summed = False  # whether the gradients are those of several backward passes together
        self._block = ParameterBlock({})
        self._statistics: dict[str, Array] = {}

    def _create(self, **parameters: Array) -> None:
        """Makes the layer's parameters with these initial values."""
        if self.penalty is not None:
            self.penalty.check(self.name, self.activation, parameters)
        self._block = ParameterBlock(parameters)

    @property
    def block(self) -> ParameterBlock:
        """Parameters and gradients; the latter may be of this thread's pass alone, see `Halves`."""
        now = self._here.now
        return self._block if now is None or now.block is None else now.block

    def keep(self, **statistics: Array) -> None:
        """Makes arrays that are kept in files and checkpoints like parameters, and are not learnt."""
        self._statistics = {name: np.array(value, dtype=self.dtype) for name, value in statistics.items()}

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name. The arrays keep their identity until `astype`; change them in place."""
        return dict(self.block.values)

    @property
    def gradients(self) -> dict[str, Array]:
        """The gradients of the loss with respect to the parameters, by name, as of the last backward pass."""
        return dict(self.block.gradients)

    @property
    def parameterVector(self) -> Array:
        """All `parameters` behind one another, as one vector."""
        return self.block.vector

    @property
    def gradientVector(self) -> Array:
        """All `gradients` behind one another, as one vector."""
        return self.block.gradientVector

    @property
    def statistics(self) -> dict[str, Array]:
        """What is kept and not learnt, by name. The arrays keep their identity until `astype`."""
        return dict(self._statistics)

    @property
    def learns(self) -> bool:
        """Whether the layer has parameters, and is not frozen."""
        return self.trainable and self.block.vector.size > 0

    def learning(self) -> list[Learning]:
        return [self] if self.learns else []

    def numParameters(self) -> int:
        return self.block.vector.size

    # Backward and update ---------------------------------------------------------------------------------------------

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        now = self.passed()
        return self.differentiate(self.penalised(self.gradientLike(now.y, dy), now, wanted), now, wanted)

    def penalised(self, dy: Array, now: Pass, wanted: Wanted) -> Array:
        """dy with the gradient of the layer's own term of the loss, in a pass that wants the parameters' gradients."""
        return dy if self.penalty is None or not wanted.parameters else dy + self.penalty.gradient(now)

    def differentiate(self, dy: Array, now: Pass, wanted: Wanted, backward: Backward | None = None) -> Array | None:
        """`backward`, by default `_backward`, with gradients added to those that are there if that is wanted."""
        if not self.trainable:
            wanted = wanted._replace(parameters=False)
        backward = backward or self._backward
        now.dy, now.hasGradients = dy, wanted.parameters
        if not wanted.parameters:
            now.dx = dx = backward(dy, now, wanted)
            return dx
        self._summed = wanted.add
        before = self.block.gradientVector.copy() if wanted.add else None
        now.dx = dx = backward(dy, now, wanted)
        for name, share in self._further(now):
            self._summed = True
            self.block.gradients[name] += share
        if before is not None:
            self.block.gradientVector += before
        return dx

    def _further(self, now: Pass) -> Iterator[tuple[str, Array]]:
        """Gradients of its parameters from elsewhere: those of its penalty, and of layers that share a parameter."""
        if self.penalty is not None:
            yield from self.penalty.parameterGradients(now).items()
        yield from (now.shares or {}).values()

    def addGradients(self, further: ParameterBlock) -> None:
        """Adds the gradients of another pass, which went elsewhere, to those that are there."""
        self._summed = True
        self._block.gradientVector += further.gradientVector

    def gradientNorm(self) -> float:
        """The Euclidean norm of all gradients of this layer's parameters."""
        return euclideanNorm(self.block.gradientVector)

    def hasFiniteGradients(self) -> bool:
        """Whether all gradients of this layer's parameters are finite."""
        return isFinite(self.block.gradientVector)

    def update(
        self,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
        batchSize: int | None = None,
    ) -> None:
        """One step of the optimizer with the gradients of the last backward pass; nothing if the layer is frozen.

        See `Optimizer.update` for the parameters; `batchSize` is by default that of the last forward pass.
        """
        for part in self.updateParts(timeStep, factor, norm, batchSize):
            part()

    def updateParts(
        self,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
        batchSize: int | None = None,
    ) -> list[Callable[[], None]]:
        """`update` in parts to be called, see `Optimizer.parts`."""
        if not self.learns:
            return []
        if not self.hasGradients:
            raise RuntimeError(f"{self.describe()} has no gradients of its parameters: call backward before update")
        batchSize = self.input.shape[-1] if batchSize is None else batchSize
        block, decaying = self.block, self.block.stretches(self.decays)
        return self.optimizer.parts(
            block.vector, block.gradientVector, batchSize, timeStep, factor, norm, decaying=decaying
        )

    # Precision, values, description ----------------------------------------------------------------------------------

    def astype(self, dtype: Any) -> None:
        precision = arguments.floatType(self.describe(), dtype)
        if self.dtype != precision:
            pack([self.block], precision)
            self.converted(precision)

    def converted(self, dtype: np.dtype[Any]) -> None:
        super().converted(dtype)
        self._statistics = {name: array.astype(dtype) for name, array in self._statistics.items()}

    def _assign(self, name: str, value: Any) -> None:
        """Copies a value into the existing array of a parameter."""
        owner, what = self.describe(), f"its {name}"
        array, value = self.block.values[name], realNumbers(owner, what, untabled(owner, what, value))
        if value.shape != array.shape:
            expected = f"{arguments.withArticle(name)} of shape {array.shape}"
            raise ValueError(f"{owner}: expected {expected}, got one of shape {value.shape}")
        array[...] = value

    def config(self) -> dict[str, Any]:
        """What it takes to make this layer again, without its parameters' values, as plain values with a "kind"."""
        config = super().config()
        return {"kind": config.pop("kind"), "trainable": self.trainable} | config

    @classmethod
    def fromArguments(cls, given: Mapping[str, Any]) -> Self:
        others = {name: value for name, value in given.items() if name != "trainable"}
        layer = super().fromArguments(others)
        layer.trainable = arguments.flag(cls.__name__, "trainable", given.get("trainable", True))
        return layer

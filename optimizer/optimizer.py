"""The contract of an optimizer."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.arrays import WorkArrays, asArray, euclideanNorm
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from optimizer.setting import setting
from optimizer.words import wellNamed

CLEANING = 100  # updates between two cleanings of the state, see `Optimizer._negligible`
BLOCK = 98304  # elements updated at a time: the few arrays of an update then stay in the processor's cache


class Optimizer(Configurable, ABC, family="optimizer"):
    """Updates an array of parameters in place from the gradient of the loss.

    The size of a step has two names, of which at most one may be given:

    lr : the step itself, as in PyTorch and Keras.
    learningRate : the lecture's η, divided by the number of samples in the mini-batch to give the step, η/|X|. In
        `train` |X| is the data set's batch size, or the size of its training set if that is smaller; also for a last
        batch that is smaller than the others.

    With neither, `lr` is the class's `defaultLr`. All settings may be changed at any time, and are checked then: the
    next update obeys. Of the two names, the one that was set last counts: to set `lr` makes learningRate None, and
    `lr` is not looked at while learningRate is a number.

    An optimizer passed to a layer is a template: the layer keeps a `clone` with a state of its own.

    An optimizer of your own names the arrays of its state in `stateNames` and writes one step; it keeps its settings in
    attributes named like the arguments of its constructor:

    >>> class SignSGD(Optimizer):
    ...     def _step(self, theta, gradient, state, step, work):
    ...         np.sign(gradient, out=work)
    ...         work *= step
    ...         theta -= work
    >>> theta = np.array([1.0, 2.0])
    >>> SignSGD(lr=0.5).update(theta, np.array([3.0, -4.0]))
    >>> theta
    array([0.5, 2.5])

    Parameters
    ----------
    learningRate, lr : positive numbers.
    weightDecay : λ ≥ 0, decoupled from the gradient: every update first multiplies the parameters with
        1 - step · λ (Loshchilov & Hutter 2017, arXiv:1711.05101). In a layer, only weights decay; its biases and scales
        do not. Default 0.
    clipNorm : positive; where the Euclidean norm of the gradient is larger, the gradient is scaled down to it
        (Pascanu et al. 2012, arXiv:1211.5063). The norm is that of all parameters of a network together.
        Default None: no clipping.

    Attributes
    ----------
    t : number of updates so far.
    state : the arrays of the state by name, zero before the first update.
    joins : whether one update of several layers' parameters, behind one another, is the same as one of each: `_step`
        then changes nothing but parameters and state.
    scale : for arrays of the state that are kept in another scale than the formulas have, what they hold; it stands in
        checkpoints.
    """

    defaultLr: ClassVar[float] = 0.01
    stateNames: tuple[str, ...] = ()
    joins: ClassVar[bool] = False
    scale: ClassVar[dict[str, str]] = {}

    learningRate: float | None = setting(lambda self, value: self._positiveOrNone("learningRate", value))
    lr: float = setting(
        lambda self, value: self._positive("lr", value), then=lambda self: vars(self).update(learningRate=None)
    )
    weightDecay: float = setting(lambda self, value: arguments.number(self.name, "weightDecay", value, low=0))
    clipNorm: float | None = setting(lambda self, value: self._positiveOrNone("clipNorm", value))

    @wellNamed
    def __init__(
        self,
        *,
        learningRate: float | None = None,
        lr: float | None = None,
        weightDecay: float = 0.0,
        clipNorm: float | None = None,
    ) -> None:
        if learningRate is not None and lr is not None:
            raise ValueError(
                f"{self.name}: expected learningRate or lr, got both, {learningRate!r} and {lr!r}; learningRate is "
                "divided by the number of samples in the mini-batch (the lecture's eta), lr is the step (PyTorch's)"
            )
        self.learningRate = learningRate
        if lr is not None or learningRate is None:
            self.lr = self.defaultLr if lr is None else lr
        else:
            vars(self)["lr"] = self.defaultLr
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
        self.t = 0
        self.state: dict[str, Array] = {}

    def update(
        self,
        parameters: Array,
        gradients: Array,
        batchSize: int = 1,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
        decaying: Sequence[slice] | None = None,
    ) -> None:
        """One step, in place.

        Parameters
        ----------
        parameters, gradients : contiguous arrays of equal shape and precision; the gradients are not changed.
        batchSize : |X|, by which `learningRate` is divided.
        timeStep : t = 1, 2, ..., the number of this update; counted by the optimizer if not given.
        factor : multiplies the step; a learning-rate schedule's value.
        norm : the norm to compare with `clipNorm`; that of `gradients` if not given.
        decaying : the stretches of the parameters, as one vector, that `weightDecay` concerns; default all of them.
        """
        for name, array in (("parameters", parameters), ("gradients", gradients)):
            asArray(array, self.name, name)  # whose mask, if it has one, hides nothing
        kinds = [getattr(getattr(array, "dtype", None), "kind", None) for array in (parameters, gradients)]
        if kinds != ["f", "f"] or parameters.shape != gradients.shape:
            raise ValueError(
                f"{self.name}: expected parameters and gradients to be arrays of floats of one shape, got "
                f"{_described(parameters)} and {_described(gradients)}"
            )
        for part in self.parts(parameters, gradients, batchSize, timeStep, factor, norm, decaying):
            part()

    def parts(
        self,
        parameters: Array,
        gradients: Array,
        batchSize: int = 1,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
        decaying: Sequence[slice] | None = None,
    ) -> list[Callable[[], None]]:
        """`update` in parts, one for each stretch of the parameters; the step is made when all have been called.

        They may be called in any order, and by several threads at once.
        """
        if timeStep is not None and timeStep < 1:
            raise ValueError(
                arguments.refusal(self.name, "timeStep", "1 or more", timeStep, "pass i + 1 where i counts from 0")
            )
        if batchSize < 1:
            raise ValueError(arguments.refusal(self.name, "batchSize", "the number of samples, 1 or more", batchSize))
        for name, array in (("parameters", parameters), ("gradients", gradients)):
            if not array.flags.c_contiguous:
                raise ValueError(
                    f"{self.name}: expected the {name} to be contiguous, to update in place; copy them first"
                )
        theta, gradient = parameters.reshape(-1), gradients.reshape(-1)
        state = self._stateFor(theta)
        step = float(factor * (self.lr if self.learningRate is None else self.learningRate / batchSize))
        if not 0 <= step < math.inf:
            raise ValueError(arguments.refusal(self.name, "factor", "a finite number >= 0", factor))
        self.t = self.t + 1 if timeStep is None else timeStep
        if self.t % CLEANING == 0:
            for name, array in state.items():
                array *= np.abs(array) > self._negligible(name, array.dtype)
        scale = self._clip(gradient, norm)
        number = max(1, -(-theta.size // BLOCK))
        bounds = [theta.size * k // number for k in range(number + 1)] if number > 1 else []
        spans = (slice(0, theta.size),) if decaying is None else decaying

        def decay(block: slice) -> None:
            for span in spans if self.weightDecay else ():  # what of it lies in this block
                theta[max(span.start, block.start) : min(span.stop, block.stop)] *= 1 - step * self.weightDecay

        def move(theta: Array, g: Array, state: dict[str, Array]) -> None:
            work = _work("work", theta, (BLOCK,))[: theta.size]
            self._step(theta, g if scale == 1 else g * scale, state, step, work)

        def part(block: slice) -> None:
            decay(block)
            move(theta[block], gradient[block], {name: array[block] for name, array in state.items()})

        def whole() -> None:
            decay(slice(0, theta.size))
            move(theta, gradient, state)

        return [whole] if number == 1 else [partial(part, slice(*ends)) for ends in pairwise(bounds)]

    @abstractmethod
    def _step(self, theta: Array, gradient: Array, state: dict[str, Array], step: float, work: Array) -> None:
        """Changes a stretch of the parameters, and its part of the state, in place; `self.t` is the update's number.

        `work` is an array of the same size to compute in. `gradient` must stay as it is.
        """

    def _negligible(self, name: str, dtype: np.dtype[Any]) -> float:
        """What is set to 0 in an array of the state, every 100 updates: numbers up to this.

        The averages of a parameter without gradient (the weights of a pixel that is always black) shrink with every
        update until they are subnormal, and a processor computes a hundred times slower with subnormal numbers. Those
        go. What larger numbers are nothing, an optimizer must know of itself.
        """
        return float(np.finfo(dtype).tiny)

    def clone(self) -> Optimizer:
        """An optimizer with the same settings that has made no step."""
        twin = copy.copy(self)
        twin.t, twin.state = 0, {}
        return twin

    def settings(self) -> dict[str, Any]:
        """Everything but the arrays of the state: what says how the next update is made."""
        return {name: value for name, value in self.__dict__.items() if name != "state"}

    def config(self) -> dict[str, Any]:
        """What it takes to make this optimizer again, as plain values; of learningRate and lr the one that counts."""
        config = super().config()
        config.pop("lr" if self.learningRate is not None else "learningRate", None)
        return config

    def _stateFor(self, theta: Array) -> dict[str, Array]:
        """The state's arrays, zero before the first step, in the precision of the parameters."""
        for name in self.stateNames:
            array = self.state.get(name)
            if array is None:
                self.state[name] = np.zeros_like(theta)
            elif array.size != theta.size:
                raise ValueError(
                    f"{self.name} has updated {array.size} parameters so far and is given {theta.size}: every array "
                    "needs a clone() of its own"
                )
            elif array.dtype != theta.dtype:
                self.state[name] = array.astype(theta.dtype)
        return self.state

    def _clip(self, gradient: Array, norm: float | None) -> float:
        """What to multiply the gradient with, so that its norm is at most `clipNorm`."""
        if self.clipNorm is None:
            return 1.0
        norm = euclideanNorm(gradient) if norm is None else norm
        return min(1.0, self.clipNorm / norm) if norm > 0 else 1.0

    def _positive(self, name: str, value: Any) -> float:
        return arguments.number(self.name, name, value, low=0, excluding="low")

    def _positiveOrNone(self, name: str, value: Any) -> float | None:
        return None if value is None else self._positive(name, value)

    def __repr__(self) -> str:
        shown = {
            key: value for key, value in self.config().items() if key != "kind" and value not in (None, 0.0, False)
        }
        return f"{self.name}({', '.join(f'{key}={value}' for key, value in shown.items())})"


def _described(array: Any) -> str:
    """Shape and type of an array, for messages."""
    return f"{array.dtype} {array.shape}" if hasattr(array, "dtype") else type(array).__name__


_work = WorkArrays()

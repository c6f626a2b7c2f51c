"""The contract of a layer."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from activations import Activation
from leibnet.arrays import workArray
from optimizer import Adam, Optimizer
from optimizer.optimizer import euclidean_norm

Array = NDArray[Any]
Shape = tuple[int, ...]


class Layer(ABC):
    """A function with parameters, its gradients, and the optimizer that moves the parameters.

    Samples are columns: the last axis of every input, output and gradient is the mini-batch.

    An own layer calls `super().__init__`, creates its parameters with `_create`, writes `_forward` and `_backward`, and
    says its shapes; it keeps the arguments of its constructor in attributes of the same names, from which they are
    saved. See the README for one with its gradient check; `layers.Dense` is the model to follow.

    Attributes
    ----------
    inputShape : the shape of one sample, or None where any will do.
    activation : the function applied last, to what `_forward` returns, or None.
    optimizer : this layer's own copy of the optimizer that it was made with.
    trainable : whether `update` and the parameters' gradients are computed; set it to False to freeze the layer.
    place : where the layer stands ("layers[0]"), for messages; set by the network it is added to.
    rng : for a layer that draws random numbers while it computes, its generator, or None for the library's own.
    """

    kinds: ClassVar[dict[str, type[Layer]]] = {}
    inputShape: Shape | None = None
    activation: Activation | None = None
    rng: np.random.Generator | None = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Layer.kinds[cls.__name__] = cls

    def __init__(self, optimizer: Optimizer | None = None) -> None:
        if optimizer is not None and not isinstance(optimizer, Optimizer):
            raise TypeError(f"{self.name} needs an optimizer such as Adam() or SGD(lr=0.1), got {optimizer!r}")
        self.optimizer = (Adam() if optimizer is None else optimizer).clone()
        self.trainable = True
        self.place = ""
        self._shapes: dict[str, Shape] = {}
        self._setBlocks(np.empty(0), np.empty(0))
        self._forget()

    # What a layer must say ---------------------------------------------------------------------------------------

    @abstractmethod
    def outputShape(self, inputShape: Shape) -> Shape:
        """The shape of the output for one sample of shape `inputShape`."""

    @abstractmethod
    def _forward(self, input: Array, training: bool) -> Array:
        """The output for `input` (checked, and in this layer's precision), in a buffer of this layer.

        In a layer with an activation, the pre-activation z; the activation is then applied to it.
        """

    @abstractmethod
    def _backward(self, gradient: Array, parameterGradients: bool, inputGradient: bool) -> Array | None:
        """Writes the parameters' gradients, and returns dLoss/dinput in a buffer, each only if it is asked for.

        `gradient` is dLoss/dz where the layer has an activation, dLoss/doutput where it has none; it is not changed.
        """

    def penalty(self) -> float:
        """This layer's own term of the loss at the last forward pass, a mean over the samples; 0 for most layers.

        A network adds it to its loss, and `_backward` adds its gradient to what comes from above.
        """
        return 0.0

    def config(self) -> dict[str, Any]:
        """What it takes to make this layer again, without its parameters' values, as plain values with a "kind".

        By convention the arguments of the constructor are kept in attributes of the same names; those that only
        concern the initial values of parameters (`initializer`, `rng`) are left out.
        """
        names = [name for name in inspect.signature(type(self)).parameters if name not in ("initializer", "rng")]
        values = {name: getattr(self, name) for name in names}
        nested = {name: value.config() for name, value in values.items() if isinstance(value, (Activation, Optimizer))}
        return {"kind": self.name, "trainable": self.trainable} | values | nested

    @staticmethod
    def fromConfig(config: Mapping[str, Any]) -> Layer:
        """The layer that `config()` described, with fresh parameters."""
        arguments = dict(config)
        kind, trainable = arguments.pop("kind", None), arguments.pop("trainable", True)
        if kind not in Layer.kinds:
            known = ", ".join(Layer.kinds)
            raise ValueError(f"unknown layer {kind!r}: known are {known}; import the module of your own first")
        if not isinstance(trainable, bool):
            raise ValueError(f"{kind} needs trainable to be True or False, got {trainable!r}")
        for name, make in (("optimizer", Optimizer.fromConfig), ("activation", Activation.fromConfig)):
            if name in arguments:
                arguments[name] = make(arguments[name])
        layer = Layer.kinds[kind](**arguments)
        layer.trainable = trainable
        return layer

    # Forward and backward ----------------------------------------------------------------------------------------

    def feedforward(self, input: Array, training: bool = False) -> Array:
        """The layer's output for `input` (..., N), a new array. `input` is kept for `backward`: do not change it.

        `training` is for layers that behave differently when they learn.
        """
        return self.forward(input, training).copy()

    def forward(self, input: Array, training: bool = False) -> Array:
        """`feedforward` without the copy: returns the buffer `output`, which the next call refills."""
        return self._activate(self.forwardLogits(input, training))

    def forwardLogits(self, input: Array, training: bool = False) -> Array:
        """`forward` up to the pre-activation, which it returns. The `output` is computed if somebody asks for it.

        For a last layer whose loss takes the pre-activation: the exponentials of its activation are then saved.
        """
        passing = self._pass
        passing["input"] = input = self._accept(input)
        passing["gradient"] = None
        passing["gradients ready"] = False
        z = passing["z"] = self._forward(input, training)
        passing["output"] = z if self.activation is None else None
        return z

    def _activate(self, z: Array) -> Array:
        if self.activation is not None:
            z = self._pass["output"] = self.activation.apply(z, out=self.buffer("output", z.shape))
        return z

    def inference(self, on: bool) -> None:
        """Switches to buffers of their own for inference, and back.

        A backward pass that is still to come finds its forward pass undisturbed, however much was computed in between.
        """
        self._pass = self._inference if on else self._training

    def backward(self, gradient: Array, parameterGradients: bool = True, inputGradient: bool = True) -> None:
        """Backpropagates dLoss/doutput: writes `gradients`, and `gradient`, dLoss/dinput.

        Parameters
        ----------
        gradient : dLoss/doutput, of the shape of the output; not changed.
        parameterGradients : whether the parameters' gradients are wanted; never computed for a frozen layer.
        inputGradient : whether dLoss/dinput is wanted.
        """
        z = self.preactivation
        gradient = self._gradientLike(z, gradient)
        if self.activation is not None:
            gradient = self.activation.backward(gradient, z, self.output, out=self.buffer("delta", z.shape))
        self._finish(gradient, parameterGradients, inputGradient)

    def backwardLogits(self, gradient: Array, parameterGradients: bool = True, inputGradient: bool = True) -> None:
        """`backward` from dLoss/dz, the gradient with respect to the pre-activation."""
        self._finish(self._gradientLike(self.preactivation, gradient), parameterGradients, inputGradient)

    def skipBackward(self) -> None:
        """Says that the backward pass ended above this layer: it has no `gradient`."""
        self._pass["gradient"] = None
        self._pass["gradients ready"] = False

    def gradientNorm(self) -> float:
        """The Euclidean norm of all gradients of this layer's parameters."""
        return euclidean_norm(self.gradientVector)

    def hasFiniteGradients(self) -> bool:
        """Whether all gradients of this layer's parameters are finite."""
        return math.isfinite(self.gradientNorm()) or bool(np.isfinite(self._gradientBlock).all())

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
        batchSize = self._pass["input"].shape[-1] if batchSize is None else batchSize
        return self.optimizer.parts(self._block, self._gradientBlock, batchSize, timeStep, factor, norm)

    def _finish(self, gradient: Array, parameterGradients: bool, inputGradient: bool) -> None:
        parameterGradients = parameterGradients and self.trainable
        self._pass["gradients ready"] = parameterGradients
        self._pass["upstream"] = gradient
        self._pass["gradient"] = self._backward(gradient, parameterGradients, inputGradient)

    @property
    def input(self) -> Array:
        """The input of the last forward pass."""
        return self._passed("input")

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        output: Array | None = self._passed("output")
        return self._activate(self._pass["z"]) if output is None else output

    @property
    def preactivation(self) -> Array:
        """z, to which the activation is applied, in the last forward pass; a buffer, refilled by the next one."""
        return self._passed("z")

    @property
    def gradient(self) -> Array:
        """dLoss/dinput of the last backward pass; a buffer, refilled by the next one."""
        gradient: Array | None = self._passed("gradient")
        if gradient is None:
            raise RuntimeError(
                f"{self.describe()} has no gradient to its input: call backward (backpropagate) after feedforward, "
                "with inputGradient=True"
            )
        return gradient

    # Parameters --------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name. The arrays keep their identity until `astype`; change them in place."""
        return dict(self._parameters)

    @property
    def gradients(self) -> dict[str, Array]:
        """The gradients of the loss with respect to the parameters, by name, as of the last backward pass."""
        return dict(self._gradients)

    @property
    def parameterVector(self) -> Array:
        """All `parameters` behind one another, as one vector."""
        return self._block

    @property
    def hasGradients(self) -> bool:
        """Whether the last backward pass computed the parameters' gradients."""
        return bool(self._pass.get("gradients ready"))

    @property
    def gradientVector(self) -> Array:
        """All `gradients` behind one another, as one vector."""
        return self._gradientBlock

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision the layer computes in."""
        return self._block.dtype

    def astype(self, dtype: Any) -> None:
        """Converts the layer to float32 or float64. Its parameters are new arrays afterwards."""
        if self.dtype != dtype:
            moveTogether([self], dtype)

    @property
    def learns(self) -> bool:
        """Whether the layer has parameters, and is not frozen."""
        return self.trainable and self._block.size > 0

    def numParameters(self) -> int:
        """How many numbers the layer learns."""
        return self._block.size

    def _create(self, **parameters: Array) -> None:
        """Makes the layer's parameters with these initial values, views into one contiguous block each of values and
        gradients: the optimizer then updates one long vector instead of many arrays."""
        self._shapes = {name: value.shape for name, value in parameters.items()}
        block = np.concatenate([np.ravel(value) for value in parameters.values()]).astype(float)
        self._setBlocks(block, np.zeros_like(block))

    def _setBlocks(self, block: Array, gradientBlock: Array) -> None:
        self._block, self._gradientBlock = block, gradientBlock
        self._parameters = self._views(block)
        self._gradients = self._views(gradientBlock)
        self._memory: Memory | None = None

    def _forget(self) -> None:
        """Forgets all passes, and gives their memory back."""
        self._training: dict[str, Any] = {"buffers": {}}
        self._inference: dict[str, Any] = {"buffers": {}}
        self._pass = self._training

    def _views(self, block: Array) -> dict[str, Array]:
        views, start = {}, 0
        for name, shape in self._shapes.items():
            stop = start + int(np.prod(shape))
            views[name] = block[start:stop].reshape(shape)
            start = stop
        return views

    def _assign(self, name: str, value: Any) -> None:
        """Copies a value into the existing array of a parameter."""
        array, value = self._parameters[name], np.asarray(value)
        if value.shape != array.shape:
            raise ValueError(f"{self.describe()} has a {name} of shape {array.shape}, got one of shape {value.shape}")
        if value.dtype.kind not in "fiub":
            raise TypeError(f"{self.describe()} has a {name} of real numbers, got dtype {value.dtype}")
        array[...] = value

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: without views and buffers, which would become arrays of their own."""
        passing = {"_parameters", "_gradients", "_memory", "_training", "_inference", "_pass"}
        return {key: value for key, value in self.__dict__.items() if key not in passing}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._setBlocks(self._block, self._gradientBlock)
        self._forget()

    # Helpers -----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The kind of layer: "Dense", ..."""
        return type(self).__name__

    def __repr__(self) -> str:
        return self.name

    def describe(self) -> str:
        """The layer's place and kind, for messages."""
        return f"{self.place} ({self!r})" if self.place else repr(self)

    def _accept(self, input: Array) -> Array:
        """The input in this layer's precision, if its shape is right."""
        if not isinstance(getattr(input, "dtype", None), np.dtype):
            input = np.asarray(input)
        if self.inputShape is not None and input.shape[:-1] != self.inputShape:
            expected = ", ".join(map(str, self.inputShape))
            raise ValueError(
                f"{self.describe()} expects an input of shape ({expected}, N), samples as columns, got {input.shape}"
                + ("; transpose it" if input.shape[1:] == self.inputShape else "")
            )
        if input.dtype == self.dtype:
            return input
        if input.dtype.kind not in "fiub":
            raise TypeError(f"{self.describe()} expects an input of real numbers, got dtype {input.dtype}")
        return input.astype(self.dtype)

    def _gradientLike(self, output: Array, gradient: Array) -> Array:
        if getattr(gradient, "shape", None) != output.shape:
            gradient = np.asarray(gradient)
            if gradient.shape != output.shape:
                raise ValueError(
                    f"{self.describe()} expects a gradient of its output's shape {output.shape}, got {gradient.shape}"
                )
        if gradient.dtype == self.dtype:
            return gradient
        if gradient.dtype.kind not in "fiub":
            raise TypeError(f"{self.describe()} expects a gradient of real numbers, got dtype {gradient.dtype}")
        return gradient.astype(self.dtype)

    def _passed(self, name: str) -> Any:
        if "output" not in self._pass:
            raise RuntimeError(f"{self.describe()} has seen no input yet: call feedforward first")
        return self._pass[name]

    def buffer(self, name: str, shape: Shape) -> Array:
        """A work array of this layer, in memory that is kept from call to call and grows with the largest shape."""
        return workArray(self._pass["buffers"], name, shape, self._block)

    def ones(self, n: int) -> Array:
        """A column of n ones, (n, 1): a product with it adds up samples, several times faster than `np.sum`."""
        array = self._pass.get("ones")
        if array is None or len(array) != n:
            array = self._pass["ones"] = np.ones_like(self._block, shape=(n, 1))
        return array


class Memory(NamedTuple):
    """Where the parameters of a layer lie: from `start` on in vectors that it shares with others."""

    parameters: Array
    gradients: Array
    start: int

    def reaches(self, other: Memory | None, size: int) -> bool:
        """Whether `other` begins where this one, of this size, ends."""
        return other is not None and other.parameters is self.parameters and other.start == self.start + size


def moveTogether(layers: Sequence[Layer], dtype: Any) -> None:
    """Converts layers to float32 or float64, and puts their parameters behind one another into one vector, so that one
    update can move all of them."""
    dtype = np.dtype(dtype)
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"{layers[0].describe()} computes in float32 or float64, not in {dtype}")
    parameters = np.concatenate([layer._block for layer in layers]).astype(dtype, copy=False)
    gradients = np.concatenate([layer._gradientBlock for layer in layers]).astype(dtype, copy=False)
    start = 0
    for layer in layers:
        stop = start + layer.numParameters()
        layer._setBlocks(parameters[start:stop], gradients[start:stop])
        layer._memory = Memory(parameters, gradients, start)
        layer._forget()
        start = stop


def sharedVectors(layers: Sequence[Layer]) -> tuple[Array, Array] | None:
    """Parameters and gradients of these layers as one vector each, if they lie behind one another; else None."""
    if len(layers) < 2 or (first := layers[0]._memory) is None:
        return None
    for one, next in pairwise(layers):
        if one._memory is None or not one._memory.reaches(next._memory, one.numParameters()):
            return None
    place = slice(first.start, first.start + sum(layer.numParameters() for layer in layers))
    return first.parameters[place], first.gradients[place]


def positive_dimension(kind: str, name: str, value: Any) -> int:
    """The value as an int, if it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{kind} needs {name} to be a positive integer, got {value!r}")
    return int(value)

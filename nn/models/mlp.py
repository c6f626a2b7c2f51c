"""The multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from dataset import Dataset
from layers import Layer
from layers.layer import Shape, sharedVectors
from leibnet.threadcount import helping
from leibnet.workers import together
from loss import MSE, CrossEntropy, Loss
from nn.models.model import Array, Descent, Model
from nn.training.metrics import Direction
from nn.training.step import Batch, StepContext
from nn.watch.divergence import explain, isFinite
from nn.watch.guessing import Guessing
from nn.watch.symptom import Look, Symptom
from nn.watch.symptoms import Targets
from optimizer.joint import Joint, agree

SHARED = 6  # parts of an update from which on a second thread helps


class MLP(Model):
    """A chain of layers with a loss at its end.

    Parameters
    ----------
    layers : the layers, in order; more can be added with `addLayer`.
    loss : the loss for `getLoss` and `backpropagate`; `train` sets it, too. Default: `CrossEntropy` if the last layer
        ends in a Sigmoid or Softmax, `MSE` otherwise.

    Example
    -------
    >>> from activations import Sigmoid, Tanh
    >>> from layers import Dense
    >>> from optimizer import Adam
    >>> xor = MLP()
    >>> xor.addLayer(Dense(2, 8, Tanh(), Adam(lr=0.05)))
    >>> xor.addLayer(Dense(8, 1, Sigmoid(), Adam(lr=0.05)))
    >>> inputs, label = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0, 1, 1, 0]])
    >>> for i in range(300):
    ...     a = xor.feedforward(inputs)
    ...     xor.backpropagate(label)
    >>> xor.getAccuracy(label)
    1.0
    """

    quantities = {"loss": Direction.LOWER, "accuracy": Direction.HIGHER}

    def __init__(self, layers: Iterable[Layer] = (), loss: Loss | None = None) -> None:
        self.layers: list[Layer] = []
        self._loss: Loss | None = None
        self._default: Loss = MSE()  # while `loss` is None
        self._shape: Shape | None = None  # of one sample's output, if it is known
        self._joint: Joint | None = None  # of the last update
        if isinstance(layers, Layer):
            raise TypeError("MLP takes a list of layers: MLP([Dense(...), Dense(...)])")
        for layer in layers:
            self.addLayer(layer)
        if loss is not None:
            self.loss = loss

    def addLayer(self, layer: Layer) -> None:
        """Puts a layer at the end; its input must fit the output of the layer before."""
        if not isinstance(layer, Layer):
            raise TypeError(f"addLayer needs a layer such as Dense(784, 100, ReLU()), got {layer!r}")
        if any(layer is other for other in self.layers):
            raise ValueError(f"{layer.describe()} is in this network already: every place needs a layer of its own")
        if self.layers and layer.dtype != self.layers[0].dtype:
            raise ValueError(f"{layer!r} computes in {layer.dtype}, this network in {self.layers[0].dtype}: use astype")
        place = f"layers[{len(self.layers)}]"
        if self._shape is not None and layer.inputShape not in (None, self._shape):
            raise ValueError(
                f"{place} ({layer!r}) takes samples of shape {layer.inputShape}, but {self.layers[-1].describe()} "
                f"before it gives {self._shape}: make the two equal"
            )
        self._shape = _outputShape(layer, self._shape)
        layer.place = place
        self.layers.append(layer)

    @property
    def loss(self) -> Loss:
        """The loss; assign one to set it."""
        if self._loss is not None:
            return self._loss
        kind = CrossEntropy if self._link() else MSE
        if not isinstance(self._default, kind):
            self._default = kind()
        return self._default

    @loss.setter
    def loss(self, loss: Loss) -> None:
        if not isinstance(loss, Loss):
            raise TypeError(f"expected a loss such as CrossEntropy() (an instance), got {loss!r}")
        self._loss = loss

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._checkLayers()
        before = self._loss
        if loss is not None:
            self.loss = loss
        try:
            if dataset is not None:
                self._checkData(dataset)
            self._checkLoss()
        except ValueError:
            self._loss = before
            raise

    def _checkLoss(self) -> None:
        """Raises ValueError if the loss does not fit the last activation."""
        loss, last, activation = self.loss, self.layers[-1], self.layers[-1].activation
        if activation is None:
            return
        if activation.link in loss.unfit:
            raise ValueError(f"{loss.name} does not fit {last.describe()}: {loss.unfit[activation.link]}")
        if activation.link == "Softmax" and self._shape == (1,):
            raise ValueError(f"the one output of {last.describe()} is always 1: end in Sigmoid()")
        (low, high), (lowest, highest) = activation.range, loss.domain
        if low < lowest or high > highest:
            raise ValueError(
                f"{loss.name} is defined for outputs in [{lowest:g}, {highest:g}], but {last.describe()} "
                f"gives values in [{low:g}, {high:g}]: end in Softmax() or Sigmoid(), or use MSE() "
                "(an activation of your own says its `range`)"
            )

    def _checkInputs(self, dataset: Dataset) -> None:
        """Raises ValueError if the first layer does not take the samples of the data set."""
        if self.inputShape not in (None, (dataset.inputDim,)):
            raise ValueError(
                f"{self.layers[0].describe()} takes samples of shape {self.inputShape}, the data set {dataset.name!r} "
                f"has {dataset.inputDim} features"
            )

    def _checkData(self, dataset: Dataset) -> None:
        self._checkInputs(dataset)
        if self._shape not in (None, (dataset.labelDim,)):
            raise ValueError(
                f"{self.layers[-1].describe()} gives outputs of shape {self._shape}, the data set {dataset.name!r} has "
                f"labels of {dataset.labelDim} rows"
            )

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: the layers' parameters then lie elsewhere."""
        return self.__dict__ | {"_joint": None}

    # The lecture's interface -------------------------------------------------------------------------------------

    def feedforward(self, input: Any, training: bool = False) -> Array:
        """The network's output for `input` (inputDim, N), a new array of shape (outputDim, N).

        The layers keep what `backpropagate`, `getLoss` and `getAccuracy` need, the input among it: do not change it
        before `backpropagate`. `training` is for layers that behave differently when they learn.
        """
        return self._forward(self._checkInput(input), training).copy()

    def backpropagate(
        self,
        label: Any,
        timeStep: int | None = None,
        useLoss: bool = True,
        updateParameters: bool = True,
        inputGradient: bool = True,
    ) -> None:
        """Backpropagates through the last `feedforward`, and lets every layer's optimizer make one step.

        Parameters
        ----------
        label : (outputDim, N), the labels; with `useLoss=False` dLoss/doutput itself, for a network in front of
            another one: `generator.backpropagate(discriminator.layers[0].gradient, useLoss=False)`.
        timeStep : Adam's t = 1, 2, ...; counted by the optimizers if not given.
        updateParameters : with False, the parameters and their gradients stay as they are; the gradient to the input
            is still handed on.
        inputGradient : with False, the product for `layers[0].gradient` is saved.
        """
        self._backward(self._label(label), useLoss, parameterGradients=updateParameters, inputGradient=inputGradient)
        if updateParameters:
            self._update(timeStep)

    def getLoss(self, label: Any) -> float:
        """The loss of the last `feedforward` for this label (outputDim, N), and the layers' own terms of it, if any."""
        return self._outputLoss(self._label(label)) + sum(layer.penalty() for layer in self.layers)

    def getAccuracy(self, label: Any) -> float:
        """The share of samples of the last `feedforward` that are classified as the label (outputDim, N) says.

        With several outputs the largest one is the class; with one output, everything above 1/2 is.
        """
        label, last = self._label(label), self._last()
        if len(label) == 1:
            right = (last.output > 0.5) == (label > 0.5)
        else:  # a Softmax leaves the order as it is
            scores = last.preactivation if self._link() == "Softmax" else last.output
            right = scores.argmax(axis=0) == label.argmax(axis=0)
        return float(np.count_nonzero(right)) / right.size

    def predict(self, inputs: Any, size: int = 1000, until: int | None = None) -> Array:
        """The network's output for any number of columns, `size` at a time.

        With `until`, that of the layers before this place: `until=-1` gives the features by which a classifier decides.
        A `feedforward` that waits for its `backpropagate` is not disturbed.
        """
        inputs = self._checkInput(inputs)
        if size < 1:
            raise ValueError(f"predict needs size >= 1 (columns at a time), got {size!r}")
        if until is not None and not -len(self.layers) < until <= len(self.layers):
            raise IndexError(f"predict needs until to be a place among {len(self.layers)} layers, got {until}")
        starts = range(0, max(inputs.shape[-1], 1), size)
        with self._inference():
            chunks = [self._forward(inputs[..., start : start + size], False, until).copy() for start in starts]
        return np.concatenate(chunks, axis=-1)

    def freeze(self, *places: int) -> None:
        """Freezes the layers at these places (0 is the first), or all: they hand gradients on and do not learn."""
        self._setTrainable(places, False)

    def unfreeze(self, *places: int) -> None:
        """Lets the layers at these places, or all, learn again."""
        self._setTrainable(places, True)

    # What a model must say ---------------------------------------------------------------------------------------

    def namedLayers(self) -> dict[str, Layer]:
        return {f"layers.{i}": layer for i, layer in enumerate(self.layers)}

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample; None where any will do."""
        return self.layers[0].inputShape if self.layers else None

    @property
    def outputShape(self) -> Shape | None:
        """The shape of one sample's output; None where it depends on the input."""
        return self._shape

    def computeGradients(self, inputs: Any, labels: Any) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        self._forward(np.asarray(inputs), training=True)
        label = self._label(labels)
        self._backward(label, useLoss=True)
        return self.getLoss(label)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        return self._learn(
            batch.inputs, batch.labels, context, lambda label: self._quantities(label, context.quantities)
        )

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self._inference():
            self._forwardForLoss(batch.inputs, training=False)
            return self._quantities(batch.labels, quantities)

    def losses(self, batch: Batch) -> dict[str, Descent]:
        return {"loss": (self.namedLayers(), lambda: self.computeGradients(batch.inputs, batch.labels))}

    def lastLoss(self, look: Look) -> float:
        return self._outputLoss(self._label(look.labels))

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        special: list[Symptom] = [Targets(self.layers[-1]), Guessing(self, dataset)]
        return super().symptoms(dataset) + special

    def config(self) -> dict[str, Any]:
        loss = None if self._loss is None else self._loss.config()
        return {"kind": type(self).__name__, "layers": [layer.config() for layer in self.layers], "loss": loss}

    @classmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        loss = None if config["loss"] is None else Loss.fromConfig(config["loss"])
        return cls((Layer.fromConfig(layer) for layer in config["layers"]), loss)

    # Inside ------------------------------------------------------------------------------------------------------

    def _learn(
        self, inputs: Array, labels: Array, context: StepContext, measure: Callable[[Array], dict[str, float]]
    ) -> dict[str, float]:
        """One update from a mini-batch. Returns what `measure` finds after the forward pass, for the label."""
        self._forwardForLoss(inputs, training=True)
        label = self._label(labels)
        values = measure(label)
        self._backward(label, useLoss=True, inputGradient=False)
        if not all(map(math.isfinite, values.values())):
            raise explain(self.namedLayers(), "label", label)
        self._update(factor=context.factor, batchSize=context.batchSize)
        return values

    def _forward(self, x: Array, training: bool, until: int | None = None) -> Array:
        for layer in self.layers[:until]:
            x = layer.forward(x, training)
        return x

    def _forwardForLoss(self, x: Array, training: bool) -> None:
        """`_forward`, but where the loss takes the pre-activation, the last activation waits for somebody to ask."""
        if not self._fromLogits():
            self._forward(x, training)
            return
        for layer in self.layers[:-1]:
            x = layer.forward(x, training)
        self.layers[-1].forwardLogits(x, training)

    def _backward(
        self, label: Array, useLoss: bool, parameterGradients: bool = True, inputGradient: bool = True
    ) -> None:
        """Writes the gradients of all layers, down to the first that learns or, if asked for, to the input."""
        learning = [i for i, layer in enumerate(self.layers) if layer.learns]
        first = 0 if inputGradient or not learning else learning[0]
        for layer in self.layers[:first]:
            layer.skipBackward()
        for i in reversed(range(first, len(self.layers))):
            wanted = parameterGradients, inputGradient or i > first
            if i + 1 < len(self.layers):
                self.layers[i].backward(self.layers[i + 1].gradient, *wanted)
            else:
                self._backwardLoss(label, useLoss, *wanted)
        finite = isFinite(self._last().preactivation)
        if inputGradient:
            finite = finite and isFinite(self.layers[0].gradient)
        if parameterGradients:
            finite = finite and all(self.layers[i].hasFiniteGradients() for i in learning)
        if not finite:
            raise explain(self.namedLayers(), "label" if useLoss else "gradient handed in", label)

    def _backwardLoss(self, label: Array, useLoss: bool, *wanted: bool) -> None:
        """The backward pass of the last layer."""
        last = self._last()
        if not useLoss:
            last.backward(label, *wanted)
        elif self._fromLogits():
            z = last.preactivation
            delta = self.loss.derivativeLogits(label, z, self._link(), out=last.buffer("delta", z.shape))
            last.backwardLogits(delta, *wanted)
        else:
            last.backward(self.loss.derivative(label, last.output), *wanted)

    def _update(self, timeStep: int | None = None, factor: float = 1.0, batchSize: int | None = None) -> None:
        learning = [layer for layer in self.layers if layer.learns]
        norm = None
        if any(layer.optimizer.clipNorm is not None for layer in learning):
            norm = math.hypot(*(layer.gradientNorm() for layer in learning))
        parts = self._updateParts(learning, timeStep, factor, norm, batchSize)
        if len(parts) >= SHARED and helping():
            together(parts)
        else:
            for part in parts:
                part()

    def _updateParts(
        self,
        learning: list[Layer],
        timeStep: int | None,
        factor: float,
        norm: float | None,
        batchSize: int | None,
    ) -> list[Callable[[], None]]:
        """The updates of these layers in parts: as one, if they are neighbours in memory and their optimizers agree."""
        optimizers, vectors = [layer.optimizer for layer in learning], [layer.parameterVector for layer in learning]
        if self._joint is None or not self._joint.holds(optimizers, vectors):
            whole = sharedVectors(learning)
            self._joint = None if whole is None or not agree(optimizers) else Joint(optimizers, vectors, whole)
        if self._joint is None or not all(layer.hasGradients for layer in learning):
            return [part for layer in learning for part in layer.updateParts(timeStep, factor, norm, batchSize)]
        batchSize = learning[0].input.shape[-1] if batchSize is None else batchSize
        return self._joint.parts(batchSize, timeStep, factor, norm)

    @contextmanager
    def _inference(self) -> Iterator[None]:
        """Forward passes that leave a backward pass that is still to come undisturbed."""
        for layer in self.layers:
            layer.inference(True)
        try:
            yield
        finally:
            for layer in self.layers:
                layer.inference(False)

    def _outputLoss(self, label: Array) -> float:
        """The loss of the output alone."""
        last = self._last()
        if self._fromLogits():
            return self.loss.applyLogits(label, last.preactivation, self._link())
        return self.loss.apply(label, last.output)

    def _quantities(self, label: Array, quantities: frozenset[str]) -> dict[str, float]:
        values = {}
        if "loss" in quantities:
            values["loss"] = self.getLoss(label)
        if "accuracy" in quantities:
            values["accuracy"] = self.getAccuracy(label)
        return values

    def _fromLogits(self) -> bool:
        """Whether the loss takes the last layer's pre-activation, accurate where the output rounds to 0 or 1."""
        return self._link() in self.loss.logits

    def _link(self) -> str:
        """The name under which losses know the last activation, or nothing."""
        activation = self._last().activation
        return activation.link if activation is not None else ""

    def _last(self) -> Layer:
        self._checkLayers()
        return self.layers[-1]

    def _checkLayers(self) -> None:
        if not self.layers:
            raise RuntimeError("this MLP has no layers: add some with addLayer(Dense(...))")

    def _checkInput(self, input: Any) -> Array:
        """The input as an array of finite numbers with samples as columns."""
        self._checkLayers()
        input = np.asarray(input)
        if input.ndim < 2:
            raise ValueError(
                f"expected samples as columns, (inputDim, N), got shape {input.shape}: x[:, None] is one sample"
            )
        if input.dtype.kind not in "fiub":
            raise TypeError(f"{self.layers[0].describe()} expects an input of real numbers, got dtype {input.dtype}")
        if input.dtype.kind == "f":
            with np.errstate(over="ignore"):
                input = input.astype(self.layers[0].dtype, copy=False)
            if not isFinite(input):
                row, *_, column = np.argwhere(~np.isfinite(input))[0]
                raise ValueError(
                    f"the input holds NaN or infinity (in {input.dtype}), first in row {row}, column {column}: clean "
                    "the data"
                )
        return input

    def _label(self, label: Any) -> Array:
        """The label in the network's precision, if its shape is that of the output."""
        last, label = self._last(), np.asarray(label)
        output = last.preactivation
        if label.shape != output.shape:
            numbers = label.ndim == 1 or (label.shape[:1] == (1,) != output.shape[:1])
            hint = "; class numbers 0, 1, ... become such columns by numpy.eye(classes)[:, numbers]" if numbers else ""
            raise ValueError(
                f"the label's shape {label.shape} does not fit the output of {last.describe()}: expected "
                f"{output.shape}, a row for every output and a column for every sample{hint}"
            )
        if not output.size:
            raise ValueError("a batch without samples has no loss: give at least one column")
        if label.dtype == output.dtype and label.flags.c_contiguous:
            return label
        if label.dtype.kind not in "fiub":
            raise TypeError(f"the label holds real numbers, got dtype {label.dtype}")
        ordered = last.buffer("label", output.shape)  # as the output is: two orders in one operation are slow
        ordered[...] = label
        return ordered

    def _setTrainable(self, places: tuple[int, ...], trainable: bool) -> None:
        self._checkLayers()
        for place in places or range(len(self.layers)):
            if not -len(self.layers) <= place < len(self.layers):
                raise IndexError(f"there is no layers[{place}], the last one is layers[{len(self.layers) - 1}]")
            self.layers[place].trainable = trainable

    def __repr__(self) -> str:
        rows = [("layer", "", "output", "parameters")]
        shape: Shape | None = None
        for i, layer in enumerate(self.layers):
            shape = _outputShape(layer, shape)
            size = "any" if shape is None else "×".join(map(str, shape))
            frozen = "" if layer.trainable else ", frozen"
            rows.append((f"layers[{i}]", repr(layer) + frozen, size, f"{layer.numParameters():,}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}"
            for row in rows
        ]
        learning = sum(layer.numParameters() for layer in self.layers if layer.learns)
        total = f"{self.numParameters():,} parameters, {learning:,} of them trainable"
        return "\n".join(["MLP", *lines, total]) if self.layers else "MLP without layers"


def _outputShape(layer: Layer, shape: Shape | None) -> Shape | None:
    """The shape of a layer's output after an output of that shape, None where nothing is known."""
    shape = layer.inputShape if shape is None else shape
    return None if shape is None else layer.outputShape(shape)

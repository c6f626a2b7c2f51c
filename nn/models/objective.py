"""A loss at the end of a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from leibnet.arguments import instance
from leibnet.arrays import asArray, isFinite, realNumbers
from leibnet.terminal import warn
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from dataset import Batch, Dataset
from layers import Chain, Cropping2D, Embedding, Flatten, Layer, Reshape, Wanted
from layers.halves.halves import Halves
from loss import MSE, CrossEntropy, Loss
from nn.models.sequences.carrying import Carrying
from nn.training.step import StepContext
from nn.watch.divergence import explain

PARAMETERS = Wanted(input=False)
ALIKE = nullcontext()
MOVING = (Cropping2D, Flatten, Reshape)  # after them, numbers are still what an activation gave


class Objective:
    """What a network is trained for: a loss of its outputs, and the layers' own terms.

    Where the loss knows the last activation, it takes the pre-activation: value and gradient are then accurate where
    the output rounds to 0 or 1, and the activation waits until its output is asked for.

    Parameters
    ----------
    chain : the network.
    loss : default `CrossEntropy` if it ends in a Sigmoid or Softmax, also where its numbers are moved after that, as by
        `Cropping2D`; `MSE` otherwise.
    """

    def __init__(self, chain: Chain, loss: Loss | None = None) -> None:
        self.chain, self.carrying, self._halves = chain, Carrying(chain), Halves(chain)
        self.given: Loss | None = None
        self._default: Loss = MSE()  # while no loss is given
        self._pair: Loss | None = None
        self._pairOf: tuple[Loss | None, Activation | None] | None = None
        if loss is not None:
            self.loss = loss

    @property
    def loss(self) -> Loss:
        """The loss; assign one to set it."""
        if self.given is not None:
            return self.given
        kind = CrossEntropy if self.link or self._linkInside else MSE
        if not isinstance(self._default, kind):
            self._default = kind()
        return self._default

    @loss.setter
    def loss(self, loss: Loss) -> None:
        instance("loss", "it", loss, Loss, "CrossEntropy()")
        if self.chain.layers:
            if (shape := self.chain.shape()) is not None:
                loss.checkShape(shape)
            loss.astype(self.chain.dtype)
        self.given = loss

    @property
    def link(self) -> str:
        """The name under which losses know the last activation, or nothing."""
        activation = self.chain.activation
        return "" if activation is None else activation.link

    @property
    def _linkInside(self) -> str:
        """The same of an activation behind which numbers are only moved: a loss of the outputs, without a pair."""
        activation = lastActivation(self.chain)
        return "" if activation is None else activation.link

    @property
    def pair(self) -> Loss | None:
        """The loss as one of the pre-activation, if it knows the last activation."""
        given, activation, before = self.given, self.chain.activation, self._pairOf
        if before is None or before[0] is not given or before[1] is not activation:
            self._pair, self._pairOf = self.loss.after(self.link), (given, activation)
        return self._pair

    def forward(self, x: Array, training: bool = True) -> None:
        """The forward pass, as far as the loss needs it."""
        if self.pair is None:
            self._halves.forward(x, training)
        else:
            self._halves.forwardLogits(x, training)

    def value(self, label: Array, weights: Array | None = None) -> float:
        """The loss of the last forward pass for this label, without the layers' own terms."""
        loss, a = self._lossAndOutput()
        return loss.apply(label, a) if weights is None else loss.weightedApply(label, a, weights)

    def perSample(self, label: Array) -> Array:
        """The same of every sample, (N,)."""
        loss, a = self._lossAndOutput()
        return loss.perSample(label, a)

    def total(self, label: Array, weights: Array | None = None) -> float:
        """The loss of the last forward pass for this label, and the layers' own terms."""
        return self.value(label, weights) + self.chain.penaltyValue()

    def weighed(self, weights: Array | None) -> AbstractContextManager[None]:
        """A stretch in which the samples of the last forward pass count so much for the layers' own terms, too.

        None: all alike, as they do outside: layers may be part of other networks as well.
        """
        return ALIKE if weights is None else self.chain.weighed(weights)

    def reading(self, batch: Batch, training: bool = True) -> AbstractContextManager[None]:
        """A stretch in which the layers read the sequences of a batch: of these lengths, and from where they begin."""
        if batch.window is None:
            return self.masked(batch.mask)
        return self._readingStream(batch.mask, batch.window, training)

    @contextmanager
    def _readingStream(self, mask: Any, window: int, training: bool) -> Iterator[None]:
        with self.masked(mask), self.carrying.around(window, training):
            yield

    def masked(self, mask: Any) -> AbstractContextManager[None]:
        """A stretch in which the samples have these steps (steps, N), around a forward pass and what follows it.

        None: all of them have all.
        """
        return ALIKE if mask is None else self.chain.masked(mask)

    def backward(self, label: Array, wanted: Wanted, weights: Array | None = None, factor: float | None = None) -> None:
        """The backward pass from the loss of the last forward pass, times a factor where it is one term of several.

        DivergenceError if a number is not finite.
        """
        slope = self._slope(label, False, weights)[1]
        self._descend(slope if factor is None else slope * factor, label, wanted)

    def _lossAndOutput(self) -> tuple[Loss, Array]:
        """The loss and what it is of: where there is a pair, that and the pre-activation."""
        pair = self.pair
        return (self.loss, self.chain.output) if pair is None else (pair, self.chain.preactivation)

    def _slope(self, label: Array, valued: bool, weights: Array | None = None) -> tuple[float | None, Array]:
        """The `value`, if it is wanted, and the gradient, with respect to the pre-activation where there is a pair."""
        loss, a = self._lossAndOutput()
        out = None if self.pair is None else self.chain.now.buffer("dz", a.shape, a)
        if weights is not None:
            value = loss.weightedApply(label, a, weights) if valued else None
            return value, loss.weightedDerivative(label, a, weights, out)
        return loss.valueAndDerivative(label, a, out) if valued else (None, loss.derivative(label, a, out))

    def _descend(self, slope: Array, label: Array, wanted: Wanted) -> None:
        chain = self.chain
        if self.pair is None:
            self._halves.backward(slope, wanted)
        else:
            self._halves.backwardLogits(slope, wanted)
        if not chain.isFinite(wanted):
            raise explain(chain.leaves(), "label", label)

    def gradients(self, inputs: Any, labels: Any, weights: Array | None = None) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        self.chain.forward(asArray(inputs), training=True)
        label = self.asLabel(labels)
        with self.weighed(weights):
            self._descend(self._slope(label, False, weights)[1], label, Wanted())
            return self.total(label, weights)

    def learn(
        self,
        inputs: Array,
        labels: Array,
        context: StepContext,
        measure: Callable[[Array, float | None], dict[str, float]],
        valued: bool = True,
        weights: Array | None = None,
    ) -> dict[str, float]:
        """One update from a mini-batch, whose samples have these weights.

        Returns what `measure` finds after the forward pass, for the label and, if it is wanted (`valued`), the `value`.
        """
        self.forward(inputs)
        label = self.asLabel(labels)
        with self.weighed(weights):
            value, slope = self._slope(label, valued, weights)
            values = measure(label, value)
            self._descend(slope, label, PARAMETERS)
        if not all(map(math.isfinite, values.values())):
            raise explain(self.chain.leaves(), "label", label)
        self.chain.update(factor=context.factor, batchSize=context.batchSize)
        return values

    # Checks ----------------------------------------------------------------------------------------------------------

    def asLabel(self, given: Any) -> Array:
        """The label in the network's precision and order, if its shape is that of the last output."""
        label, output = asArray(given, "the network", "the label"), self.loss.prediction(self.chain.preactivation)
        if label.shape != output.shape:
            numbers = label.ndim == 1 or (label.shape[:1] == (1,) != output.shape[:1])
            hint = "; class numbers 0, 1, ... become such columns by numpy.eye(classes)[:, numbers]" if numbers else ""
            raise ValueError(
                f"the label's shape {label.shape} does not fit the output of {lastLayer(self.chain).describe()}: "
                f"expected {output.shape}, a row for every output and a column for every sample{hint}"
            )
        if not output.size:
            raise ValueError("a batch without samples has no loss: give at least one column")
        if label.dtype == output.dtype and label.flags.c_contiguous:
            return label
        label = realNumbers("the network", "the label", label)
        ordered = self.chain.now.buffer("label", output.shape, output)  # as the output is: two orders are slow
        ordered[...] = label
        return ordered

    def asFiniteLabel(self, given: Any) -> Array:
        """The same; ValueError if some numbers are not finite."""
        label = self.asLabel(given)
        return label if isFinite(label) else realNumbers("the network", "the label", label, finite=True)

    def prepare(self, loss: Loss | None, check: Callable[[], None]) -> None:
        """Takes a loss, if one is given; checks that it fits, and all else. After a ValueError all is as before."""
        before = self.given
        if loss is not None:
            self.loss = loss
        try:
            check()
            self.checkLoss()
        except ValueError:
            self.given = before
            raise

    def begin(self, dataset: Dataset | None) -> None:
        """Begins a training on a data set, if there is one: checks that its samples and labels fit."""
        if dataset is not None:
            checkInputs(self.chain, dataset)
            checkLabels(self, dataset.sampleShape, dataset)
            self.loss.checkScale(None)
            self.warnOfClasses(dataset)
            self.carrying.forget()

    def warnOfClasses(self, dataset: Dataset) -> None:
        """Warns where class labels would be learnt by the default loss of a regression."""
        if dataset.classes is None or self.given is not None or self.link:
            return
        classes = "class numbers" if dataset.labelDim == 1 and dataset.classes > 2 else "classes"
        warn(
            f"the labels of {dataset.name!r} are {classes}, and the loss after {lastLayer(self.chain).describe()} is "
            "MSE, that of a regression: end in Softmax(), or in Sigmoid() for one output, to classify; say loss=MSE() "
            "if this is meant"
        )

    def checkLoss(self) -> None:
        """ValueError if the loss does not fit the last activation."""
        loss, last, activation = self.loss, lastLayer(self.chain), self.chain.activation
        if activation is None:
            return
        if activation.link in loss.unfit:
            raise ValueError(f"{loss.name} does not fit {last.describe()}: {loss.unfit[activation.link]}")
        if activation.link == "Softmax" and self.chain.shape() == (1,):
            raise ValueError(f"the one output of {last.describe()} is always 1: end in Sigmoid()")
        (low, high), (lowest, highest) = activation.range, loss.domain
        if low < lowest or high > highest:
            raise ValueError(
                f"{loss.name} is defined for outputs in [{lowest:g}, {highest:g}], but {last.describe()} "
                f"gives values in [{low:g}, {high:g}]: end in Softmax() or Sigmoid(), or use MSE() "
                "(an activation of your own says its `range`)"
            )


def lastLayer(chain: Chain) -> Layer:
    """The last layer of a network, also of one whose parts are networks."""
    last = chain.layers[-1]
    return lastLayer(last) if isinstance(last, Chain) else last


def lastActivation(chain: Chain) -> Activation | None:
    """The activation whose values a network gives: that of its last layer, but for layers that only move numbers."""
    for layer in reversed(chain.layers):
        if isinstance(layer, Chain):
            return lastActivation(layer)
        if not isinstance(layer, MOVING):
            return layer.activation
    return None


def checkInputs(chain: Chain, dataset: Dataset, shape: Shape | None = None) -> None:
    """ValueError if a network does not take the samples of a data set, or what becomes of them, of this shape."""
    try:
        chain.outputShape(dataset.sampleShape if shape is None else shape)
    except ValueError as error:
        raise ValueError(
            f"the data set {dataset.name!r} has samples of shape {dataset.sampleShape}, which the network does not "
            f"take: {error}"
        ) from None


def checkLabels(objective: Objective, inputShape: Shape, dataset: Dataset) -> None:
    """ValueError if a network's outputs for such inputs are not those for a data set's labels."""
    chain, loss = objective.chain, objective.loss
    shape, expected = chain.outputShape(inputShape), loss.outputsOf(np.empty((*dataset.labelShape, 0))).shape[:-1]
    if shape != expected:
        has = f"labels of shape {dataset.labelShape}" if dataset.labelDim else "no labels: Dataset.fromArrays(x, y)"
        raise ValueError(
            f"{lastLayer(chain).describe()} gives outputs of shape {shape}, the data set {dataset.name!r} has {has}"
            + (f", for which {loss.name} needs {expected}" if expected != dataset.labelShape else "")
        )


def checkedInput(chain: Chain, given: Any) -> Array:
    """The input as an array of finite numbers with samples as columns, in the scale of a data set."""
    x = asArray(given, "the network", "the input")
    if x.ndim < 2:
        raise ValueError(f"expected samples as columns, (inputDim, N), got shape {x.shape}: x[:, None] is one sample")
    if x.dtype == chain.dtype and isFinite(x):
        return x
    precision = chain.dtype if x.dtype.kind == "f" else None
    first = next(iter(chain.leaves().values()))
    return realNumbers(
        first.describe(), "the input", x, precision, finite=True, scaled=not isinstance(first, Embedding)
    )

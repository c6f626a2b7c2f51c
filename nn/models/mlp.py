"""The multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.types import Array, Shape

from dataset import Batch, Dataset
from dataset.facts import Facts, Labels
from layers import Chain, Layer, Learning, Wanted
from loss import Loss
from nn.metrics.metric import Answers, Metric, Own
from nn.metrics.named import METRICS
from nn.models.accuracy import Accuracy, whyNot
from nn.models.model import Descent, Model
from nn.models.objective import Objective, checkedInput
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.divergence import explain
from nn.watch.gradients.throughtime import VanishingThroughTime
from nn.watch.guesses import Guesses
from nn.watch.guessing import Guessing
from nn.watch.scales import Targets
from nn.watch.symptom import Observation, Symptom


class MLP(Model):
    """A chain of layers, whatever they are, with a loss at its end.

    Parameters
    ----------
    layers : the layers, in order; more can be added with `addLayer`.
    loss : the loss for `getLoss` and `backpropagate`; `train` sets it, too. Default: `CrossEntropy` if the network
        ends in a Sigmoid or Softmax, also where its numbers are moved after that, as by `Cropping2D`; `MSE` otherwise.

    Attributes
    ----------
    chain : the network, a `layers.Chain`.

    Example
    -------
    >>> import numpy as np
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
    nested: ClassVar[Mapping[str, Any]] = {"layers": Layer, "loss": Loss}

    def __init__(self, layers: Iterable[Layer] = (), loss: Loss | None = None) -> None:
        if isinstance(layers, Layer):
            raise TypeError("MLP: expected a list of layers, got one layer; write MLP([Dense(...), Dense(...)])")
        self.chain = Chain(layers)
        self.objective = Objective(self.chain, loss)
        self._rule: tuple[Facts, Any, Accuracy] | None = None
        self._own: dict[str, Metric] = {}

    def addLayer(self, layer: Layer) -> None:
        """Puts a layer at the end, in the network's precision; its input must fit the output of the layer before."""
        self.chain.add(layer)
        self.sampleShape = None  # which need not suit the new layer

    @property
    def layers(self) -> list[Layer]:
        """The layers in order."""
        return self.chain.layers

    @property
    def loss(self) -> Loss:
        """The loss; assign one to set it."""
        self._checkLayers()
        return self.objective.loss

    @loss.setter
    def loss(self, loss: Loss) -> None:
        self.objective.loss = loss

    # The lecture's interface -----------------------------------------------------------------------------------------

    def feedforward(self, input: Any, training: bool = True) -> Array:
        """The network's output for `input` (inputDim, N), a new array of shape (outputDim, N).

        The layers keep what `backpropagate`, `getLoss` and `getAccuracy` need, the input among it: do not change it
        before `backpropagate`. `training=False` is for layers that behave differently when they only predict; `predict`
        does so, too.
        """
        self._checkLayers()
        return self.chain.feedforward(checkedInput(self.chain, self._standardized(input)), training)

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
        self._checkLayers()
        given, wanted = self.objective.asLabel(label), Wanted(updateParameters, inputGradient)
        if useLoss:
            self.objective.backward(given, wanted)
        else:
            self.chain.backward(given, wanted)
            if not self.chain.isFinite(wanted):
                raise explain(self.namedLayers(), "gradient handed in", given)
        if updateParameters:
            self.chain.update(timeStep)

    def getLoss(self, label: Any) -> float:
        """The loss of the last `feedforward` for this label (outputDim, N), and the layers' own terms of it, if any."""
        self._checkLayers()
        return self.objective.total(self.objective.asFiniteLabel(label))

    def getAccuracy(self, label: Any) -> float:
        """The share of right answers in the last `feedforward`, as the label (outputDim, N) says.

        If its columns are one-hot, the largest output is the answer. Otherwise each output is one, yes or no: above or
        below the middle of what the activation can give (Sigmoid: 1/2, Tanh: 0) or, of other activations, of labels
        that are 0 and 1, or -1 and 1. ValueError for other labels, such as measurements.
        """
        self._checkLayers()
        given = self.objective.asFiniteLabel(label)
        return Accuracy(self.objective, Labels.of(given))(given)

    def _accuracy(self, facts: Facts) -> Accuracy:
        """The rule for such data, which is kept."""
        activation, before = self.chain.activation, self._rule
        if before is None or before[0] is not facts or before[1] is not activation:
            before = self._rule = facts, activation, Accuracy(self.objective, facts.labels)
        return before[2]

    def predict(self, inputs: Any, size: int = 1000, until: int | None = None, mask: Any = None) -> Array:
        """The network's output for any number of columns, `size` at a time; see `Chain.predict`.

        With `until`, that of the layers before this place: `until=-1` gives the features by which a classifier decides.
        With `mask` (steps, N), that of sequences of different lengths: where each of them has a step.
        A `feedforward` that waits for its `backpropagate` is not disturbed.
        """
        self._checkLayers()
        size = arguments.wholeNumber("predict", "size", size)
        return self.chain.predict(checkedInput(self.chain, self._standardized(inputs)), size, until, mask)

    def activations(self, inputs: Any) -> dict[str, Any]:
        """What every layer makes of a batch, by its name ("layers.0"), new arrays; see `Chain.activations`."""
        self._checkLayers()
        return self.chain.activations(checkedInput(self.chain, self._standardized(inputs)))

    def copy(self, until: int | None = None) -> MLP:
        """A network of its own with copies of the layers, or of those before this place; see `Chain.copy`.

        Without its last layers it has no loss, no names of classes and no metrics of your own (`addMetric`).

        >>> from activations import ReLU, Softmax
        >>> from layers import Dense
        >>> digits = MLP([Dense(64, 20, ReLU()), Dense(20, 10, Softmax())])
        >>> other = digits.copy(until=-1)
        >>> other.freeze()  # a new last layer alone is to learn
        >>> other.addLayer(Dense(20, 3, Softmax()))
        """
        self._checkLayers()
        network, chain = self._empty() if until is None else MLP(), self.chain.copy(until)
        network.chain, network.objective = chain, Objective(chain, self.objective.given if until is None else None)
        network.standardization, network.sampleShape = self.standardization, self.sampleShape
        if until is None:
            network.classNames, network._own = self.classNames, dict(self._own)
        return network

    def freeze(self, *places: int) -> None:
        """Freezes the layers at these places (0 is the first), or all: they hand gradients on and do not learn."""
        self._setTrainable(places, False)

    def unfreeze(self, *places: int) -> None:
        """Lets the layers at these places, or all, learn again."""
        self._setTrainable(places, True)

    def addMetric(
        self, name: str, function: Callable[[Array, Array], float], direction: Direction | str = Direction.HIGHER
    ) -> None:
        """Gives it a metric of your own: f(labels, outputs), of all samples of a set together.

        `train` then knows it as "train_<name>", "validation_<name>" and "test_<name>", `evaluate` and `EarlyStopping`
        as well. (Of the training set it is measured after the epoch, in a pass of its own.) It is not saved.

        Parameters
        ----------
        name : of letters, digits and underscores; not one that the model has.
        function : of the labels (labelDim, N) and the outputs (outputDim, N); returns a number.
        direction : `Direction.HIGHER` ("higher", default), `Direction.LOWER` ("lower") or `Direction.NONE`: in which it
            is better.

        Example
        -------
        >>> def largestError(labels, outputs):
        ...     return abs(outputs - labels).max()
        >>> network = MLP()
        >>> network.addMetric("largest_error", largestError, "lower")
        """
        self._own[name] = Own.checked(name, function, direction, self.directions.keys() - self._own.keys())

    @property
    def scores(self) -> dict[str, Metric]:
        """F1, R² and the like by name, and metrics of your own."""
        return dict(METRICS) | self._own

    def answers(self, batch: Batch) -> Answers:
        chain, facts = self.chain, batch.facts
        label, outputs = self.objective.asLabel(batch.labels), self.loss.prediction(chain.output)
        rule = None if whyNot(self.objective, facts.labels) else self._accuracy(facts)
        truth, decisions = (None, None) if rule is None else (rule.decisions(label), rule.decisions(outputs))
        ranks = chain.preactivation if self.objective.link == "Sigmoid" else outputs
        return Answers(label, outputs, ranks, truth, decisions, rule is not None and rule.byClass, batch.sampleWeights)

    # What a model must say -------------------------------------------------------------------------------------------

    def networks(self) -> dict[str, Chain]:
        return {"network": self.chain}

    def namedLayers(self) -> dict[str, Layer]:
        return self.chain.leaves()

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample; None where any will do."""
        return self.chain.inputShape

    @property
    def outputShape(self) -> Shape | None:
        """The shape of one sample's output; None where it depends on the input."""
        return self.chain.shape()

    def computeGradients(self, inputs: Any, labels: Any, weights: Array | None = None, mask: Any = None) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        self._checkLayers()
        with self.objective.masked(mask):
            return self.objective.gradients(inputs, labels, weights)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        def measured(label: Array, value: float | None) -> dict[str, float]:
            return self._measured(label, context.quantities, batch, value)

        valued = "loss" in context.quantities
        with self.objective.reading(batch):
            return self.objective.learn(batch.inputs, batch.labels, context, measured, valued, batch.weights)

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self.chain.use("inference"), self.objective.reading(batch, training=False):
            self.objective.forward(batch.inputs, training=False)
            label = self.objective.asLabel(batch.labels)
            with self.objective.weighed(batch.weights):
                value = self.objective.value(label, batch.weights) if "loss" in quantities else None
                return self._measured(label, quantities, batch, value)

    def _measured(
        self, label: Array, quantities: frozenset[str], batch: Batch, value: float | None
    ) -> dict[str, float]:
        """What is asked for of the last forward pass; `value` is the loss without the layers' own terms."""
        values = {}
        if value is not None:
            values["loss"] = value + self.chain.penaltyValue()
        if "accuracy" in quantities:
            values["accuracy"] = self._accuracy(batch.facts)(label, batch.sampleWeights)
        return values

    def meaningless(self, facts: Facts) -> dict[str, str]:
        if not self.layers:
            return {}
        why = whyNot(self.objective, facts.labels)
        found = {"accuracy": why} if why else {}
        for name, metric in self.scores.items():
            if reason := metric.whyNot(facts.labels, isClassifier=not why):
                found[name] = f"{name}: {reason}"
        return found

    def losses(self, batch: Batch) -> dict[str, Descent]:
        given = batch.inputs, batch.labels, batch.weights, batch.mask
        return {"loss": (self.namedLayers(), lambda: self.computeGradients(*given))}

    def state(self) -> dict[str, Any]:
        return self.objective.carrying.state()

    def setState(self, state: dict[str, Any]) -> None:
        self.objective.carrying.setState(state)

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._checkLayers()
        self.objective.prepare(loss, lambda: self.objective.begin(dataset))

    def lastLoss(self, seen: Observation) -> float:
        return self.objective.value(self.objective.asLabel(seen.labels))

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        accuracy = None if "accuracy" in self.meaningless(dataset.facts) else self._accuracy(dataset.facts)
        several = accuracy is not None and not accuracy.byClass
        guessing = Guessing(self.objective, dataset, accuracy, perLabel=several)
        vanishing = VanishingThroughTime(self.namedLayers().values(), Guesses(self.objective, dataset, None))
        special: list[Symptom] = [Targets(self.layers[-1]), vanishing, guessing]
        return super().symptoms(dataset) + special

    def config(self) -> dict[str, Any]:
        return super().config() | {"loss": None if self.objective.given is None else self.objective.given.config()}

    # Inside ----------------------------------------------------------------------------------------------------------

    def _empty(self) -> MLP:
        """One of its kind without layers."""
        return MLP()

    def _checkLayers(self) -> None:
        if not self.layers:
            raise RuntimeError("this MLP has no layers: add some with addLayer(Dense(...))")

    def _setTrainable(self, places: tuple[int, ...], trainable: bool) -> None:
        self._checkLayers()
        for place in places or range(len(self.layers)):
            if not -len(self.layers) <= place < len(self.layers):
                raise IndexError(f"there is no layers[{place}], the last one is layers[{len(self.layers) - 1}]")
            for one in (self.layers[place], *self.layers[place].parts()):
                if isinstance(one, Learning):
                    one.trainable = trainable

    def table(self, sampleShape: Shape | None = None) -> str:
        """The network for `print`; shapes that depend on the input are those for samples of `sampleShape`."""
        return f"{self.name}\n{self.chain.table(sampleShape)}" if self.layers else f"{self.name} without layers"

    def __repr__(self) -> str:
        return self.table(self.sampleShape)

"""Autoencoders whose codes also have to tell the label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.arguments import number
from leibnet.types import Array

from dataset import Batch, Corruption, Dataset
from dataset.facts import Facts
from layers import Chain, Layer, Wanted
from loss import Loss
from nn.models.accuracy import Accuracy, whyNot
from nn.models.autoencoder import Autoencoder
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.objective import PARAMETERS, Objective, checkedInput, checkLabels
from nn.models.parts import network
from nn.storage.onnx.exported import Exported
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.divergence import explain


class SupervisedAutoencoder(Autoencoder):
    """An autoencoder with a second network on its codes, the head, that tells the label.

        Loss(x, dec(enc(x))) + λ Loss(y, head(enc(x)))

    "Its primary task is to copy the input to the output, and possibly also to perform some supervised task" (second
    lecture): the codes keep what the input is like, and what the label depends on. Le et al. 2018, "Supervised
    autoencoders".

    Parameters
    ----------
    encoder, decoder, corruption, loss : as for `Autoencoder`.
    head : a network (MLP) from codes to labels, with the loss it was given, or by default that of an `MLP`.
    weight : λ ≥ 0; default 1.

    The quantities of `train` and `evaluate` are "loss", the sum; "reconstruction_loss" and "head_loss", its parts
    without λ and without the layers' own terms; "squared_error" of the reconstruction, and the head's "accuracy".

    Example
    -------
    >>> from activations import ReLU, Sigmoid, Softmax
    >>> from layers import Dense
    >>> digits = Dataset("digits", rng=0)
    >>> model = SupervisedAutoencoder(
    ...     MLP([Dense(64, 16, ReLU(), rng=1)]),
    ...     MLP([Dense(16, 64, Sigmoid(), rng=2)]),
    ...     MLP([Dense(16, 10, Softmax(), rng=3)]),
    ... )
    >>> history = model.train(digits, epochs=5)
    >>> model.predict(digits.testSet()[0]).shape
    (10, 360)
    """

    quantities = {
        "loss": Direction.LOWER,
        "reconstruction_loss": Direction.LOWER,
        "head_loss": Direction.LOWER,
        "squared_error": Direction.LOWER,
        "accuracy": Direction.HIGHER,
    }
    labelled = True
    nested: ClassVar[Mapping[str, Any]] = {**Autoencoder.nested, "head": MLP}

    def __init__(
        self,
        encoder: MLP,
        decoder: MLP,
        head: MLP,
        weight: float = 1.0,
        loss: Loss | None = None,
        corruption: Corruption | None = None,
    ) -> None:
        self.weight = number("SupervisedAutoencoder", "weight", weight, low=0)
        self.head = network("SupervisedAutoencoder", "head", head)
        super().__init__(encoder, decoder, loss, corruption)

    def _join(self, parts: Mapping[str, MLP | Layer], loss: Loss | None) -> None:
        super()._join(parts, loss)
        codes = self.encoder.outputShape
        if None not in (codes, self.head.inputShape) and codes != self.head.inputShape:
            raise ValueError(
                f"{self.name}: the encoder gives codes of shape {codes}, the head takes {self.head.inputShape}: make "
                "the two equal"
            )
        self.head.chain.locate("head")
        self._reconstructing = Objective(self.decoder.chain, self.objective.given)

    def networks(self) -> dict[str, Chain]:
        return {"network": self.chain, "head": self.head.chain}

    def namedLayers(self) -> dict[str, Layer]:
        return super().namedLayers() | {f"head.{name}": leaf for name, leaf in self.head.chain.leaves().items()}

    def predict(self, x: Any) -> Array:
        """What the head says of any number of samples, (labelDim, N)."""
        return self.head.predict(self.encode(x))

    def activations(self, x: Any) -> dict[str, Any]:
        found = super().activations(x)
        codes = found[[name for name in found if name.startswith("encoder.")][-1]]
        return found | {f"head.{name}": y for name, y in self.head.chain.activations(codes).items()}

    def exported(self) -> dict[str, Exported]:
        parts = super().exported()
        encoder = parts["encoder"]
        layers = {**encoder.layers, "head": self.head.chain}
        return parts | {"prediction": encoder._replace(layers=layers, classNames=self.classNames)}

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss, dataset)
        self._reconstructing.given = self.objective.given

        def check() -> None:
            if dataset is None:
                return
            checkLabels(self.head.objective, self.encoder.chain.outputShape(dataset.sampleShape), dataset)

        self.head.objective.prepare(None, check)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        self._forward(batch, training=True)
        values = self._figures(batch, context.quantities)
        self._backward(batch, PARAMETERS)
        for part in self.networks().values():
            part.update(factor=context.factor, batchSize=context.batchSize)
        return values

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self.chain.use("inference"), self.head.chain.use("inference"):
            self.checkedRange(batch.inputs)
            self._forward(batch, training=False)
            return self._figures(batch, quantities)

    def computeGradients(self, inputs: Array, weights: Array | None = None) -> float:
        raise TypeError(f"{self.name} learns from labels, too: give checkGradients(model, inputs, labels)")

    def losses(self, batch: Batch) -> dict[str, Descent]:
        def descend() -> float:
            self._forward(batch, training=True)
            self._backward(batch, Wanted())
            return self._figures(batch, frozenset({"loss"}))["loss"]

        return {"loss": (self.namedLayers(), descend)}

    def _forward(self, batch: Batch, training: bool) -> None:
        x = checkedInput(self.chain, self._corrupted(batch))
        self.objective.forward(x, training)
        self.head.objective.forward(self.encoder.chain.output, training)

    def _backward(self, batch: Batch, wanted: Wanted) -> None:
        """Both losses down to the codes, and their sum through the encoder."""
        inside = Wanted(input=True)
        decoder, head, encoder = self._reconstructing, self.head.objective, self.encoder.chain
        with self.objective.weighed(batch.weights), head.weighed(batch.weights):
            decoder.backward(decoder.asLabel(batch.inputs), inside, batch.weights)
            head.backward(head.asLabel(batch.labels), inside, batch.weights, self.weight)
            encoder.backward(decoder.chain.gradient + head.chain.gradient, wanted)
        if not encoder.hasFiniteGradients():
            raise explain(self.namedLayers(), "label", batch.labels)

    def _figures(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        head, values = self.head.objective, {}
        x, y = self.objective.asLabel(batch.inputs), head.asLabel(batch.labels)
        with self.objective.weighed(batch.weights), head.weighed(batch.weights):
            if quantities & {"loss", "reconstruction_loss"}:
                values["reconstruction_loss"] = self.objective.value(x, batch.weights)
            if quantities & {"loss", "head_loss"}:
                values["head_loss"] = head.value(y, batch.weights)
            if "loss" in quantities:
                own = self.chain.penaltyValue() + head.chain.penaltyValue()
                values["loss"] = values["reconstruction_loss"] + self.weight * values["head_loss"] + own
        if "squared_error" in quantities:
            values["squared_error"] = self.squaredError(x, batch.sampleWeights)
        if "accuracy" in quantities:
            values["accuracy"] = Accuracy(head, batch.facts.labels)(y, batch.sampleWeights)
        return {name: value for name, value in values.items() if name in quantities}

    def meaningless(self, facts: Facts) -> dict[str, str]:
        why = whyNot(self.head.objective, facts.labels)
        return {"accuracy": why} if why else {}

    def __repr__(self) -> str:
        codes = self.encoder.chain.shapes(self.sampleShape)[-1]
        return (
            f"{super().__repr__()}\nhead: {self.head.table(codes)}\n{self.numParameters():,} parameters with the head"
        )

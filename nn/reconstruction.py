"""What autoencoders have in common: a chain of parts that is trained to give back its input."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataset import Dataset
from layers import Layer
from layers.layer import Shape
from loss import Loss
from nn.mlp import MLP
from nn.model import Array, Descent, Model
from nn.parts import checkFit, description, joined, setPlaces


class Reconstruction(Model):
    """A chain of networks and layers whose label is its own input. Base of `Autoencoder` and `VAE`."""

    labelled = False

    def _join(self, parts: Mapping[str, MLP | Layer], loss: Loss | None) -> None:
        """Makes one network of the parts."""
        kind = type(self).__name__
        checkFit(kind, parts)
        self._parts = dict(parts)
        self._network = MLP(joined(parts).values(), loss)
        setPlaces(joined(parts))
        first, last = self._network.inputShape, self._network.outputShape
        if None not in (first, last) and first != last:
            raise ValueError(
                f"{kind} gives back its input: its first layer takes samples of shape {first}, its last one gives "
                f"{last}; make the two equal"
            )

    @property
    def loss(self) -> Loss:
        """The loss of the reconstruction; assign one to set it."""
        return self._network.loss

    @loss.setter
    def loss(self, loss: Loss) -> None:
        self._network.loss = loss

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample; None where any will do."""
        return self._network.inputShape

    def namedLayers(self) -> dict[str, Layer]:
        return joined(self._parts)

    def _prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        if list(self.namedLayers().values()) != self._network.layers:
            raise RuntimeError(f"a part of this {type(self).__name__} has got new layers since: make a new model of it")
        self._network._prepare(loss)
        if dataset is None:
            return
        if self.inputShape not in (None, (dataset.inputDim,)):
            raise ValueError(
                f"{self._network.layers[0].describe()} takes samples of shape {self.inputShape}, the data set "
                f"{dataset.name!r} has {dataset.inputDim} features"
            )
        self._checkRange(f"the data set {dataset.name!r}", *_range(dataset))

    def _checkRange(self, data: str, lowest: float, highest: float) -> None:
        last = self._network.layers[-1]
        low, high = (-np.inf, np.inf) if last.activation is None else last.activation.range
        if lowest < low or highest > high:
            raise ValueError(
                f"{data} has values from {lowest:g} to {highest:g}, which {last.describe()} cannot give back, its "
                f"outputs lie in [{low:g}, {high:g}]: scale the data (images by valueRange), or end in Identity()"
            )

    def _descents(self, inputs: Array, labels: Array) -> dict[str, Descent]:
        return {"loss": (self.namedLayers(), lambda: self.computeGradients(inputs))}

    def computeGradients(self, inputs: Array) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        return self._network.computeGradients(inputs, inputs)

    def _squaredError(self, label: Array) -> float:
        """‖a - x‖² of the last forward pass, summed over the features, averaged over the samples."""
        error = self._network.layers[-1].output - label
        return float(np.vdot(error, error)) / label.shape[-1]

    def __repr__(self) -> str:
        return description(type(self).__name__, self._parts)


def _range(dataset: Dataset) -> tuple[float, float]:
    """The smallest and the largest value of the training set."""
    if dataset.valueRange is not None:
        return dataset.valueRange
    ends = [(float(inputs.min()), float(inputs.max())) for inputs, _ in dataset.chunks("train")]
    return min(low for low, _ in ends), max(high for _, high in ends)

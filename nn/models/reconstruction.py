"""What autoencoders have in common: a chain of parts that is trained to give back its input."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataset import Dataset
from layers import Layer
from layers.layer import Shape
from loss import Loss
from nn.models.mlp import MLP
from nn.models.model import Array, Descent, Model
from nn.models.parts import checkFit, checkRange, description, joined, layersOf, rangeOf, setPlaces
from nn.training.step import Batch
from nn.watch.symptom import Look


class Reconstruction(Model):
    """A chain of networks and layers whose label is its own input. Base of `Autoencoder` and `VAE`."""

    labelled = False

    def _join(self, parts: Mapping[str, MLP | Layer], loss: Loss | None) -> None:
        """Makes one network of the parts; without a loss it takes that of the last part, if it was given one."""
        kind = type(self).__name__
        checkFit(kind, parts)
        ends = [one for one in parts.values() if isinstance(one, MLP)]
        first, last = ends[0].inputShape, ends[-1].outputShape
        if None not in (first, last) and first != last:
            raise ValueError(
                f"{kind} gives back its input: its first layer takes samples of shape {first}, its last one gives "
                f"{last}; make the two equal"
            )
        self._parts = dict(parts)
        self._chain = MLP(layersOf(parts), ends[-1]._loss if loss is None else loss)
        setPlaces(joined(parts))

    @property
    def _network(self) -> MLP:
        """All parts as one network."""
        if layersOf(self._parts) != self._chain.layers:
            raise RuntimeError(f"a part of this {type(self).__name__} has got new layers since: make a new model of it")
        return self._chain

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

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._network.prepare(loss)
        if dataset is not None:
            self._network._checkInputs(dataset)
            checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self._network.layers[-1])

    def _checkedRange(self, x: Array) -> Array:
        """The input itself, if the last layer can give it back."""
        checkRange("the input", (float(x.min()), float(x.max())), self._network.layers[-1])
        return x

    def lastLoss(self, look: Look) -> float:
        return self._network._outputLoss(self._network._label(look.inputs))

    def losses(self, batch: Batch) -> dict[str, Descent]:
        return {"loss": (self.namedLayers(), lambda: self.computeGradients(batch.inputs))}

    def computeGradients(self, inputs: Array) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        return self._network.computeGradients(inputs, inputs)

    def _squaredError(self, label: Array) -> float:
        """‖a - x‖² of the last forward pass, summed over the features, averaged over the samples."""
        error = self._network.layers[-1].output - label
        return float(np.vdot(error, error)) / label.shape[-1]

    def __repr__(self) -> str:
        return description(type(self).__name__, self._parts)

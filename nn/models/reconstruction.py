"""What autoencoders have in common: a chain of parts that is trained to give back its input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from leibnet.arrays import besideFeatures
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset
from layers import Chain, Layer
from loss import Loss
from nn.models.mlp import MLP
from nn.models.model import Descent, Model
from nn.models.objective import Objective, checkedInput, checkInputs
from nn.models.parts import checkFit, checkRange, description, rangeOf
from nn.storage.onnx.exported import Exported
from nn.watch.symptom import Observation


class Reconstruction(Model):
    """A chain of networks and layers whose label is its own input. Base of `Autoencoder` and `VAE`.

    Attributes
    ----------
    chain : all parts as one network, whose layers are the parts' own.
    """

    labelled = False

    def _join(self, parts: Mapping[str, MLP | Layer], loss: Loss | None) -> None:
        """Makes one network of the parts; without a loss it takes that of the last part, if it was given one."""
        networks = {name: one.chain if isinstance(one, MLP) else one for name, one in parts.items()}
        checkFit(self.name, networks)
        ends = [one for one in parts.values() if isinstance(one, MLP)]
        first, last = ends[0].inputShape, ends[-1].outputShape
        if None not in (first, last) and first != last:
            raise ValueError(
                f"{self.name} gives back its input: its first layer takes samples of shape {first}, its last one gives "
                f"{last}; make the two equal"
            )
        self._parts, self.sampleShape = dict(parts), None  # which need not suit other parts
        self.chain = Chain(networks)
        self.objective = Objective(self.chain, ends[-1].objective.given if loss is None else loss)

    def _exchange(self, name: str, part: MLP | Layer) -> None:
        """Puts another part in the place of the one of this name; the loss stays."""
        self._join(self._parts | {name: part}, self.objective.given)

    @property
    def loss(self) -> Loss:
        """The loss of the reconstruction; assign one to set it."""
        return self.objective.loss

    @loss.setter
    def loss(self, loss: Loss) -> None:
        self.objective.loss = loss

    @property
    def inputShape(self) -> Shape | None:
        """The shape of one sample; None where any will do."""
        return self.chain.inputShape

    def networks(self) -> dict[str, Chain]:
        return {"network": self.chain}

    def namedLayers(self) -> dict[str, Layer]:
        return self.chain.leaves()

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        def check() -> None:
            if dataset is not None:
                checkInputs(self.chain, dataset)
                self.loss.checkShape(self.chain.outputShape(dataset.sampleShape))
                self.loss.checkScale(dataset.standardization)
                checkRange(f"the data set {dataset.name!r}", rangeOf(dataset), self.chain)

        self.objective.prepare(loss, check)

    def checkedRange(self, x: Array) -> Array:
        """The input itself, if the last layer can give it back."""
        checkRange("the input", (float(x.min()), float(x.max())), self.chain)
        return x

    def lastLoss(self, seen: Observation) -> float:
        return self.objective.value(self.objective.asLabel(seen.inputs))

    def losses(self, batch: Batch) -> dict[str, Descent]:
        def descend() -> float:
            with self.objective.masked(batch.mask):
                return self.computeGradients(batch.inputs, batch.weights)

        return {"loss": (self.namedLayers(), descend)}

    def computeGradients(self, inputs: Array, weights: Array | None = None) -> float:
        """The loss, after a forward and a backward pass that leave all gradients in the layers and update nothing."""
        return self.objective.gradients(inputs, inputs, weights)

    @abstractmethod
    def reconstruct(self, x: Any) -> Array:
        """What comes out for any number of samples, of their shape."""

    def activations(self, x: Any) -> dict[str, Any]:
        """What every layer makes of a batch, by its name ("encoder.layers.0"), new arrays; see `Chain.activations`.

        Nothing is corrupted; the `Sampler` of a VAE draws its codes.
        """
        return self.chain.activations(checkedInput(self.chain, self._standardized(x)))

    def reconstructionErrors(self, x: Any) -> Array:
        """‖x' - x‖² of every sample x and its reconstruction x', summed over the features: (N,), in double precision.

        Large for samples that are not like those of the training: an anomaly score. Nothing is corrupted or drawn, so
        that their mean is the "squared_error" that `evaluate` gives for an autoencoder without corruption: where there
        is a `standardization`, that of the standardised numbers.

        >>> errors = autoencoder.reconstructionErrors(x)  # doctest: +SKIP
        >>> strange = x[:, errors > np.quantile(errors, 0.99)]  # doctest: +SKIP
        """
        seen = checkedInput(self.chain, self._standardized(x))
        error = (self._standardized(self.reconstruct(x)) - seen).reshape(-1, seen.shape[-1]).astype(float)
        return np.einsum("dn,dn->n", error, error)

    def squaredError(self, label: Array, weights: Array | None = None) -> float:
        """‖a - x‖² of the last forward pass, summed over the features, times the weights, averaged over the samples."""
        error = self.chain.output - label
        weighted = error if weights is None else error * besideFeatures(weights, error)
        return float(np.vdot(weighted, error)) / label.shape[-1]

    def exported(self) -> dict[str, Exported]:
        scale, children = self.standardization, self.chain.children()
        *encoder, decoder = children
        sample, codes = self.sampleShape, [None, *self.chain.shapes(self.sampleShape)][-2]
        return {
            "reconstruction": Exported(children, before=scale, after=scale, inputShape=sample),
            "encoder": Exported({name: children[name] for name in encoder}, before=scale, inputShape=sample),
            "decoder": Exported({decoder: children[decoder]}, after=scale, inputShape=codes),
        }

    def config(self) -> dict[str, Any]:
        return super().config() | {"loss": None if self.objective.given is None else self.objective.given.config()}

    def __repr__(self) -> str:
        return description(self.name, self._parts, self.sampleShape)

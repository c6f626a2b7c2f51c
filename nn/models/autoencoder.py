"""The autoencoder, plain and denoising."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.arguments import instance
from leibnet.types import Array

from dataset import Batch, Corruption, Dataset
from loss import Loss
from nn.models.mlp import MLP
from nn.models.model import Descent
from nn.models.objective import checkedInput
from nn.models.parts import network
from nn.models.reconstruction import Reconstruction
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.guessing import Guessing
from nn.watch.symptom import Symptom


class Autoencoder(Reconstruction):
    """An encoder and a decoder that together give back their input: x ↦ z = enc(x) ↦ x' = dec(z).

        Loss(x, dec(enc(x)))                    (autoencoder)
        Loss(x, dec(enc(corrupt(x))))           (denoising autoencoder)

    First lecture, 2.2 and 2.3; third lecture. With fewer codes than inputs, what the code keeps must matter; with a
    corruption, the network must know the data to undo it (Vincent et al. 2008).

    Parameters
    ----------
    encoder, decoder : networks (MLP); the decoder's outputs are as many as the encoder's inputs.
    loss : default that of the decoder: what it was given, or `CrossEntropy` if it ends in a Sigmoid or Softmax, `MSE`
        otherwise.
    corruption : a `Corruption` such as `GaussianNoise(0.5)`, drawn anew for every batch; default none. An evaluation
        corrupts, too, the same way every time.

    The quantities of `train` and `evaluate` are "loss" and "squared_error", ‖x' - x‖² summed over the features.

    Example
    -------
    >>> from activations import ReLU, Sigmoid
    >>> from dataset import Dataset
    >>> from layers import Dense
    >>> from optimizer import Adam
    >>> digits = Dataset("digits", rng=0)
    >>> encoder = MLP([Dense(64, 32, ReLU(), Adam(lr=0.003), rng=1), Dense(32, 8, optimizer=Adam(lr=0.003), rng=2)])
    >>> decoder = MLP([Dense(8, 32, ReLU(), Adam(lr=0.003), rng=3), Dense(32, 64, Sigmoid(), Adam(lr=0.003), rng=4)])
    >>> autoencoder = Autoencoder(encoder, decoder)
    >>> history = autoencoder.train(digits, epochs=20)
    >>> autoencoder.evaluate(digits)["squared_error"] < 2
    True
    >>> autoencoder.encode(digits.testSet()[0]).shape
    (8, 360)
    """

    quantities = {"loss": Direction.LOWER, "squared_error": Direction.LOWER}
    nested: ClassVar[Mapping[str, Any]] = {"encoder": MLP, "decoder": MLP, "loss": Loss, "corruption": Corruption}

    def __init__(
        self, encoder: MLP, decoder: MLP, loss: Loss | None = None, corruption: Corruption | None = None
    ) -> None:
        if corruption is not None:
            instance("Autoencoder", "corruption", corruption, Corruption, "Masking(0.25)")
        self.corruption = corruption
        self._join(
            {
                "encoder": network("Autoencoder", "encoder", encoder),
                "decoder": network("Autoencoder", "decoder", decoder),
            },
            loss,
        )

    @property
    def encoder(self) -> MLP:
        """The network from samples to codes; assign another one to exchange it."""
        return self._parts["encoder"]  # type: ignore[return-value]

    @encoder.setter
    def encoder(self, encoder: MLP) -> None:
        self._exchange("encoder", network("Autoencoder", "encoder", encoder))

    @property
    def decoder(self) -> MLP:
        """The network from codes to samples; assign another one to exchange it."""
        return self._parts["decoder"]  # type: ignore[return-value]

    @decoder.setter
    def decoder(self, decoder: MLP) -> None:
        self._exchange("decoder", network("Autoencoder", "decoder", decoder))

    def encode(self, x: Any, mask: Any = None) -> Array:
        """The codes (codeDim, N) of any number of columns; with `mask` (steps, N), of sequences of other lengths."""
        return self.encoder.predict(self._standardized(x), mask=mask)

    def decode(self, z: Any) -> Array:
        """The columns (inputDim, N) that codes stand for."""
        return self._raw(self.decoder.predict(z))

    def reconstruct(self, x: Any, mask: Any = None) -> Array:
        """dec(enc(x)) for any number of columns. Nothing is corrupted: what is noisy comes out denoised.

        With `mask` (steps, N), that of sequences of different lengths: where each of them has a step.
        """
        return self._raw(self.chain.predict(checkedInput(self.chain, self._standardized(x)), mask=mask))

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        def measured(x: Array, value: float | None) -> dict[str, float]:
            return self._measured(x, context.quantities, value, batch.sampleWeights)

        inputs, valued = self._corrupted(batch), "loss" in context.quantities
        with self.objective.masked(batch.mask):
            return self.objective.learn(inputs, batch.inputs, context, measured, valued, batch.weights)

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self.chain.use("inference"), self.objective.masked(batch.mask):
            self.checkedRange(batch.inputs)
            self.objective.forward(self._corrupted(batch), training=False)
            x = self.objective.asLabel(batch.inputs)
            with self.objective.weighed(batch.weights):
                value = self.objective.value(x, batch.weights) if "loss" in quantities else None
                return self._measured(x, quantities, value, batch.sampleWeights)

    def _measured(
        self, x: Array, quantities: frozenset[str], value: float | None, weights: Array | None
    ) -> dict[str, float]:
        values = {}
        if value is not None:
            values["loss"] = value + self.chain.penaltyValue()
        if "squared_error" in quantities:
            values["squared_error"] = self.squaredError(x, weights)
        return values

    def computeGradients(self, inputs: Array, weights: Array | None = None) -> float:
        return self._gradients(Batch.of(inputs) if weights is None else Batch.of(inputs, weights=weights))

    def losses(self, batch: Batch) -> dict[str, Descent]:
        return {"loss": (self.namedLayers(), lambda: self._gradients(batch))}

    def _gradients(self, batch: Batch) -> float:
        with self.objective.masked(batch.mask):
            return self.objective.gradients(self._corrupted(batch), batch.inputs, batch.weights)

    def _corrupted(self, batch: Batch) -> Array:
        if self.corruption is None:
            return batch.inputs
        return self.corruption.apply(batch.inputs, self.chain.givenRng, batch.facts)

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return [*super().symptoms(dataset), Guessing(self.objective, dataset, reconstructs=True)]

    def drawing(self) -> list[Any]:
        return super().drawing() + ([] if self.corruption is None else [self.corruption])

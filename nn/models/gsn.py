"""The generative stochastic network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.arrays import bernoulli
from leibnet.types import Array

import numpy as np

from dataset import Batch, Corruption, Dataset, SaltAndPepper
from dataset.facts import Facts
from loss import Loss
from nn.models.autoencoder import Autoencoder
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.objective import checkedInput
from nn.training.step import StepContext
from nn.watch.symptom import Observation, Symptom

UNIT = Facts.of(np.array([[0.0, 1.0]]), np.empty((0, 2)))  # what is known of units that are off or on


class GSN(Autoencoder):
    """A generative stochastic network: a denoising autoencoder whose chain of corrupting and drawing makes samples.

        x̃ ~ C(x̃ | x)        x' ~ p(x' | x̃) = Bernoulli(dec(enc(x̃)))        x ← x'

    Where the autoencoder knows p(x | x̃), the chain's samples are distributed as the data (Bengio et al. 2013, 2014,
    arXiv:1306.1091). It is trained by walk-back: from every sample it takes some steps of the chain, and learns to
    find back to the sample from wherever they have led, which drains what lies between the data.

    Parameters
    ----------
    encoder, decoder : networks (MLP); the decoder ends in a Sigmoid.
    corruption : a `Corruption`; default SaltAndPepper(0.4).
    walkBack : the steps of the chain in training, of which each is corrupted once more and learnt from; default 5. With
        1, it is a denoising autoencoder. An evaluation walks, too.
    loss : default `CrossEntropy`, -ln p(x | x̃).

    The quantities are those of `Autoencoder`, in mean over the steps.

    Example
    -------
    >>> from activations import ReLU, Sigmoid
    >>> from layers import Dense
    >>> gsn = GSN(MLP([Dense(64, 100, ReLU())]), MLP([Dense(100, 64, Sigmoid())]), walkBack=3)
    >>> history = gsn.train(Dataset("digits", rng=0), epochs=2)
    >>> gsn.sample(5, steps=20, rng=0).shape
    (64, 5)
    """

    def __init__(
        self,
        encoder: MLP,
        decoder: MLP,
        corruption: Corruption | None = None,
        walkBack: int = 5,
        loss: Loss | None = None,
    ) -> None:
        super().__init__(encoder, decoder, loss, SaltAndPepper(0.4) if corruption is None else corruption)
        self.walkBack = wholeNumber("GSN", "walkBack", walkBack)
        if self.objective.link != "Sigmoid":
            last = decoder.layers[-1].describe()
            raise ValueError(
                f"GSN: expected a decoder that ends in Sigmoid(), whose outputs are probabilities, got {last}"
            )

    # Use -------------------------------------------------------------------------------------------------------------

    def walk(self, start: Any, rng: np.random.Generator | int | None = None) -> Iterator[tuple[Array, Array]]:
        """The chain from every column of `start` (inputDim, N), without end: dec(enc(x̃)) and x' after every step."""
        rng = randomGenerator("GSN.walk", rng) or self.chain.generator()
        x = checkedInput(self.chain, self._standardized(start))
        while True:
            mean = self.chain.predict(self._spoilt(x, rng, UNIT))
            x = bernoulli(rng, mean)
            yield self._raw(mean), self._raw(x)

    def sample(
        self, n: int, steps: int = 100, rng: np.random.Generator | int | None = None, start: Any = None
    ) -> Array:
        """The means at the end of `n` chains of so many steps, (inputDim, n).

        They begin in the columns of `start`, or in noise: every number is 0 or 1, equally likely.
        """
        n, steps = wholeNumber("GSN.sample", "n, the number of samples,", n), wholeNumber("GSN.sample", "steps", steps)
        rng = randomGenerator("GSN.sample", rng) or self.chain.generator()
        if start is None:
            start = self._raw(rng.integers(2, size=(*(self.inputShape or ()), n)).astype(self.chain.dtype))
        elif np.shape(start)[-1:] != (n,):
            raise ValueError(refusal("GSN.sample", "start", f"n = {n} columns", np.shape(start)))
        chain = self.walk(start, rng)
        for _ in range(steps - 1):
            next(chain)
        return next(chain)[0]

    # What a model must say -------------------------------------------------------------------------------------------

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        return super().step(self._walked(batch), context)

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self.chain.use("inference"):
            return super().measure(self._walked(batch, training=False), quantities)

    def lastLoss(self, seen: Observation) -> float:
        return self.objective.value(self.objective.asLabel(self._repeated(seen.inputs)))

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return Model.symptoms(self, dataset)

    # Inside ----------------------------------------------------------------------------------------------------------

    def _gradients(self, batch: Batch) -> float:
        return super()._gradients(self._walked(batch))

    def _walked(self, batch: Batch, training: bool = True) -> Batch:
        """The samples once for every step of the walk, and with them their corrupted states."""
        x, states = batch.inputs, []
        for step in range(self.walkBack):
            states.append(self._spoilt(x, self.chain.givenRng, batch.facts))
            if step + 1 < self.walkBack:
                x = bernoulli(self.chain.generator(), self.chain.forward(states[-1], training))
        weights = {} if batch.weights is None else {"weights": self._repeated(batch.weights)}
        if batch.sampleWeights is not None:
            weights["sampleWeights"] = self._repeated(batch.sampleWeights)
        return Batch.of(self._repeated(batch.inputs), corrupted=np.concatenate(states, axis=-1), **weights)

    def _repeated(self, array: Array) -> Array:
        return np.concatenate([array] * self.walkBack, axis=-1)

    def _corrupted(self, batch: Batch) -> Array:
        corrupted: Array = batch.parts["corrupted"]
        return corrupted

    def _spoilt(self, x: Array, rng: np.random.Generator | None, facts: Facts) -> Array:
        assert self.corruption is not None
        return self.corruption.apply(x, rng, facts)

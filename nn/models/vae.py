"""The variational autoencoder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from dataset import Dataset
from layers import Layer, Sampler
from layers.sampler import divergences
from leibnet import randomness
from leibnet.arguments import positive
from loss import MSE, CrossEntropy, Loss
from nn.models.mlp import MLP
from nn.models.model import Array
from nn.models.parts import network
from nn.models.reconstruction import Reconstruction
from nn.training.metrics import Direction
from nn.training.step import Batch, StepContext
from nn.watch.symptom import Finding, Look, Symptom

ACTIVE = 0.01  # nats of divergence from the prior, below which a code says nothing of its input


class VAE(Reconstruction):
    """The variational autoencoder: z ~ N(μ(x), diag σ²(x)), and a decoder f that gives p(x|z).

        Loss = -E[ln p(x|z)] + β KL(N(μ, diag σ²) ‖ N(0, I))         in nats, summed over pixels, mean over samples

    The reconstruction term, with one draw of z for every sample, is

        1/(2c) ‖x - f(z)‖²                          loss = MSE(variance=c): p(x|z) = N(f(z), c I), the first lecture
        -Σ [x ln f(z) + (1 - x) ln(1 - f(z))]       loss = CrossEntropy(): Bernoulli pixels, the third lecture

    so that with β = 1 the loss is the negative evidence lower bound (ELBO), for MSE up to the constant d/2 ln(2πc).
    Kingma & Welling 2013, arXiv:1312.6114; first lecture 2.4, third lecture; β: Higgins et al. 2017.

    Parameters
    ----------
    encoder : network (MLP) in front of the sampler.
    sampler : a `Sampler`, whose inputs are the encoder's outputs.
    decoder : network from the latent variables back to the encoder's inputs.
    loss : `CrossEntropy` after a Sigmoid, or `MSE`; default that of the decoder: what it was given, or `CrossEntropy`
        if it ends in a Sigmoid, `MSE` in an Identity.
    beta : β ≥ 0; default that of the sampler, 1 if nothing else was said.
    warmUp : epochs at the beginning of every training in which β grows from 0 to its value, in a straight line;
        default 0. The reported loss has the final β all the time.

    The quantities of `train` and `evaluate` are "loss", "reconstruction" and "kl" (without β).

    Example
    -------
    >>> from activations import ReLU, Sigmoid
    >>> from layers import Dense
    >>> vae = VAE(MLP([Dense(784, 100, ReLU())]), Sampler(100, 20), MLP([Dense(20, 784, Sigmoid())]))
    >>> mean, logVariance = vae.encode(np.zeros((784, 3)))
    >>> mean.shape, vae.sample(5).shape
    ((20, 3), (784, 5))
    """

    quantities = {"loss": Direction.LOWER, "reconstruction": Direction.LOWER, "kl": Direction.NONE}

    def __init__(
        self,
        encoder: MLP,
        sampler: Sampler,
        decoder: MLP,
        loss: Loss | None = None,
        beta: float | None = None,
        warmUp: float = 0.0,
    ) -> None:
        self.encoder, self.decoder = network("VAE", "encoder", encoder), network("VAE", "decoder", decoder)
        if not isinstance(sampler, Sampler):
            raise TypeError(f"VAE needs a Sampler(inputDim, latentDim) between its networks, got {sampler!r}")
        self.sampler, self.warmUp = sampler, warmUp
        self._join({"encoder": encoder, "sampler": sampler, "decoder": decoder}, loss)
        self._checkLikelihood(self.loss)
        if beta is not None:
            self.beta = beta

    @property
    def loss(self) -> Loss:
        """The loss of the reconstruction, a likelihood; assign one to set it."""
        return self._network.loss

    @loss.setter
    def loss(self, loss: Loss) -> None:
        self._checkLikelihood(loss)
        self._network.loss = loss

    @property
    def beta(self) -> float:
        """β, the weight of the divergence in the loss; that of the sampler."""
        return self.sampler.beta

    @beta.setter
    def beta(self, value: float) -> None:
        self.sampler.beta = value

    @property
    def warmUp(self) -> float:
        """Epochs in which β grows from 0 to its value."""
        return self._warmUp

    @warmUp.setter
    def warmUp(self, value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < math.inf:
            raise ValueError(f"VAE needs warmUp >= 0 (epochs), got {value!r}")
        self._warmUp = float(value)

    # Use ---------------------------------------------------------------------------------------------------------

    def encode(self, x: Any) -> tuple[Array, Array]:
        """Mean and log-variance of the codes of any number of columns, each (latentDim, N)."""
        return self.sampler.distribution(self.encoder.predict(x))

    def decode(self, z: Any) -> Array:
        """f(z), the mean of p(x|z), for any number of columns: (inputDim, N)."""
        return self.decoder.predict(z)

    def reconstruct(self, x: Any) -> Array:
        """The decoded means of the codes, (inputDim, N). Draws nothing."""
        return self.decode(self.encode(x)[0])

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """f(z) for `n` draws z from the prior N(0, I): (inputDim, n). `rng`: generator or seed, default the library's.

        The pixels' own noise, of p(x|z), is left away.
        """
        rng = randomness.networks.generator if rng is None else np.random.default_rng(rng)
        n = positive("n, the number of samples,", n)
        return self.decode(rng.standard_normal((self.sampler.latentDim, n), dtype=self.sampler.dtype))

    def activeUnits(self, x: Any, threshold: float = 0.01) -> Array:
        """Which latent variables the data move: whether the variance of μ over the columns exceeds `threshold`.

        (latentDim,) of bool. Burda et al. 2015, arXiv:1509.00519, section 5.2.
        """
        mean, _ = self.encode(x)
        if not mean.size:
            raise ValueError(f"expected at least one sample as a column, got {mean.shape[1]}")
        return mean.var(axis=1) > threshold

    def elbo(self, x: Any, samples: int = 1, rng: np.random.Generator | int | None = None) -> Array:
        """The evidence lower bound E[ln p(x|z)] - KL of every column, (N,) in nats; β plays no part.

        Parameters
        ----------
        x : columns (inputDim, N).
        samples : draws of z for every column; default 1.
        rng : generator or seed for the draws; default the library's own.
        """
        bound = [
            sum(self._logDecoder(x, z) for z, _ in draws) / samples - divergence
            for x, draws, divergence in self._posterior(x, samples, rng)
        ]
        return np.concatenate(bound)

    def logLikelihood(self, x: Any, samples: int = 100, rng: np.random.Generator | int | None = None) -> Array:
        """An estimate of ln p(x) of every column by importance sampling, (N,) in nats.

            ln 1/K Σ p(x|z) p(z) / q(z|x)        with K draws z ~ q(z|x) = N(μ(x), diag σ²(x))

        On average a lower bound that rises to ln p(x) with K; for K = 1 it is an estimate of the ELBO. Burda et al.
        2015, arXiv:1509.00519. Parameters as for `elbo`; `samples` is K, default 100.
        """
        estimates = []
        for columns, draws, _ in self._posterior(x, samples, rng):
            weights = np.array([self._logDecoder(columns, z) + prior_to_posterior for z, prior_to_posterior in draws])
            largest = weights.max(axis=0)
            estimates.append(largest + np.log(np.mean(np.exp(weights - largest), axis=0)))
        return np.concatenate(estimates)

    # Inside ------------------------------------------------------------------------------------------------------

    def _posterior(
        self, x: Any, samples: int, rng: np.random.Generator | int | None, size: int = 1000
    ) -> Iterator[tuple[Array, Iterator[tuple[Array, Array]], Array]]:
        """For stretches of columns: the columns, draws (z, ln p(z) - ln q(z|x)) and KL(q(z|x) ‖ p(z)), in float64."""
        samples = positive("samples", samples)
        rng = randomness.networks.generator if rng is None else np.random.default_rng(rng)
        x = self._network._checkInput(x)
        if not x.shape[-1]:
            raise ValueError(f"expected at least one sample as a column, got shape {x.shape}")
        self._checkedRange(x)
        for start in range(0, x.shape[-1], size):
            columns = x[..., start : start + size]
            mean, logVariance = (array.astype(float) for array in self.encode(columns))
            deviation = np.exp(0.5 * logVariance)

            def draws(
                mean: Array = mean, logVariance: Array = logVariance, deviation: Array = deviation
            ) -> Iterator[tuple[Array, Array]]:
                for _ in range(samples):
                    noise = rng.standard_normal(mean.shape)
                    z = mean + deviation * noise
                    yield z, 0.5 * (noise * noise + logVariance - z * z).sum(axis=0)

            yield columns, draws(), divergences(mean, logVariance).sum(axis=0)

    def _logDecoder(self, x: Array, z: Array) -> Array:
        """ln p(x|z) of every column, (N,), in float64."""
        with self.decoder._inference():
            self.decoder._forwardForLoss(z, training=False)
            if isinstance(self.loss, MSE):
                constant = 0.5 * (x.size // x.shape[-1]) * math.log(2 * math.pi * self.loss.variance)
                return -constant - self.loss.perSample(x, self.decoder.layers[-1].output).astype(float)
            return -self.loss.perSampleLogits(x, self.decoder.layers[-1].preactivation, "Sigmoid").astype(float)

    def _checkLikelihood(self, loss: Loss) -> None:
        last = self.decoder.layers[-1]
        link = "" if last.activation is None else last.activation.link
        if not isinstance(loss, MSE) and not (isinstance(loss, CrossEntropy) and link == "Sigmoid"):
            raise ValueError(
                "VAE needs a likelihood: CrossEntropy() after Sigmoid (Bernoulli pixels) or MSE(variance=c) "
                f"(Gaussian), got {loss!r} after {last.describe()}"
            )

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        self._checkLikelihood(self.loss if loss is None else loss)
        super().prepare(loss, dataset)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        warmth = self.sampler.warmth
        if self.warmUp:
            self.sampler.warmth *= min(1.0, context.epoch / self.warmUp)
        try:
            return self._network._learn(
                batch.inputs, batch.inputs, context, lambda x: self._quantities(x, context.quantities)
            )
        finally:
            self.sampler.warmth = warmth

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self._network._inference():
            self._network._forwardForLoss(self._checkedRange(batch.inputs), training=False)
            return self._quantities(batch.inputs, quantities)

    def _quantities(self, x: Array, quantities: frozenset[str]) -> dict[str, float]:
        values = {}
        if quantities & {"loss", "reconstruction"}:
            values["reconstruction"] = self._network._outputLoss(x)
        if quantities & {"loss", "kl"}:
            values["kl"] = self.sampler.divergence()
        if "loss" in quantities:
            others = sum(layer.penalty() for layer in self._network.layers if layer is not self.sampler)
            values["loss"] = values["reconstruction"] + self.beta * values["kl"] + others
        return values

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return [*super().symptoms(dataset), PosteriorCollapse(self)]

    def config(self) -> dict[str, Any]:
        return {
            "kind": type(self).__name__,
            "encoder": self.encoder.config(),
            "sampler": self.sampler.config(),
            "decoder": self.decoder.config(),
            "loss": self._network.config()["loss"],
            "warmUp": self.warmUp,
        }

    @classmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        sampler = Layer.fromConfig(config["sampler"])
        if not isinstance(sampler, Sampler):
            raise ValueError(f"a VAE has a Sampler, got {sampler!r}")
        return cls(
            MLP._fromConfig(config["encoder"]),
            sampler,
            MLP._fromConfig(config["decoder"]),
            None if config["loss"] is None else Loss.fromConfig(config["loss"]),
            warmUp=config["warmUp"],
        )


class PosteriorCollapse(Symptom):
    """Codes that say nothing of their input: KL(q(z|x) ‖ p(z)) is nearly 0 for every one of them."""

    rank = 0
    steps = 100

    def __init__(self, vae: VAE) -> None:
        super().__init__()
        self._vae, self.epochs = vae, vae.warmUp + 1

    def find(self, look: Look) -> Finding | None:
        kl = self.divergences()
        if not kl.max() < ACTIVE:
            return None
        return Finding(
            "collapse",
            self._vae.sampler.describe(),
            f"the posterior has collapsed: none of its {len(kl)} codes has a KL divergence above {kl.max():.2g} nats, "
            f"so that they say nothing of the input. Try a smaller beta (it is {self._vae.beta:g}), or a warmUp.",
        )

    def divergences(self) -> Array:
        """KL of every code at the last forward pass, averaged over the samples, (latentDim,)."""
        sampler = self._vae.sampler
        return divergences(sampler._passed("mean"), sampler._passed("logVariance")).mean(axis=1)

    def figures(self) -> str:
        kl = self.divergences()
        return f"{np.count_nonzero(kl > ACTIVE)} of {len(kl)} codes have a KL divergence above {ACTIVE} nats"

    def bars(self) -> dict[str, tuple[str, Array]]:
        return {"codes": ("KL divergence of the codes, in nats", self.divergences())}

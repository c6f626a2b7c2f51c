"""The variational autoencoder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from leibnet import randomness
from leibnet.arguments import instance, number, randomGenerator, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset
from dataset.facts import Facts
from layers import Layer, Sampler
from layers.penalties.gaussiandivergence import gaussianDivergences
from loss import MSE, CrossEntropy, Loss
from nn.models.autoencoders.featureloss import FeatureLoss
from nn.models.mlp import MLP
from nn.models.objective import checkedInput, lastActivation
from nn.models.parts import network
from nn.models.reconstruction import Reconstruction
from nn.training.metrics import Direction
from nn.training.step import StepContext
from nn.watch.collapse import PosteriorCollapse
from nn.watch.symptom import Symptom

RECONSTRUCTION = {"loss", "reconstruction"}  # quantities for which the loss of the decoder's output is needed


class VAE(Reconstruction):
    """The variational autoencoder: z ~ N(μ(x), diag σ²(x)), and a decoder f that gives p(x|z).

        Loss = -E[ln p(x|z)] + β KL(N(μ, diag σ²) ‖ N(0, I))         in nats, summed over pixels, mean over samples

    The reconstruction term, with one draw of z for every sample, is

        1/(2c) ‖x - f(z)‖²                          loss = MSE(variance=c): p(x|z) = N(f(z), c I), the first lecture
        -Σ [x ln f(z) + (1 - x) ln(1 - f(z))]       loss = CrossEntropy(): Bernoulli pixels, the third lecture

    so that with β = 1 the loss is the negative evidence lower bound (ELBO), for MSE up to the constant d/2 ln(2πc).
    With a `FeatureLoss`, x and f(z) are compared by what a frozen network makes of them (Hou et al. 2016); that is no
    likelihood, and there are no `elbo` and `logLikelihood`.
    Kingma & Welling 2013, arXiv:1312.6114; first lecture 2.4, third lecture; β: Higgins et al. 2017.

    Parameters
    ----------
    encoder : network (MLP) in front of the sampler.
    sampler : a `Sampler`, whose inputs are the encoder's outputs.
    decoder : network from the latent variables back to the encoder's inputs.
    loss : `CrossEntropy` after a Sigmoid, `MSE`, or a `FeatureLoss`; default that of the decoder: what it was given, or
        `CrossEntropy` if it ends in a Sigmoid, `MSE` in an Identity.
    beta : β ≥ 0; default that of the sampler, 1 if nothing else was said.
    warmUp : epochs at the beginning of every training in which β, and γ, grow from 0 to their values, in a straight
        line; default 0. The reported loss has the final ones all the time.

    A sampler with a weight γ for the total correlation of the codes adds γ TC to the loss (β-TCVAE).

    The quantities of `train` and `evaluate` are "loss", "reconstruction" and "kl" (without β); with γ > 0 also
    "total_correlation" (without γ), as the batch at hand tells it: of batches of another size it is another number.

    Example
    -------
    >>> from activations import ReLU, Sigmoid
    >>> from layers import Dense
    >>> vae = VAE(MLP([Dense(784, 100, ReLU())]), Sampler(100, 20), MLP([Dense(20, 784, Sigmoid())]))
    >>> mean, logVariance = vae.encode(np.zeros((784, 3)))
    >>> mean.shape, vae.sample(5).shape
    ((20, 3), (784, 5))
    """

    quantities = {
        "loss": Direction.LOWER, "reconstruction": Direction.LOWER, "kl": Direction.NONE,
        "total_correlation": Direction.NONE,
    }  # fmt: skip
    nested: ClassVar[Mapping[str, Any]] = {"encoder": MLP, "sampler": Layer, "decoder": MLP, "loss": Loss}
    undescribed = frozenset({"beta"})  # it belongs to the sampler

    def __init__(
        self,
        encoder: MLP,
        sampler: Sampler,
        decoder: MLP,
        loss: Loss | None = None,
        beta: float | None = None,
        warmUp: float = 0.0,
    ) -> None:
        parts: dict[str, MLP | Layer] = {
            "encoder": network("VAE", "encoder", encoder),
            "sampler": instance("VAE", "sampler", sampler, Sampler, "Sampler(inputDim, latentDim)"),
            "decoder": network("VAE", "decoder", decoder),
        }
        self.warmUp = warmUp
        _check_loss(decoder.loss if loss is None else loss, decoder)
        self._join(parts, loss)
        if beta is not None:
            self.beta = beta

    @property
    def encoder(self) -> MLP:
        """The network in front of the sampler; assign another one to exchange it."""
        return self._parts["encoder"]  # type: ignore[return-value]

    @encoder.setter
    def encoder(self, encoder: MLP) -> None:
        self._exchange("encoder", network("VAE", "encoder", encoder))

    @property
    def sampler(self) -> Sampler:
        """The layer that draws the codes; assign another one to exchange it."""
        return self._parts["sampler"]  # type: ignore[return-value]

    @sampler.setter
    def sampler(self, sampler: Sampler) -> None:
        self._exchange("sampler", instance("VAE", "sampler", sampler, Sampler, "Sampler(inputDim, latentDim)"))

    @property
    def decoder(self) -> MLP:
        """The network from codes to samples; assign another one to exchange it."""
        return self._parts["decoder"]  # type: ignore[return-value]

    @decoder.setter
    def decoder(self, decoder: MLP) -> None:
        _check_loss(self.loss, network("VAE", "decoder", decoder))
        self._exchange("decoder", decoder)

    @property
    def loss(self) -> Loss:
        """The loss of the reconstruction; assign one to set it."""
        return self.objective.loss

    @loss.setter
    def loss(self, loss: Loss) -> None:
        _check_loss(loss, self.decoder)
        self.objective.loss = loss

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
        self._warmUp = number("VAE", "warmUp", value, low=0)

    # Use ---------------------------------------------------------------------------------------------------------

    def encode(self, x: Any) -> tuple[Array, Array]:
        """Mean and log-variance of the codes of any number of columns, each (latentDim, N)."""
        return self.sampler.distribution(self.encoder.predict(self._standardized(x)))

    def decode(self, z: Any) -> Array:
        """f(z), the mean of p(x|z), for any number of columns: (inputDim, N)."""
        return self._raw(self.decoder.predict(z))

    def reconstruct(self, x: Any) -> Array:
        """The decoded means of the codes, (inputDim, N). Draws nothing."""
        return self.decode(self.encode(x)[0])

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Array:
        """f(z) for `n` draws z from the prior N(0, I): (inputDim, n). `rng`: generator or seed, default the library's.

        The pixels' own noise, of p(x|z), is omitted.
        """
        source = randomGenerator("VAE.sample", rng) or randomness.networks.generator
        n = wholeNumber("VAE.sample", "n, the number of samples,", n)
        return self.decode(source.standard_normal((self.sampler.latentDim, n), dtype=self.sampler.dtype))

    def activeUnits(self, x: Any, threshold: float = 0.01) -> Array:
        """Which latent variables the data move: whether the variance of μ over the columns exceeds `threshold`.

        (latentDim,) of bool. Burda et al. 2015, arXiv:1509.00519, section 5.2.
        """
        mean, _ = self.encode(x)
        if not mean.size:
            raise ValueError(f"expected at least one sample as a column, got {mean.shape[1]}")
        return mean.var(axis=1, dtype=float) > threshold

    def elbo(self, x: Any, samples: int = 1, rng: np.random.Generator | int | None = None) -> Array:
        """The evidence lower bound E[ln p(x|z)] - KL of every column, (N,) in nats; β plays no part.

        Where there is a `standardization`, it is that of the standardised numbers.

        Parameters
        ----------
        x : columns (inputDim, N).
        samples : draws of z for every column; default 1.
        rng : generator or seed for the draws; default the library's own.
        """
        self._checkBound("elbo")
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
        self._checkBound("logLikelihood")
        estimates = []
        for columns, draws, _ in self._posterior(x, samples, rng):
            weights = np.array([self._logDecoder(columns, z) + prior_to_posterior for z, prior_to_posterior in draws])
            largest = weights.max(axis=0)
            estimates.append(largest + np.log(np.mean(np.exp(weights - largest), axis=0)))
        return np.concatenate(estimates)

    # Inside ------------------------------------------------------------------------------------------------------

    def _checkBound(self, method: str) -> None:
        """ValueError if the loss is no likelihood."""
        if isinstance(self.loss, FeatureLoss):
            raise ValueError(
                f"VAE.{method}: expected a loss that is a likelihood p(x|z), MSE or CrossEntropy, got {self.loss!r}, "
                "which is a distance of features: evaluate(x) gives its terms, reconstruction and kl"
            )

    def _posterior(
        self, x: Any, samples: int, rng: np.random.Generator | int | None, size: int = 1000
    ) -> Iterator[tuple[Array, Iterator[tuple[Array, Array]], Array]]:
        """For stretches of columns: the columns, draws (z, ln p(z) - ln q(z|x)) and KL(q(z|x) ‖ p(z)), in float64."""
        samples = wholeNumber("VAE", "samples", samples)
        source = randomGenerator("VAE", rng) or randomness.networks.generator
        x = checkedInput(self.chain, self._standardized(x))
        if not x.shape[-1]:
            raise ValueError(f"expected at least one sample as a column, got shape {x.shape}")
        self.checkedRange(x)
        for start in range(0, x.shape[-1], size):
            columns = x[..., start : start + size]
            hidden = self.encoder.predict(columns)
            mean, log_variance = (array.astype(float) for array in self.sampler.distribution(hidden))
            deviation = np.exp(0.5 * log_variance)

            def draws(
                mean: Array = mean, logVariance: Array = log_variance, deviation: Array = deviation
            ) -> Iterator[tuple[Array, Array]]:
                for _ in range(samples):
                    noise = source.standard_normal(mean.shape)
                    z = mean + deviation * noise
                    yield z, 0.5 * (noise * noise + logVariance - z * z).sum(axis=0)

            yield columns, draws(), gaussianDivergences(mean, log_variance).sum(axis=0)

    def _logDecoder(self, x: Array, z: Array) -> Array:
        """ln p(x|z) of every column, (N,), in float64."""
        f, pair = self.decoder.chain, self.objective.pair
        with f.use("inference"):
            if isinstance(self.loss, MSE):
                variance = self.loss.variance
                constant = 0.5 * (x.size // x.shape[-1]) * math.log(2 * math.pi * variance)
                return -constant - self.loss.perSample(x, f.forward(z, training=False)).astype(float)
            assert pair is not None  # of CrossEntropy after Sigmoid, see `_check_loss`
            return -pair.perSample(x, f.forwardLogits(z, training=False)).astype(float)

    def meaningless(self, facts: Facts) -> Mapping[str, str]:
        if self.sampler.totalCorrelation:
            return {}
        return {"total_correlation": "the sampler has no weight for it: Sampler(..., totalCorrelation=1)"}

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        _check_loss(self.loss if loss is None else loss, self.decoder)
        super().prepare(loss, dataset)

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        divergence = self.sampler.penalty
        factor = divergence.betaFactor
        if self.warmUp:
            divergence.betaFactor *= min(1.0, context.epoch / self.warmUp)
        try:
            x, quantities = batch.inputs, context.quantities
            valued = not quantities.isdisjoint(RECONSTRUCTION)

            def measured(label: Array, value: float | None) -> dict[str, float]:
                return self._measured(value, quantities)

            with self.objective.masked(batch.mask):
                return self.objective.learn(x, x, context, measured, valued, batch.weights)
        finally:
            divergence.betaFactor = factor

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        with self.chain.use("inference"), self.objective.masked(batch.mask):
            self.objective.forward(self.checkedRange(batch.inputs), training=False)
            x = self.objective.asLabel(batch.inputs)
            wanted = not quantities.isdisjoint(RECONSTRUCTION)
            with self.objective.weighed(batch.weights):
                return self._measured(self.objective.value(x, batch.weights) if wanted else None, quantities)

    def _measured(self, reconstruction: float | None, quantities: frozenset[str]) -> dict[str, float]:
        """-ELBO = reconstruction + β KL, and γ TC, of the last forward pass."""
        values = {}
        if reconstruction is not None:
            values["reconstruction"] = reconstruction
        if quantities & {"loss", "kl"}:
            values["kl"] = self.sampler.divergence()
        weight = self.sampler.totalCorrelation
        if weight and quantities & {"loss", "total_correlation"}:
            values["total_correlation"] = self.sampler.correlation()
        if "loss" in quantities:
            others = self.encoder.chain.penaltyValue() + self.decoder.chain.penaltyValue()
            others += weight * values.get("total_correlation", 0.0)
            values["loss"] = values["reconstruction"] + self.beta * values["kl"] + others
        return values

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        return [*super().symptoms(dataset), PosteriorCollapse(self.sampler, self.warmUp, self.objective.loss)]


def _check_loss(loss: Loss, decoder: MLP) -> None:
    """ValueError if the loss of the decoder's output is no -ln p(x|z), and no distance of features."""
    instance("VAE", "loss", loss, Loss, "CrossEntropy()")
    activation = lastActivation(decoder.chain)
    link = "" if activation is None else activation.link
    if not isinstance(loss, (MSE, FeatureLoss)) and not (isinstance(loss, CrossEntropy) and link == "Sigmoid"):
        raise ValueError(
            "VAE: expected a likelihood, CrossEntropy() after Sigmoid (Bernoulli pixels) or MSE(variance=c) "
            f"(Gaussian), or else FeatureLoss(network, places), got {loss!r} after {decoder.layers[-1].describe()}"
        )

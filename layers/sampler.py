"""The stochastic layer of the variational autoencoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from layers.initializer import Initializer, find
from layers.layer import Array, Layer, Shape, positive_dimension
from leibnet import randomness
from optimizer import Optimizer

BOUND = 20.0  # of the log-variance: exp(20) and exp(-20) are far from overflow and from 0 in single precision


class Sampler(Layer):
    """z = μ + σ ∘ ε with ε ~ N(0, I): a draw from N(μ(x), diag σ²(x)), the reparametrisation trick.

        (μ, r) = W X + b        ln σ² = L tanh(r / L) with L = 20

    The log-variance r is kept between -L and L, smoothly, so that no exponential overflows; near 0 nothing changes.

    The layer adds a term of its own to the loss, β times the Kullback-Leibler divergence from the prior N(0, I),
    averaged over the samples:

        KL = 1/2 Σ (μ² + σ² - 1 - ln σ²)

        ∂/∂μ = g + β μ / N        ∂/∂ ln σ² = g ∘ ε ∘ σ / 2 + β (σ² - 1) / 2N        with g = dLoss/dz

    Kingma & Welling 2013, arXiv:1312.6114, appendix B; first and third lecture. β: Higgins et al. 2017.

    Parameters
    ----------
    inputDim : number of inputs.
    latentDim : number of latent variables, the rows of z.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : for the weights, see `layers.initializer`; default "glorot_uniform". Biases start at 0.
    beta : β ≥ 0; default 1.
    rng : numpy.random.Generator or seed for the weights and for ε; default the library's own, which `nn.seed` sets.

    Attributes
    ----------
    warmth : multiplies β, for a divergence that is to weigh less at the beginning of a training; 1.

    Example
    -------
    >>> sampler = Sampler(inputDim=3, latentDim=2, rng=0)
    >>> sampler.feedforward(np.zeros((3, 1000))).shape
    (2, 1000)
    >>> mean, logVariance = sampler.distribution(np.zeros((3, 1)))
    >>> sampler.penalty()
    0.0
    """

    def __init__(
        self,
        inputDim: int,
        latentDim: int,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer = "glorot_uniform",
        beta: float = 1.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(optimizer)
        self.inputDim = positive_dimension("Sampler", "inputDim", inputDim)
        self.latentDim = positive_dimension("Sampler", "latentDim", latentDim)
        self.beta = beta
        self.warmth = 1.0
        self.rng = None if rng is None else np.random.default_rng(rng)
        self.inputShape = (self.inputDim,)
        initialize = find(initializer)
        weight = [
            initialize((self.latentDim, self.inputDim), self.inputDim, self.latentDim, self._generator())
            for _ in ("mean", "log-variance")
        ]
        self._create(weight=np.concatenate(weight), bias=np.zeros((2 * self.latentDim, 1)))

    @property
    def beta(self) -> float:
        """β, the weight of the divergence in the loss."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < np.inf:
            raise ValueError(f"Sampler needs beta >= 0, got {value!r}")
        self._beta = float(value)

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()} takes {self.inputDim} inputs, got samples of shape {inputShape}")
        return (self.latentDim,)

    def distribution(self, input: Any) -> tuple[Array, Array]:
        """μ and ln σ² for `input` (inputDim, N), new arrays of shape (latentDim, N). Draws nothing."""
        current, self._pass = self._pass, self._inference
        try:
            mean, logVariance = self._distribution(self._accept(np.asarray(input)))
            return mean.copy(), logVariance.copy()
        finally:
            self._pass = current

    def penalty(self) -> float:
        return self.beta * self.warmth * self.divergence()

    def divergence(self) -> float:
        """KL(N(μ, diag σ²) ‖ N(0, I)) in nats at the last forward pass, summed over the latent variables, averaged
        over the samples."""
        mean, logVariance = self._passed("mean"), self._passed("logVariance")
        return float(np.sum(divergences(mean, logVariance), dtype=float)) / max(mean.shape[1], 1)

    def _distribution(self, input: Array) -> tuple[Array, Array]:
        """μ and ln σ² in buffers."""
        both = self.buffer("both", (2 * self.latentDim, input.shape[1]))
        np.matmul(self._parameters["weight"], input, out=both)  # (2 latent, in) · (in, N) = (2 latent, N)
        both += self._parameters["bias"]
        mean, logVariance = both[: self.latentDim], both[self.latentDim :]
        logVariance /= BOUND
        np.tanh(logVariance, out=logVariance)
        logVariance *= BOUND
        return mean, logVariance

    def _forward(self, input: Array, training: bool) -> Array:
        mean, logVariance = self._distribution(input)
        deviation = np.exp(np.multiply(logVariance, 0.5, out=self.buffer("deviation", mean.shape)))
        noise = self._generator().standard_normal(mean.shape, dtype=self.dtype)
        self._pass |= {"mean": mean, "logVariance": logVariance, "deviation": deviation, "noise": noise}
        z = np.multiply(deviation, noise, out=self.buffer("output", mean.shape))
        z += mean
        return z

    def _backward(self, gradient: Array, parameterGradients: bool, inputGradient: bool) -> Array | None:
        X, mean, s, deviation, noise = (
            self._pass[name] for name in ("input", "mean", "logVariance", "deviation", "noise")
        )
        delta = self.buffer("delta", (2 * self.latentDim, X.shape[1]))
        beta = self.beta * self.warmth / max(X.shape[1], 1)
        delta[: self.latentDim] = gradient + beta * mean
        delta[self.latentDim :] = 0.5 * (gradient * noise * deviation + beta * (deviation * deviation - 1))
        delta[self.latentDim :] *= 1 - (s / BOUND) ** 2  # of L tanh(r / L)
        if parameterGradients:
            np.matmul(delta, X.T, out=self._gradients["weight"])  # (2 latent, N) · (N, in) = (2 latent, in)
            np.matmul(delta, self.ones(X.shape[1]), out=self._gradients["bias"])
        if not inputGradient:
            return None
        return np.matmul(self._parameters["weight"].T, delta, out=self.buffer("gradient", X.shape))

    def _generator(self) -> np.random.Generator:
        return randomness.networks.generator if self.rng is None else self.rng

    def __repr__(self) -> str:
        return f"Sampler {self.inputDim} → {self.latentDim}"


def divergences(mean: Array, logVariance: Array) -> Array:
    """1/2 (μ² + σ² - 1 - ln σ²), the divergence of every N(μ, σ²) from N(0, 1), in the shape of both."""
    return 0.5 * (mean * mean + (np.expm1(logVariance) - logVariance))  # σ² - 1 loses nothing where σ is near 1

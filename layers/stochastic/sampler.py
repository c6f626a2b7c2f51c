"""The stochastic layer of the variational autoencoder."""

from __future__ import annotations

from typing import Any

from leibnet import arguments, randomness
from leibnet.arrays import standardNormal
from leibnet.types import Array, Shape

import numpy as np

from layers.initializer import Initializer, initial
from layers.learning import Learning
from layers.passes import Pass, Wanted
from layers.penalty import GaussianDivergence
from layers.shapes import wrongShape
from optimizer import Optimizer

BOUND = 20.0  # of the log-variance: exp(20) and exp(-20) are far from overflow and from 0 in single precision


class Sampler(Learning):
    """z = μ + σ ∘ ε with ε ~ N(0, I): a draw from N(μ(x), diag σ²(x)), the reparametrisation trick.

        (μ, r) = W X + b        ln σ² = L tanh(r / L) with L = 20

    The log-variance r is kept between -L and L, smoothly, so that no exponential overflows; near 0 nothing changes.

    The layer adds a term of its own to the loss, β times the Kullback-Leibler divergence from the prior N(0, I),
    averaged over the samples:

        KL = 1/2 Σ (μ² + σ² - 1 - ln σ²)

        dμ = dz + β μ / N        d ln σ² = dz ∘ ε ∘ σ / 2 + β (σ² - 1) / 2N

    Kingma & Welling 2013, arXiv:1312.6114, appendix B; first and third lecture. β: Higgins et al. 2017.

    Parameters
    ----------
    inputDim : number of inputs.
    latentDim : number of latent variables, the rows of z.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : for the weights, see `layers.initializer`; default "glorot_uniform". Biases start at 0.
    beta : β ≥ 0; default 1. It can be set later, too.
    rng : numpy.random.Generator or seed for the weights and for ε; default the library's own, which `nn.seed` sets.

    Attributes
    ----------
    penalty : the divergence, a `GaussianDivergence`.

    Example
    -------
    >>> sampler = Sampler(inputDim=3, latentDim=2, rng=0)
    >>> sampler.feedforward(np.zeros((3, 1000))).shape
    (2, 1000)
    >>> mean, logVariance = sampler.distribution(np.zeros((3, 1)))
    >>> sampler.divergence()
    0.0
    """

    penalty: GaussianDivergence

    def __init__(
        self,
        inputDim: int,
        latentDim: int,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer = "glorot_uniform",
        beta: float = 1.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(optimizer, GaussianDivergence(beta))
        self.inputDim = arguments.wholeNumber("Sampler", "inputDim", inputDim)
        self.latentDim = arguments.wholeNumber("Sampler", "latentDim", latentDim)
        self.rng = arguments.randomGenerator("Sampler", rng)
        self.inputShape = (self.inputDim,)
        source, shape = self.rng or randomness.networks.generator, (self.latentDim, self.inputDim)
        weight = [
            initial("Sampler", initializer, shape, self.inputDim, self.latentDim, source)
            for _ in ("mean", "log-variance")
        ]
        self._create(weight=np.concatenate(weight), bias=np.zeros((2 * self.latentDim, 1)))

    @property
    def beta(self) -> float:
        """β, the weight of the divergence in the loss."""
        return self.penalty.beta

    @beta.setter
    def beta(self, value: float) -> None:
        self.penalty.beta = value

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()}: {wrongShape((self.inputDim,), (*inputShape, 'N'))}")
        return (self.latentDim,)

    def distribution(self, x: Any) -> tuple[Array, Array]:
        """μ and ln σ² for x (inputDim, N), new arrays of shape (latentDim, N). Draws nothing."""
        with self.use("inference"):
            now = self.now
            now.x = self.accept(x)
            mean, log_variance = self._distribution(now)
            return mean.copy(), log_variance.copy()

    def divergence(self) -> float:
        """KL(N(μ, diag σ²) ‖ N(0, I)) in nats at the last forward pass, summed over the latent variables, averaged
        over the samples."""
        return self.penalty.divergence(self.passed())

    def divergences(self) -> Array:
        """That of every latent variable, (latentDim,)."""
        return self.penalty.divergences(self.passed()).mean(axis=1)

    def _distribution(self, now: Pass) -> tuple[Array, Array]:
        """μ and ln σ² in buffers."""
        W, b = self.block.values["weight"], self.block.values["bias"]
        both = now.buffer("both", (2 * self.latentDim, now.x.shape[1]))
        np.matmul(W, now.x, out=both)  # (2 latent, in) · (in, N) = (2 latent, N)
        both += b
        mean, log_variance = both[: self.latentDim], both[self.latentDim :]
        log_variance /= BOUND
        np.tanh(log_variance, out=log_variance)
        log_variance *= BOUND
        return mean, log_variance

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.mean, now.logVariance = self._distribution(now)
        now.deviation = np.exp(np.multiply(now.logVariance, 0.5, out=now.buffer("deviation", now.mean.shape)))
        now.noise = standardNormal(self.generator(), now.mean.shape, x)
        z = np.multiply(now.deviation, now.noise, out=now.buffer("z", now.mean.shape))
        z += now.mean
        return z

    def penalised(self, dy: Array, now: Pass, wanted: Wanted) -> Array:
        now.dpenalty = self.penalty.gradient(now) if wanted.parameters else (0.0, 0.0)  # for μ and ln σ², not for z
        return dy

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        x, L = now.x, self.latentDim
        dmean, dlog_variance = now.dpenalty
        delta = now.buffer("delta", (2 * L, x.shape[1]))
        delta[:L] = dz + dmean
        delta[L:] = 0.5 * (dz * now.noise * now.deviation) + dlog_variance
        delta[L:] *= 1 - (now.logVariance / BOUND) ** 2  # of L tanh(r / L)
        if wanted.parameters:
            np.matmul(delta, x.T, out=self.block.gradients["weight"])  # (2 latent, N) · (N, in) = (2 latent, in)
            np.matmul(delta, now.ones(x.shape[1]), out=self.block.gradients["bias"])
        if not wanted.input:
            return None
        return np.matmul(self.block.values["weight"].T, delta, out=now.buffer("dx", x.shape))

    def multiplications(self, inputShape: Shape) -> int:
        return (self.inputDim + 1) * 2 * self.latentDim

    def __repr__(self) -> str:
        return f"Sampler {self.inputDim} -> {self.latentDim}"

"""The stochastic layer of the variational autoencoder."""

from __future__ import annotations

from typing import Any

from leibnet import arguments, randomness
from leibnet.arrays import standardNormal
from leibnet.fused.choice import Kernel
from leibnet.gaussian import BOUND, boundLogVariance, boundSlope
from leibnet.types import Array, Shape

import numpy as np

from layers.initializer import Initializer, initial
from layers.learning import Learning
from layers.passes import Pass, Wanted
from layers.penalties.gaussiandivergence import GaussianDivergence
from layers.shapes import wrongShape
from optimizer import Optimizer


class Sampler(Learning):
    """z = μ + σ ∘ ε with ε ~ N(0, I): a draw from N(μ(x), diag σ²(x)), the reparametrisation trick.

        (μ, r) = W X + b        ln σ² = L tanh(r / L) with L = 20

    The log-variance r is kept between -L and L, smoothly, so that no exponential overflows; near 0 nothing changes.

    The layer adds a term of its own to the loss, β times the Kullback-Leibler divergence from the prior N(0, I),
    averaged over the samples:

        KL = 1/2 Σ (μ² + σ² - 1 - ln σ²)

        dμ = dz + β μ / N        d ln σ² = dz ∘ ε ∘ σ / 2 + β (σ² - 1) / 2N

    Kingma & Welling 2013, arXiv:1312.6114, appendix B; first and third lecture. β: Higgins et al. 2017. The mean of KL
    over all samples has a part that says how far the codes are from being independent of one another, their total
    correlation TC = KL(q(z) ‖ Πⱼ q(zⱼ)). γ times its estimate in the batch, see `layers.penalties.totalcorrelation`,
    can be added: β = 1 and γ = 5 are the β-TCVAE with β = 6 of Chen et al. 2018, arXiv:1802.04942.

    Parameters
    ----------
    inputDim : number of inputs.
    latentDim : number of latent variables, the rows of z.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : for the weights, see `layers.initializer`; default "glorot_uniform". Biases start at 0.
    beta : β ≥ 0; default 1. It can be set later, too.
    rng : numpy.random.Generator or seed for the weights and for ε; default the library's own, which `nn.seed` sets.
    totalCorrelation : γ ≥ 0; default 0. It can be set later, too.

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
        totalCorrelation: float = 0.0,
    ) -> None:
        super().__init__(optimizer, GaussianDivergence(beta, totalCorrelation))
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

    @property
    def totalCorrelation(self) -> float:
        """γ, the weight of the total correlation in the loss."""
        return self.penalty.totalCorrelation

    @totalCorrelation.setter
    def totalCorrelation(self, value: float) -> None:
        self.penalty.totalCorrelation = value

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()}: {wrongShape((self.inputDim,), (*inputShape, 'N'))}")
        return (self.latentDim,)

    def distribution(self, x: Any) -> tuple[Array, Array]:
        """μ and ln σ² for x (inputDim, N), new arrays of shape (latentDim, N). Draws nothing."""
        with self.use("inference"):
            now = self.now
            now.x = self.accept(x)
            both = self._product(now)
            _distribution(both, self.block.values["bias"], BOUND)
            return both[: self.latentDim].copy(), both[self.latentDim :].copy()

    def divergence(self) -> float:
        """KL(N(μ, diag σ²) ‖ N(0, I)) in nats at the last forward pass, summed over the latent variables, averaged
        over the samples."""
        return self.penalty.divergence(self.passed())

    def divergences(self) -> Array:
        """That of every latent variable, (latentDim,)."""
        return self.penalty.divergences(self.passed()).mean(axis=1)

    def correlation(self) -> float:
        """The total correlation of the codes that were drawn in the last forward pass, in nats, as the batch tells."""
        return self.penalty.correlation(self.passed())

    def _product(self, now: Pass) -> Array:
        """W x, in a buffer: (2 latent, in) · (in, N) = (2 latent, N)."""
        both = now.buffer("both", (2 * self.latentDim, now.x.shape[1]))
        return np.matmul(self.block.values["weight"], now.x, out=both)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.both = both = self._product(now)
        now.mean, now.logVariance = both[: self.latentDim], both[self.latentDim :]
        now.noise = standardNormal(self.generator(), now.mean.shape, x)
        now.deviation, z = now.buffer("deviation", now.mean.shape), now.buffer("z", now.mean.shape)
        draw: Kernel = now.kernel("gaussianDraw", both, now.noise) or _draw
        draw(both, self.block.values["bias"], now.noise, now.deviation, z, BOUND)
        now.z = z
        return z

    def penalised(self, dy: Array, now: Pass, wanted: Wanted) -> Array:
        if not wanted.parameters:
            now.dpenalty = np.zeros_like(now.mean), np.zeros_like(now.mean)
            return dy
        now.dpenalty = dmean, dlog_variance = self.penalty.gradient(now)  # for μ and ln σ², not for z
        if (shares := self.penalty.correlationGradient(now)) is None:
            return dy
        dmean += shares.dmean
        dlog_variance += shares.dlogVariance
        return dy + shares.dz

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        x, gradients = now.x, self.block.gradients
        delta = now.buffer("delta", now.both.shape)
        db = gradients["bias"] if wanted.parameters else now.buffer("db", gradients["bias"].shape)
        back: Kernel = now.kernel("gaussianDrawBackward", dz, now.both) or _draw_backward
        back(dz, now.both, now.noise, now.deviation, *now.dpenalty, delta, db, BOUND)
        if wanted.parameters:
            np.matmul(delta, x.T, out=gradients["weight"])  # (2 latent, N) · (N, in) = (2 latent, in)
        if not wanted.input:
            return None
        return np.matmul(self.block.values["weight"].T, delta, out=now.buffer("dx", x.shape))

    def multiplications(self, inputShape: Shape) -> int:
        return (self.inputDim + 1) * 2 * self.latentDim

    def __repr__(self) -> str:
        return f"Sampler {self.inputDim} -> {self.latentDim}"


def _distribution(both: Array, b: Array, bound: float) -> None:
    """(μ, r) ← both + b and ln σ² = L tanh(r / L) in place of r; L is the bound."""
    both += b
    boundLogVariance(both[len(both) // 2 :], bound)


def _draw(both: Array, b: Array, noise: Array, deviation: Array, z: Array, bound: float) -> None:
    """μ and ln σ² in place of `both`, (2 latent, N), which lacks b; σ and z = μ + σ ∘ ε, (latent, N)."""
    _distribution(both, b, bound)
    np.exp(np.multiply(both[len(z) :], 0.5, out=deviation), out=deviation)
    np.multiply(deviation, noise, out=z)
    z += both[: len(z)]


def _draw_backward(
    dz: Array,
    both: Array,
    noise: Array,
    deviation: Array,
    dmean: Array,
    dlogVariance: Array,
    delta: Array,
    db: Array,
    bound: float,
) -> None:
    """The gradient with respect to (μ, r) in `delta`, (2 latent, N), and its sum over the samples in db."""
    L = len(dz)
    np.add(dz, dmean, out=delta[:L])
    delta[L:] = 0.5 * (dz * noise * deviation) + dlogVariance
    delta[L:] *= boundSlope(both[L:], bound)
    np.add.reduce(delta, axis=1, keepdims=True, out=db)

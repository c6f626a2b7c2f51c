"""The layer between the visible and the hidden units of a restricted Boltzmann machine."""

from __future__ import annotations

import math
from typing import Any

from leibnet import arguments, randomness
from leibnet.arrays import euclideanNorm, wholeNumbers
from leibnet.ranks import apart, averaged
from leibnet.types import Array, Shape

import numpy as np

from activations import Sigmoid
from layers import Learning, Pass, Wanted
from layers.affine import Affine
from layers.initializer import Initializer, initial
from layers.shapes import wrongShape
from nn.models.energy.units import UNITS, BernoulliUnits, softplus
from optimizer import Optimizer

HIDDEN = BernoulliUnits()
DEVIATION = 0.01  # of initial weights, Hinton 2010, "A Practical Guide to Training Restricted Boltzmann Machines"


def _small(shape: Shape, fanIn: int, fanOut: int, rng: np.random.Generator) -> Array:
    return rng.normal(0, DEVIATION, shape)


class BoltzmannLayer(Affine):
    """p(h = 1 | v) = σ(W (v - μ) + c), and back: p(v | h) by the input Wᵀ(h - λ) + b. The energy of both is

        E(v, h) = own(v - μ) - b·(v - μ) - c·(h - λ) - (h - λ)ᵀ W (v - μ)

    As a layer it gives the hidden probabilities. The offsets μ and λ, where the units are 0 in the energy, are kept and
    not learnt: near the means of the units, they make the training well conditioned (Montavon & Müller 2012).

    Parameters
    ----------
    inputDim, outputDim : number of visible and of hidden units.
    visible : "bernoulli" or "gaussian", see `UNITS`.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : of the weights; default N(0, 0.01²).
    rng : generator or seed, for the weights and for all draws; default the library's own.

    Attributes
    ----------
    weight, bias, visibleBias : W (outputDim, inputDim), c (outputDim, 1) and b (inputDim, 1).
    visibleOffset, hiddenOffset : μ (inputDim, 1) and λ (outputDim, 1).
    units : how the visible units behave.
    """

    def __init__(
        self,
        inputDim: int,
        outputDim: int,
        visible: str = "bernoulli",
        optimizer: Optimizer | None = None,
        initializer: str | Initializer = _small,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(Sigmoid(), optimizer)
        self.inputDim = arguments.wholeNumber("RBM", "inputDim", inputDim)
        self.outputDim = arguments.wholeNumber("RBM", "hiddenDim", outputDim)
        self.visible = arguments.choice("RBM", "visible", visible, list(UNITS))
        self.units, self.inputShape = UNITS[self.visible], (self.inputDim,)
        self.rng = arguments.randomGenerator("RBM", rng)
        source, shape = self.rng or randomness.networks.generator, (self.outputDim, self.inputDim)
        weight = initial("RBM", initializer, shape, self.inputDim, self.outputDim, source)
        visible_zeros, hidden_zeros = np.zeros((self.inputDim, 1)), np.zeros((self.outputDim, 1))
        self._create(weight=weight, bias=hidden_zeros, visibleBias=visible_zeros)
        self.keep(visibleOffset=visible_zeros, hiddenOffset=hidden_zeros)

    @property
    def visibleBias(self) -> Array:
        """b, (inputDim, 1). Assigning copies the values into the existing array."""
        return self.block.values["visibleBias"]

    @visibleBias.setter
    def visibleBias(self, value: Any) -> None:
        self._assign("visibleBias", value)

    @property
    def visibleOffset(self) -> Array:
        """μ, (inputDim, 1)."""
        return self._statistics["visibleOffset"]

    @property
    def hiddenOffset(self) -> Array:
        """λ, (outputDim, 1)."""
        return self._statistics["hiddenOffset"]

    # As a layer ------------------------------------------------------------------------------------------------------

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()}: {wrongShape((self.inputDim,), (*inputShape, 'N'))}")
        return (self.outputDim,)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.u = np.subtract(x, self.visibleOffset, out=now.buffer("u", x.shape))
        return np.dot(self.weight, now.u, out=now.buffer("z", (self.outputDim, x.shape[1])))  # (h, v) · (v, N) = (h, N)

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        now.factors = dz, now.u
        if wanted.parameters:
            np.dot(dz, now.u.T, out=self.block.gradients["weight"])  # (h, N) · (N, v) = (h, v)
            self.block.gradients["visibleBias"].fill(0)
        return np.dot(self.weight.T, dz, out=now.buffer("dx", now.u.shape)) if wanted.input else None

    def multiplications(self, inputShape: Shape) -> int:
        return (self.inputDim + 1) * self.outputDim

    # As a Boltzmann machine ------------------------------------------------------------------------------------------

    def drawHidden(self, z: Array, now: Pass, rng: np.random.Generator) -> tuple[Array, Array]:
        """p(h = 1 | v) and a draw of h - λ, for z = W (v - μ), which is used up; in buffers of `now`."""
        return HIDDEN.draw(z, self.bias, self.hiddenOffset, now, rng, "hidden")

    def drawOf(self, z: Array, now: Pass, rng: np.random.Generator) -> Array:
        """A draw of h - λ for hidden units with the input z, which is used up; in a buffer of `now`."""
        return HIDDEN.draw(z, np.zeros_like(self.bias), self.hiddenOffset, now, rng, "hidden")[1]

    def drawVisible(self, h: Array, now: Pass, rng: np.random.Generator) -> tuple[Array, Array]:
        """E[v | h] and a draw of v - μ, for centred hidden states h - λ; in buffers of `now`."""
        x = np.dot(self.weight.T, h, out=now.buffer("x", (self.inputDim, h.shape[1]), h))  # (v, h) · (h, N) = (v, N)
        return self.units.draw(x, self.visibleBias, self.visibleOffset, now, rng)

    def hiddenInput(self, u: Array, now: Pass) -> Array:
        """W u, for centred visible states u, in a buffer of `now`."""
        return np.dot(self.weight, u, out=now.buffer("input", (self.outputDim, u.shape[1]), u))

    def hiddenMean(self, u: Array, now: Pass) -> tuple[Array, Array]:
        """W u + c and p(h = 1 | v), for centred visible states u, in buffers of `now`."""
        z = self.hiddenInput(u, now)
        p = now.buffer("mean", z.shape, z)
        if (fused := self._kernel("Forward", z, now)) is not None:
            fused(z, self.bias, p, self.activation.kernelSetting)
            return z, p
        z += self.bias
        return z, self.activation.apply(z, out=p)

    def walk(self, u: Array, steps: int, now: Pass, rng: np.random.Generator) -> tuple[Array, Array]:
        """E[v | h] and centred visible states after so many steps of alternating Gibbs sampling from u."""
        mean = u
        for _ in range(steps):
            _, h = self.drawHidden(self.hiddenInput(u, now), now, rng)
            mean, u = self.drawVisible(h, now, rng)
        return mean, u

    def noise(self, n: int, rng: np.random.Generator) -> Array:
        """Draws of visible units that stand alone, with the data's means, (inputDim, n)."""
        bias = np.repeat(self.visibleBias, n, axis=1)
        with apart(rng) as own:  # of no samples
            u = self.units.draw(bias, np.zeros_like(self.visibleBias), self.visibleOffset, Pass(), own)[1]
        return u + self.visibleOffset

    def freeEnergy(self, u: Array, z: Array) -> Array:
        """F(v) = -ln Σ_h exp(-E(v, h)) for u = v - μ and z = W u + c, (N,) in float64.

        F(v) = own(u) - b·u - Σⱼ (ln(1 + exp zⱼ) - λⱼ zⱼ)
        """
        visible = self.units.own(u) - (self.visibleBias.T @ u)[0]
        return visible - (softplus(z) - self.hiddenOffset * z).sum(axis=0, dtype=float)

    def pseudoLikelihood(self, v: Array, u: Array, z: Array, energies: Array, rng: np.random.Generator) -> float:
        """d ln p(vᵢ | all others) in mean, i drawn for every sample of d Bernoulli units, from its free energies."""
        d, n = v.shape
        place = wholeNumbers(rng, d, (n,)), np.arange(n)
        change = 1 - 2 * v[place]
        u = u.copy()
        u[place] += change
        flipped = self.freeEnergy(u, z + self.weight[:, place[0]] * change)
        return -d * float(softplus(energies - flipped).mean())

    def logConditional(self, u: Array, h: Array) -> Array:
        """ln p(v | h) of every column, (N,), for centred states."""
        x = self.weight.T @ h + self.visibleBias
        return (x * u).sum(axis=0, dtype=float) - self.units.own(u) - self.units.logPartition(x, self.visibleOffset)

    def contrast(self, data: tuple[Array, Array], model: tuple[Array, Array], now: Pass) -> None:
        """Leaves the gradient of mean F(data) - mean F(model), which with draws from the model is that of -ln p(data).

            dW = -⟨(p - λ) uᵀ⟩_data + ⟨(p - λ) uᵀ⟩_model        db = -⟨u⟩_data + ⟨u⟩_model        dc likewise of p - λ

        data, model : hidden probabilities p and centred visible states u of each.
        """
        (p, u), (q, w) = data, model
        n, m = p.shape[1], q.shape[1]
        hidden = now.buffer("hidden", (self.outputDim, n + m), p)
        np.subtract(self.hiddenOffset, p, out=hidden[:, :n])
        np.subtract(q, self.hiddenOffset, out=hidden[:, n:])
        hidden[:, :n] *= 1 / n
        hidden[:, n:] *= 1 / m
        visible = now.buffer("visible", (self.inputDim, n + m), u)
        visible[:, :n], visible[:, n:] = u, w
        signs = now.buffer("signs", (n + m, 1), u)
        signs[:n], signs[n:] = -1 / n, 1 / m
        now.hasGradients, now.dy, now.factors = self.trainable, hidden, (hidden, visible)
        if self.trainable:
            gradients = self.block.gradients
            np.dot(hidden, visible.T, out=gradients["weight"])  # (h, n + m) · (n + m, v) = (h, v)
            np.dot(hidden, now.ones(n + m), out=gradients["bias"])
            np.dot(visible, signs, out=gradients["visibleBias"])

    def moveVisibleOffset(self, offset: Array) -> None:
        """Another μ; c moves with it, so that the distribution stays."""
        self.bias += self.weight @ (offset - self.visibleOffset)
        self.visibleOffset[...] = offset

    def moveHiddenOffset(self, p: Array, rate: float) -> None:
        """λ ← λ + rate (⟨p⟩ - λ) for hidden probabilities p; b moves with it, so that the distribution stays."""
        change = averaged(p.mean(axis=1, keepdims=True))
        change -= self.hiddenOffset
        change *= rate
        self.hiddenOffset[...] += change
        self.visibleBias += self.weight.T @ change

    def hasFiniteGradients(self) -> bool:
        hidden, visible = self.passed().factors  # |Σ hᵢ vⱼ| ≤ ‖h‖ ‖v‖: two small arrays in place of a large one
        bound = euclideanNorm(hidden) * max(euclideanNorm(visible), math.sqrt(visible.shape[1]))
        return bound < (1e37 if self.dtype.itemsize == 4 else 1e307) or Learning.hasFiniteGradients(self)

    def __repr__(self) -> str:
        return f"BoltzmannLayer {self.inputDim} -> {self.outputDim}, {self.visible}"

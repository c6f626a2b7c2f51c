"""The likelihood of a Boltzmann machine: its partition function, counted out or estimated from both sides."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from leibnet.arguments import instance, randomGenerator, refusal, wholeNumber
from leibnet.arrays import asArray
from leibnet.types import Array

import numpy as np

from layers import Pass
from nn.models.energy.boltzmannlayer import BoltzmannLayer
from nn.models.energy.rbm import RBM
from nn.models.energy.units import softplus

LARGEST = 25  # units of the side whose states are counted out: 2²⁵ of them take a minute
CHUNK = 12  # units whose states are looked at together
# Salakhutdinov & Murray 2008: 500 temperatures up to 0.5, 4,000 up to 0.9 and 10,000 up to 1
STRETCHES = ((0.0, 0.5, 500 / 14_500), (0.5, 0.9, 4_000 / 14_500), (0.9, 1.0, 10_000 / 14_500))


class LogPartition(NamedTuple):
    """An estimate of ln Z.

    Attributes
    ----------
    value : ln Z in nats.
    standardError : of the value, from the spread between chains; NaN of one chain.
    effectiveSamples : how many chains of equal weight are worth as much as these, (Σ w)² / Σ w²; near 1, one chain
        alone makes the estimate, which is then worth nothing: take more temperatures.
    chains : how many there were.
    """

    value: float
    standardError: float
    effectiveSamples: float
    chains: int

    def __repr__(self) -> str:
        worth = f"{self.effectiveSamples:.1f} of {self.chains} chains effective"
        return f"ln Z = {self.value:.2f} +- {self.standardError:.2f}, {worth}"


class LikelihoodBracket(NamedTuple):
    """The mean of ln p(x) over some samples, from below and from above, in nats.

    Attributes
    ----------
    lower : by reverse annealed importance sampling, which in mean is too low.
    upper : by annealed importance sampling, which in mean is too high.
    reverse, forward : the estimates of ln Z that they come from.
    """

    lower: float
    upper: float
    reverse: LogPartition
    forward: LogPartition

    def __repr__(self) -> str:
        sides = ((self.lower, self.reverse), (self.upper, self.forward))
        below, above = (f"{value:.2f} +- {one.standardError:.2f}" for value, one in sides)
        worth = f"{self.reverse.effectiveSamples:.1f} and {self.forward.effectiveSamples:.1f}"
        return f"ln p(x) from {below} to {above} nats; {worth} chains effective"


def exactLogPartition(rbm: RBM) -> float:
    """ln Z in nats, the sum over all states of the smaller side, which has at most 25 units; in float64.

    The hidden units, or the visible ones where they are fewer and binary: the other side is summed in closed form.

    Raises
    ------
    ValueError : more units than that: `annealedLogPartition` estimates.

    Example
    -------
    >>> from nn import RBM
    >>> rbm = RBM(30, 4, rng=0)
    >>> rbm.layer.weight *= 0  # then all 2³⁴ states are alike
    >>> round(exactLogPartition(rbm) / math.log(2), 6)
    34.0
    """
    layer = _doubled(_machine("exactLogPartition", rbm).layer)
    counting_visible = layer.visible == "bernoulli" and layer.inputDim < layer.outputDim
    units = layer.inputDim if counting_visible else layer.outputDim
    if units > LARGEST:
        remedy = "annealedLogPartition estimates ln Z"
        raise ValueError(refusal("exactLogPartition", "the smaller side", f"of at most {LARGEST} units", units, remedy))
    few = min(units, CHUNK)
    low = _states(np.arange(2**few), few)
    total = -math.inf
    for high in range(2 ** (units - few)):
        states = np.concatenate([low, np.repeat(_states(np.array([high]), units - few), 2**few, axis=1)])
        terms = _log_visible_terms(layer, states) if counting_visible else _log_hidden_terms(layer, states)
        total = np.logaddexp(total, _log_sum_exp(terms))
    return float(total)


def annealedLogPartition(
    rbm: RBM,
    chains: int = 100,
    temperatures: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> LogPartition:
    """ln Z by annealed importance sampling (AIS; Neal 2001; Salakhutdinov & Murray 2008).

    Chains go from p₀, whose visible units stand alone and whose Z₀ is known, by way of p_β ∝ exp(-F_β) to p₁ = p; each
    has the weight w = Π exp(F_β(v) - F_β'(v)) over its steps from β to β'. ln Z₀ + ln mean w is too low in mean, and
    ln p(x) with it too high; the more temperatures, the less.

    Parameters
    ----------
    rbm : the machine.
    chains : how many; default 100.
    temperatures : steps of a chain, most of them near β = 1; default 10,000.
    rng : generator or seed; default the library's own.
    """
    path = _Path("annealedLogPartition", _machine("annealedLogPartition", rbm).layer, temperatures, rng)
    chains = wholeNumber("annealedLogPartition", "chains", chains)
    u, log_weights = path.start(chains), np.zeros(chains)
    for before, beta in zip(path.betas[:-1], path.betas[1:], strict=True):
        z = path.layer.weight @ u + path.layer.bias
        log_weights += path.logRatio(u, z, before, beta)
        if beta < 1:
            u = path.step(z, beta)
    weights = np.exp(log_weights - log_weights.max())
    value = path.logPartition + float(log_weights.max() + np.log(weights.mean()))
    error = float(weights.std(ddof=1) / weights.mean() / math.sqrt(chains)) if chains > 1 else math.nan
    return LogPartition(value, error, _effective(log_weights), chains)


def reverseLogPartition(
    rbm: RBM,
    x: Any,
    temperatures: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> LogPartition:
    """ln Z by annealed importance sampling in reverse, from samples to p₀: in mean too high (Burda et al. 2015, RAISE).

    A chain from x back to p₀ says how likely AIS with these temperatures would end in x: -F(x) - ln Z is a lower bound
    on that likelihood in mean, which tends to p(x) as the temperatures grow in number. Of the chains the mean of ln Z
    is taken, which is above the logarithm of their mean.

    Parameters
    ----------
    rbm : the machine.
    x : columns where chains begin, (inputDim, N): held-out data, or draws from the machine itself.
    temperatures, rng : as for `annealedLogPartition`; give both the same temperatures.
    """
    machine = _machine("reverseLogPartition", rbm)
    path = _Path("reverseLogPartition", machine.layer, temperatures, rng)
    u = machine.checkedStates("reverseLogPartition", x) - machine.layer.visibleOffset
    if not u.shape[1]:
        raise ValueError(refusal("reverseLogPartition", "x", "one column or more", u.shape))
    log_weights = np.zeros(u.shape[1])
    for before, beta in zip(path.betas[-2::-1], path.betas[:0:-1], strict=True):
        z = path.layer.weight @ u + path.layer.bias
        log_weights += path.logRatio(u, z, before, beta)
        if before > 0:
            u = path.step(z, before)
    error = float(log_weights.std(ddof=1) / math.sqrt(log_weights.size)) if log_weights.size > 1 else math.nan
    value = path.logPartition + float(log_weights.mean())
    return LogPartition(value, error, _effective(-log_weights), log_weights.size)


def likelihoodBracket(
    rbm: RBM,
    x: Any,
    chains: int = 100,
    temperatures: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> LikelihoodBracket:
    """The mean of ln p(x) over columns x (inputDim, N), from both sides: by AIS, and by AIS in reverse from some of x.

    Parameters as for `annealedLogPartition`; the columns where reverse chains begin are evenly spread over x. Of
    Bernoulli units x is 0 and 1: greys have no probability.

    Example
    -------
    >>> from nn import RBM
    >>> rbm, x = RBM(30, 4, rng=0), np.zeros((30, 10))
    >>> rbm.layer.weight *= 0
    >>> likelihoodBracket(rbm, x, chains=10, temperatures=100, rng=0)  # 2³⁰ states that are alike
    ln p(x) from -20.79 +- 0.00 to -20.79 +- 0.00 nats; 10.0 and 10.0 chains effective
    """
    machine, rng = _machine("likelihoodBracket", rbm), randomGenerator("likelihoodBracket", rng)
    x = asArray(x, "likelihoodBracket", "x")
    if not machine.checkedStates("likelihoodBracket", x).size:
        raise ValueError(refusal("likelihoodBracket", "x", "one column or more", x.shape))
    energy = float(machine.freeEnergy(x).mean())
    forward = annealedLogPartition(rbm, chains, temperatures, rng)
    begins = x[:, np.linspace(0, x.shape[1] - 1, min(chains, x.shape[1])).astype(int)]
    reverse = reverseLogPartition(rbm, begins, temperatures, rng)
    return LikelihoodBracket(-energy - reverse.value, -energy - forward.value, reverse, forward)


class _Path:
    """From p₀, in which the visible units stand alone, to p₁ = p of a machine.

    p_β has the visible bias (1 - β) a + β b, and β times the weights and hidden biases:

        -F_β(v) = ((1 - β) a + β b)·u - own(u) + Σⱼ (ln(1 + exp β zⱼ) - β λⱼ zⱼ)        u = v - μ, z = W u + c
    """

    def __init__(
        self, owner: str, layer: BoltzmannLayer, temperatures: int, rng: np.random.Generator | int | None
    ) -> None:
        count = wholeNumber(owner, "temperatures", temperatures)
        self.layer = layer
        self.betas = np.concatenate(
            [np.linspace(low, high, max(1, round(count * share)), endpoint=False) for low, high, share in STRETCHES]
            + [[1.0]]
        )
        centred = bool(layer.visibleOffset.any())
        self.a = layer.units.biasFor(layer.visibleOffset, layer.visibleOffset) if centred else layer.visibleBias
        self.logPartition = float(layer.units.logPartition(self.a, layer.visibleOffset)[0])
        self.logPartition += layer.outputDim * math.log(2)
        self.rng = randomGenerator(owner, rng) or layer.generator()
        self._now = Pass()

    def start(self, n: int) -> Array:
        """Centred draws from p₀, (inputDim, n)."""
        layer = self.layer
        x = np.repeat(self.a, n, axis=1)
        return layer.units.draw(x, np.zeros_like(self.a), layer.visibleOffset, self._now, self.rng)[1]

    def logRatio(self, u: Array, z: Array, before: float, beta: float) -> Array:
        """F_before - F_beta of every column, (N,) in float64."""
        layer, change = self.layer, beta - before
        hidden = softplus(beta * z) - softplus(before * z) - change * (layer.hiddenOffset * z)
        visible = ((layer.visibleBias - self.a).T @ u)[0]
        ratio: Array = hidden.sum(axis=0, dtype=float) + change * visible
        return ratio

    def step(self, z: Array, beta: float) -> Array:
        """One Gibbs step of p_β from states with these z; centred."""
        layer, now = self.layer, self._now
        h = layer.drawOf(beta * z, now, self.rng)
        x = beta * (layer.weight.T @ h)
        bias = (1 - beta) * self.a + beta * layer.visibleBias
        return layer.units.draw(x, bias, layer.visibleOffset, now, self.rng)[1]


def _machine(owner: str, rbm: Any) -> RBM:
    return instance(owner, "rbm", rbm, RBM, "RBM(784, 500)")


def _doubled(layer: BoltzmannLayer) -> BoltzmannLayer:
    """A copy in float64."""
    double = BoltzmannLayer(layer.inputDim, layer.outputDim, layer.visible, initializer="zeros")
    for name, array in (layer.parameters | layer.statistics).items():
        (double.parameters | double.statistics)[name][...] = array
    return double


def _states(numbers: Array, units: int) -> Array:
    """The binary digits of whole numbers as columns, (units, N)."""
    return (numbers[np.newaxis] >> np.arange(units)[:, np.newaxis] & 1).astype(float)


def _log_hidden_terms(layer: BoltzmannLayer, h: Array) -> Array:
    """ln Σ_v exp(-E(v, h)) for every column of hidden states."""
    centred = h - layer.hiddenOffset
    x = layer.weight.T @ centred + layer.visibleBias
    terms: Array = (layer.bias.T @ centred)[0] + layer.units.logPartition(x, layer.visibleOffset)
    return terms


def _log_visible_terms(layer: BoltzmannLayer, v: Array) -> Array:
    """-F(v) for every column of visible states."""
    u = v - layer.visibleOffset
    return -layer.freeEnergy(u, layer.weight @ u + layer.bias)


def _log_sum_exp(terms: Array) -> float:
    largest = terms.max()
    return float(largest + np.log(np.exp(terms - largest).sum()))


def _effective(log_weights: Array) -> float:
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights * weights).sum())

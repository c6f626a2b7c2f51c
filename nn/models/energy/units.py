"""The visible units of a Boltzmann machine: what a unit does, given its input."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

from leibnet.arguments import refusal
from leibnet.arrays import standardNormal, uniform
from leibnet.types import Array

import numpy as np

from activations import Sigmoid
from layers import Pass

_sigmoid = Sigmoid()
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
SCALE = 'scale them, or take visible="gaussian"'
RARE = 1e-2  # a unit that is on more rarely begins as if it were on so often: a bias of -∞ would stay there


def softplus(z: Array) -> Array:
    """ln(1 + exp(z)), as exact for large numbers as for small ones."""
    return np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))


class Units(ABC):
    """Units v with the energy own(u) - x·u, where u = v - μ is their centred state, and x their input.

    Attributes
    ----------
    range : the values that data may have.
    """

    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def checkRange(self, data: str, low: float, high: float, remedy: str = SCALE) -> None:
        """ValueError if data with these smallest and largest values are no states of such units."""
        least, most = self.range
        if low < least or high > most:
            raise ValueError(
                f"RBM: expected {data} to be in [{least:g}, {most:g}], states or probabilities of Bernoulli units, got "
                f"values from {low:g} to {high:g}; {remedy}"
            )

    def checkValues(self, data: str, values: Array, remedy: str = SCALE) -> None:
        """The same of all values of an array."""
        if values.size:
            self.checkRange(data, float(values.min()), float(values.max()), remedy)

    @abstractmethod
    def checkStates(self, owner: str, v: Array) -> None:
        """ValueError if some of these values are no states, but probabilities of such; `owner` asks."""

    @abstractmethod
    def mean(self, x: Array, offset: Array) -> Array:
        """E[v], given the input x; μ: `offset`."""

    @abstractmethod
    def draw(
        self, z: Array, b: Array, offset: Array, now: Pass, rng: np.random.Generator, name: str = "visible"
    ) -> tuple[Array, Array]:
        """E[v] and a draw of u = v - μ, given the input x = z + b, in buffers of `now`; z is used up. μ: `offset`."""

    @abstractmethod
    def own(self, u: Array) -> Array:
        """The part of the energy that is the units' own, (N,)."""

    @abstractmethod
    def logPartition(self, x: Array, offset: Array) -> Array:
        """ln Σ_v exp(x·u - own(u)) of every column of inputs x, an integral where v is continuous; (N,)."""

    @abstractmethod
    def biasFor(self, mean: Array, offset: Array) -> Array:
        """The input with which units that stand alone have about this mean; μ: `offset`."""


class BernoulliUnits(Units):
    """v is 0 or 1, p(v = 1) = σ(x). Numbers between them are taken for probabilities."""

    range = (0.0, 1.0)

    def checkStates(self, owner: str, v: Array) -> None:
        if not ((v == 0) | (v == 1)).all():
            remedy = "round it, or draw it: rng.random(x.shape) < x"
            raise ValueError(refusal(owner, "x", "0 and 1, states of Bernoulli units", "greys between them", remedy))

    def mean(self, x: Array, offset: Array) -> Array:
        return _sigmoid.apply(x)

    def draw(
        self, z: Array, b: Array, offset: Array, now: Pass, rng: np.random.Generator, name: str = "visible"
    ) -> tuple[Array, Array]:
        mean, u = now.buffer(f"{name} mean", z.shape, z), now.buffer(f"{name} draw", z.shape, z)
        noise = uniform(rng, z.shape, z)
        draw = now.kernel("bernoulliDraw", z, noise) or _draw
        draw(z, b, offset, noise, mean, u)
        return mean, u

    def own(self, u: Array) -> Array:
        return np.zeros_like(u, shape=u.shape[-1:])

    def logPartition(self, x: Array, offset: Array) -> Array:
        return (softplus(x) - offset * x).sum(axis=0, dtype=float)

    def biasFor(self, mean: Array, offset: Array) -> Array:
        p = np.clip(mean, RARE, 1 - RARE)
        return np.log(p / (1 - p))


class GaussianUnits(Units):
    """v ~ N(μ + x, 1): real numbers whose noise has the variance 1. Standardise the data."""

    def checkStates(self, owner: str, v: Array) -> None:
        """Every number is a state."""

    def mean(self, x: Array, offset: Array) -> Array:
        return x + offset

    def draw(
        self, z: Array, b: Array, offset: Array, now: Pass, rng: np.random.Generator, name: str = "visible"
    ) -> tuple[Array, Array]:
        z += b
        mean = np.add(z, offset, out=now.buffer(f"{name} mean", z.shape, z))
        u = np.add(z, standardNormal(rng, z.shape, z), out=now.buffer(f"{name} draw", z.shape, z))
        return mean, u

    def own(self, u: Array) -> Array:
        return 0.5 * np.einsum("dn,dn->n", u, u)

    def logPartition(self, x: Array, offset: Array) -> Array:
        return len(x) * HALF_LOG_2PI + 0.5 * np.einsum("dn,dn->n", x, x, dtype=float)

    def biasFor(self, mean: Array, offset: Array) -> Array:
        return mean - offset


def _draw(z: Array, b: Array, offset: Array, noise: Array, mean: Array, u: Array) -> None:
    """z ← z + b, mean = σ(z), u = 1 - offset where noise < mean, else -offset"""
    z += b
    _sigmoid.apply(z, out=mean)
    np.less(noise, mean, out=u)
    u -= offset


UNITS: dict[str, Units] = {"bernoulli": BernoulliUnits(), "gaussian": GaussianUnits()}

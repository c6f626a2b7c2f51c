"""Ways to corrupt data, for denoising autoencoders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import Any

from leibnet import randomness
from leibnet.arguments import number, randomGenerator, refusal
from leibnet.arrays import asArray, standardNormal, uniform
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np


class Corruption(Configurable, ABC, family="corruption"):
    """A random function x ↦ x̃ that spoils samples (third lecture).

    A corruption of your own writes `_corrupt`, and keeps the arguments of its constructor in attributes of the same
    names.

    Attributes
    ----------
    rng : the generator it draws from, or None for the library's own, which `nn.seed` sets.
    """

    rng: np.random.Generator | None = None

    def apply(self, x: Any, rng: np.random.Generator | int | None = None) -> Array:
        """A corrupted copy of `x` (..., N), drawn anew in every call.

        It draws from `rng`, a generator or seed, if that is given: the same seed gives the same corruption.
        """
        x = asArray(x)
        x = x if x.dtype in (np.float32, np.float64) else x.astype(float)
        given = randomGenerator(f"{self.name}.apply", rng)
        own = randomness.data.generator if self.rng is None else self.rng
        return self._corrupt(x, own if given is None else given)

    @abstractmethod
    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        """The corrupted copy, in the precision of x."""


class GaussianNoise(Corruption):
    """x̃ = x + ε with ε ~ N(0, σ² I), cut off at the ends of the data's range.

    Parameters
    ----------
    deviation : σ ≥ 0; default 0.5.
    clip : (low, high), default (0, 1); None for data without bounds.
    rng : generator or seed; default the library's own.

    Example
    -------
    >>> float(GaussianNoise(0.5).apply(np.full((784, 50), 0.2)).max())
    1.0
    """

    def __init__(
        self,
        deviation: float = 0.5,
        clip: tuple[float, float] | None = (0.0, 1.0),
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.deviation = number("GaussianNoise", "deviation", deviation, low=0)
        self.clip = None if clip is None else _ends(clip)
        self.rng = randomGenerator("GaussianNoise", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted = standardNormal(rng, x.shape, x)
        corrupted *= self.deviation
        corrupted += x
        return corrupted if self.clip is None else np.clip(corrupted, *self.clip, out=corrupted)


class Masking(Corruption):
    """Every feature is lost (set to `value`) with probability `share`, independently.

    Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders".

    Parameters
    ----------
    share : from 0 to 1; default 0.25.
    value : what a lost feature becomes; default 0.
    rng : generator or seed; default the library's own.
    """

    def __init__(self, share: float = 0.25, value: float = 0.0, rng: np.random.Generator | int | None = None) -> None:
        self.share = number("Masking", "share", share, low=0, high=1)
        self.value = number("Masking", "value", value)
        self.rng = randomGenerator("Masking", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted = x.copy()
        corrupted[uniform(rng, x.shape, x) < self.share] = self.value
        return corrupted


class SaltAndPepper(Corruption):
    """Every feature becomes black (`low`) or white (`high`), each with probability `share`/2, independently.

    Parameters
    ----------
    share : from 0 to 1; default 0.1.
    low, high : defaults 0 and 1.
    rng : generator or seed; default the library's own.
    """

    def __init__(
        self,
        share: float = 0.1,
        low: float = 0.0,
        high: float = 1.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.share = number("SaltAndPepper", "share", share, low=0, high=1)
        self.low = number("SaltAndPepper", "low", low)
        self.high = number("SaltAndPepper", "high", high)
        self.rng = randomGenerator("SaltAndPepper", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted, chance = x.copy(), uniform(rng, x.shape, x)
        corrupted[chance < self.share / 2] = self.low
        corrupted[chance >= 1 - self.share / 2] = self.high
        return corrupted


def _ends(clip: Any) -> tuple[float, float]:
    """The pair (low, high), low < high, of which one end may be infinite."""
    expected = "(low, high) with low < high, or None"
    if not (isinstance(clip, (tuple, list)) and len(clip) == 2 and all(isinstance(end, Real) for end in clip)):
        raise TypeError(refusal("GaussianNoise", "clip", expected, clip))
    if not clip[0] < clip[1]:
        raise ValueError(refusal("GaussianNoise", "clip", expected, clip))
    return float(clip[0]), float(clip[1])

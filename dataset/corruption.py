"""Ways to corrupt data, for denoising autoencoders."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from numbers import Real
from typing import Any, Self

from leibnet import randomness
from leibnet.arguments import number, randomGenerator, refusal
from leibnet.arrays import realNumbers, standardNormal, uniform, wholeNumbers
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from dataset.facts import Facts, Labels

DATA = "data"  # an argument that is left to the data


class Corruption(Configurable, ABC, family="corruption"):
    """A random function x ↦ x̃ that spoils samples (third lecture).

    What it puts in place of the data's numbers lies in their range, unless it is told otherwise: arguments that are
    "data" are left to the data set, and are those of `within`.

    A corruption of your own writes `_corrupt`, and keeps the arguments of its constructor in attributes of the same
    names. If some of them may be left to the data, it writes `within`, too.

    Attributes
    ----------
    rng : the generator it draws from, or None for the library's own, which `nn.seed` sets.
    """

    rng: np.random.Generator | None = None

    def apply(self, x: Any, rng: np.random.Generator | int | None = None, facts: Facts | None = None) -> Array:
        """A corrupted copy of `x` (..., N), drawn anew in every call.

        It draws from `rng`, a generator or seed, if that is given: the same seed gives the same corruption.

        `facts` says of which data set the samples are, `dataset.facts` or `batch.facts`; default: they are all there
        are. What is left to the data depends on it, such as the ends of their range.
        """
        owner = f"{self.name}.apply"
        x = realNumbers(owner, "x", x, finite=facts is None, scaled=True)
        x = x if x.dtype in (np.float32, np.float64) else x.astype(float)
        given = randomGenerator(owner, rng)
        own = randomness.data.generator if self.rng is None else self.rng
        suited = self.within(Facts(lambda: [x], Labels.of) if facts is None else facts)
        return suited._corrupt(x, own if given is None else given)

    def within(self, facts: Facts) -> Self:
        """This corruption with all that is left to the data as those of these facts have it."""
        return self

    def backward(self, dy: Array, x: Array, corrupted: Array) -> Array:
        """The gradient with respect to x, for dy, that of the corrupted copy: dy where a number was kept, else 0."""
        return dy * (corrupted == x)

    @abstractmethod
    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        """The corrupted copy, in the precision of x."""


class GaussianNoise(Corruption):
    """x̃ = x + ε with ε ~ N(0, σ² I), cut off at the ends of the data's range.

    Parameters
    ----------
    deviation : σ ≥ 0; default 0.5.
    clip : (low, high); None for data without bounds. Default "data": (0, 1) for data that lie there, otherwise the
        data set's `valueRange` or, where nothing is scaled, its smallest and largest number.
    rng : generator or seed; default the library's own.

    Example
    -------
    >>> float(GaussianNoise(0.5).apply(np.full((784, 50), 0.2)).max())
    1.0
    """

    def __init__(
        self,
        deviation: float = 0.5,
        clip: tuple[float, float] | str | None = DATA,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.deviation = number("GaussianNoise", "deviation", deviation, low=0)
        self.clip = clip if clip is None or _is_left(clip) else _ends(clip)
        self.rng = randomGenerator("GaussianNoise", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted = standardNormal(rng, x.shape, x)
        corrupted *= self.deviation
        corrupted += x
        return np.clip(corrupted, *self.clip, out=corrupted) if isinstance(self.clip, tuple) else corrupted

    def backward(self, dy: Array, x: Array, corrupted: Array) -> Array:
        if not isinstance(self.clip, tuple):
            return dy
        return dy * ((corrupted > self.clip[0]) & (corrupted < self.clip[1]))  # what was not cut off

    def within(self, facts: Facts) -> Self:
        return _with(self, clip=_range(facts)) if _is_left(self.clip) else self


class Masking(Corruption):
    """Every feature is lost (set to `value`) with probability `share`, independently.

    Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders".

    Parameters
    ----------
    share : from 0 to 1; default 0.25. Of several, such as (0.1, 0.5), every sample draws one, all equally likely.
    value : what a lost feature becomes. Default "data": black in grey values that a data set scales, otherwise 0, or
        the number of the data's range that is nearest to 0.
    rng : generator or seed; default the library's own.
    """

    def __init__(
        self,
        share: float | Sequence[float] = 0.25,
        value: float | str = DATA,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.share = _share("Masking", share)
        self.value = value if _is_left(value) else number("Masking", "value", value)
        self.rng = randomGenerator("Masking", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted, share = x.copy(), _of_samples(self.share, x, rng)
        corrupted[uniform(rng, x.shape, x) < share] = self.value
        return corrupted

    def within(self, facts: Facts) -> Self:
        if not _is_left(self.value):
            return self
        low, high = _range(facts)
        return _with(self, value=low if facts.valueRange is not None else min(max(0.0, low), high))


class SaltAndPepper(Corruption):
    """Every feature becomes black (`low`) or white (`high`), each with probability `share`/2, independently.

    Parameters
    ----------
    share : from 0 to 1; default 0.1. Of several, such as (0.1, 0.5), every sample draws one, all equally likely.
    low, high : default "data": the ends of the data's range, as for `GaussianNoise`.
    rng : generator or seed; default the library's own.
    """

    def __init__(
        self,
        share: float | Sequence[float] = 0.1,
        low: float | str = DATA,
        high: float | str = DATA,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.share = _share("SaltAndPepper", share)
        self.low = low if _is_left(low) else number("SaltAndPepper", "low", low)
        self.high = high if _is_left(high) else number("SaltAndPepper", "high", high)
        self.rng = randomGenerator("SaltAndPepper", rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted, share, chance = x.copy(), _of_samples(self.share, x, rng), uniform(rng, x.shape, x)
        corrupted[chance < share / 2] = self.low
        corrupted[chance >= 1 - share / 2] = self.high
        return corrupted

    def within(self, facts: Facts) -> Self:
        if not (_is_left(self.low) or _is_left(self.high)):
            return self
        low, high = _range(facts)
        return _with(self, low=low if _is_left(self.low) else self.low, high=high if _is_left(self.high) else self.high)


def _share(owner: str, share: Any) -> float | tuple[float, ...]:
    """One share, or the several of which every sample draws one."""
    if not isinstance(share, (tuple, list)):
        return number(owner, "share", share, low=0, high=1)
    if not share:
        raise ValueError(refusal(owner, "share", "a number from 0 to 1, or several of them", share))
    return tuple(number(owner, "every share", one, low=0, high=1) for one in share)


def _of_samples(share: float | tuple[float, ...], x: Array, rng: np.random.Generator) -> Any:
    """The share of every sample: one number, or an array (N,) of those they draw."""
    if isinstance(share, float):
        return share
    return np.array(share)[wholeNumbers(rng, len(share), x.shape[-1:])]


def _is_left(value: Any) -> bool:
    """Whether an argument is left to the data."""
    return isinstance(value, str) and value == DATA


def _with(corruption: Any, **settings: Any) -> Any:
    """A copy with these settings, which draws from the same generator."""
    made = copy.copy(corruption)
    vars(made).update(settings)
    return made


def _range(facts: Facts) -> tuple[float, float]:
    """The range of the data: [0, 1] if they lie in it and are not scaled to another."""
    low, high = facts.ends
    return (0.0, 1.0) if facts.valueRange is None and low >= 0 and high <= 1 else (low, high)


def _ends(clip: Any) -> tuple[float, float]:
    """The pair (low, high), low < high, of which one end may be infinite."""
    expected = '(low, high) with low < high, "data" or None'
    if not (isinstance(clip, (tuple, list)) and len(clip) == 2 and all(isinstance(end, Real) for end in clip)):
        raise TypeError(refusal("GaussianNoise", "clip", expected, clip))
    if not clip[0] < clip[1]:
        raise ValueError(refusal("GaussianNoise", "clip", expected, clip))
    return float(clip[0]), float(clip[1])

"""Ways to corrupt data, for denoising autoencoders."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from leibnet import randomness

Array = NDArray[Any]


class Corruption(ABC):
    """A random function x ↦ x̃ that spoils samples (third lecture).

    An own one writes `_corrupt`, and keeps the arguments of its constructor in attributes of the same names.

    Attributes
    ----------
    rng : the generator it draws from, or None for the library's own, which `nn.seed` sets.
    """

    kinds: ClassVar[dict[str, type[Corruption]]] = {}
    rng: np.random.Generator | None = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Corruption.kinds[cls.__name__] = cls

    def apply(self, x: Any, rng: np.random.Generator | int | None = None) -> Array:
        """A corrupted copy of `x` (features, N), drawn anew in every call.

        `rng`, a generator or seed, is drawn from instead of the corruption's own: the same seed, the same corruption.
        """
        x = np.asarray(x)
        x = x if x.dtype in (np.float32, np.float64) else x.astype(float)
        own = randomness.data.generator if self.rng is None else self.rng
        return self._corrupt(x, own if rng is None else np.random.default_rng(rng))

    @abstractmethod
    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        """The corrupted copy, in the precision of x."""

    def config(self) -> dict[str, Any]:
        """What it takes to make this corruption again, as plain values: {"kind": name, ...}."""
        names = [name for name in inspect.signature(type(self)).parameters if name != "rng"]
        return {"kind": type(self).__name__} | {name: getattr(self, name) for name in names}

    @staticmethod
    def fromConfig(config: dict[str, Any]) -> Corruption:
        """The corruption that `config()` described."""
        arguments = dict(config)
        kind = arguments.pop("kind", None)
        if kind not in Corruption.kinds:
            known = ", ".join(Corruption.kinds)
            raise ValueError(f"unknown corruption {kind!r}: known are {known}; import the module of your own first")
        return Corruption.kinds[kind](**arguments)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.config().items() if name != "kind")
        return f"{type(self).__name__}({arguments})"


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
        self.deviation = _number("GaussianNoise", "deviation", deviation, high=np.inf)
        if clip is not None and not (isinstance(clip, (tuple, list)) and len(clip) == 2 and clip[0] < clip[1]):
            raise ValueError(f"GaussianNoise needs clip to be (low, high) with low < high, or None, got {clip!r}")
        self.clip = None if clip is None else (float(clip[0]), float(clip[1]))
        self.rng = None if rng is None else np.random.default_rng(rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted = rng.standard_normal(x.shape, dtype=x.dtype)
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
        self.share, self.value = _number("Masking", "share", share, high=1), float(value)
        self.rng = None if rng is None else np.random.default_rng(rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted = x.copy()
        corrupted[rng.random(x.shape, dtype=x.dtype) < self.share] = self.value
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
        self.share = _number("SaltAndPepper", "share", share, high=1)
        self.low, self.high = float(low), float(high)
        self.rng = None if rng is None else np.random.default_rng(rng)

    def _corrupt(self, x: Array, rng: np.random.Generator) -> Array:
        corrupted, chance = x.copy(), rng.random(x.shape, dtype=x.dtype)
        corrupted[chance < self.share / 2] = self.low
        corrupted[chance >= 1 - self.share / 2] = self.high
        return corrupted


def _number(kind: str, name: str, value: float, high: float) -> float:
    if not (isinstance(value, (int, float, np.number)) and 0 <= value <= high and value < np.inf):
        bounds = f"{name} >= 0" if high == np.inf else f"{name} from 0 to {high:g}"
        raise ValueError(f"{kind} needs {bounds}, got {value!r}")
    return float(value)

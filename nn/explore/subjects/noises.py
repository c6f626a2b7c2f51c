"""Noise that is put on a picture, and taken away by a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.types import Array

import numpy as np

from dataset import Corruption, GaussianNoise, Masking, SaltAndPepper
from nn.explore.samples import inputShapeOf, pictureShape
from nn.explore.scale import asPicture, inputRange

Made = Callable[[float, tuple[float, float]], Corruption]
NOISES: dict[str, Made] = {
    "Gaussian noise": lambda strength, ends: GaussianNoise(strength * (ends[1] - ends[0]), clip=ends),
    "Lost pixels": lambda strength, ends: Masking(strength, ends[0]),
    "Salt and pepper": lambda strength, ends: SaltAndPepper(strength, *ends),
}


class Noise:
    """A sample, the same with noise, and what the model makes of that.

    Attributes
    ----------
    kind : a key of `NOISES`.
    strength : from 0 to 1, a deviation in parts of the range from black to white, or a share of the pixels.
    seed : of the noise; another one is other noise.
    """

    def __init__(self, model: Any) -> None:
        self.model, self.limits = model, inputRange(model)
        self.shape, self.picture = inputShapeOf(model) or (), pictureShape(model) or (1, 1, 1)
        corruption = getattr(model, "corruption", None)
        own = {"Masking": "Lost pixels", "SaltAndPepper": "Salt and pepper"}
        self.kind, self.strength, self.seed = own.get(type(corruption).__name__, "Gaussian noise"), 0.3, 0

    def pictures(self, x: Array) -> tuple[Array, Array, Array, float, float]:
        """Of a sample (*inputShape, 1): itself, noisy, cleaned, from 0 to 1; and both distances from it.

        The distances are root mean squares over the pixels, in parts of the range from black to white.
        """
        spoilt = NOISES[self.kind](self.strength, self.limits).apply(np.asarray(x, float), self.seed)
        given = spoilt if np.ndim(x) == len(self.shape) + 1 else spoilt.reshape(*self.shape, -1)
        cleaned = np.asarray(self.model.reconstruct(given))
        clean, noisy, restored = (asPicture(one, self.picture, self.limits) for one in (x, spoilt, cleaned))
        return clean, noisy, restored, _distance(noisy, clean), _distance(restored, clean)


def canClean(model: Any) -> bool:
    """Whether it is a model of pictures that gives back its input."""
    return callable(getattr(model, "reconstruct", None)) and pictureShape(model) is not None


def _distance(one: Array, other: Array) -> float:
    return float(np.sqrt(np.square(one - other).mean()))

"""Noise that is put on a picture, and taken away by a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.types import Array

import numpy as np

from dataset import Corruption, GaussianNoise, Masking, SaltAndPepper
from nn.explore.scale import PictureScale, pictureShape

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
    scale : how the samples are pictures.
    strength : from 0 to 1, a deviation in parts of the range from black to white, or a share of the pixels.
    seed : of the noise; another one is other noise.
    """

    def __init__(self, model: Any) -> None:
        self.model, self.scale = model, PictureScale(model)
        corruption = getattr(model, "corruption", None)
        own = {"Masking": "Lost pixels", "SaltAndPepper": "Salt and pepper"}
        self.kind, self.strength, self.seed = own.get(type(corruption).__name__, "Gaussian noise"), 0.3, 0

    def pictures(self, x: Array) -> tuple[Array, Array, Array, float, float]:
        """Of a sample (*inputShape, 1): itself, noisy, cleaned, from 0 to 1; and both distances from it.

        The distances are root mean squares over the pixels, in parts of the range from black to white.
        """
        spoilt = NOISES[self.kind](self.strength, self.scale.limits).apply(np.asarray(x, float), self.seed)
        cleaned = np.asarray(self.model.reconstruct(spoilt))
        clean, noisy, restored = map(self.scale.shown, (x, spoilt, cleaned))
        return clean, noisy, restored, _distance(noisy, clean), _distance(restored, clean)


def canClean(model: Any) -> bool:
    """Whether it is a model of pictures that gives back its input."""
    return callable(getattr(model, "reconstruct", None)) and pictureShape(model) is not None


def _distance(one: Array, other: Array) -> float:
    return float(np.sqrt(np.square(one - other).mean()))

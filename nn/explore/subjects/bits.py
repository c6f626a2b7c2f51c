"""Codes of bits that are switched one by one, and what they stand for."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import randomGenerator, refusal
from leibnet.types import Array

import numpy as np

from layers import Binarize
from nn.models.autoencoder import Autoencoder


class Bits:
    """The code of an autoencoder whose codes are binary, as bits.

    Parameters
    ----------
    model : an `Autoencoder` whose encoder ends in `Binarize`, as `hasBits` says.

    Attributes
    ----------
    code : the bits, (bits,) of bool.
    """

    def __init__(self, model: Autoencoder, rng: np.random.Generator | int | None = None) -> None:
        self.model = model
        shape = model.encoder.outputShape
        if not hasBits(model) or shape is None:
            raise ValueError(refusal("Bits", "the model", "an autoencoder whose encoder ends in Binarize", model.name))
        self._rng = randomGenerator("Bits", rng) or np.random.default_rng()
        self.code = np.zeros(shape, bool)

    def flip(self, place: int) -> Array:
        """Turns one bit over; the code."""
        self.code[place] = not self.code[place]
        return self.code

    def draw(self) -> Array:
        """Bits that are on or off, equally likely; the code."""
        self.code = self._rng.random(self.code.shape) < 0.5
        return self.code

    def of(self, sample: Any) -> Array:
        """The code of a sample becomes the code."""
        self.code = self.model.encode(np.asarray(sample)[..., np.newaxis])[..., 0] > 0
        return self.code

    def decoded(self) -> Array:
        """What the code stands for, in the shape of a sample."""
        return self.model.decode(np.where(self.code, 1.0, -1.0)[..., np.newaxis])[..., 0]

    def changes(self) -> Array:
        """How far every bit alone moves what it stands for, (bits,): the root of the mean square of the change."""
        code = np.where(self.code, 1.0, -1.0)
        flipped = np.repeat(code[:, np.newaxis], len(code), axis=1)
        np.fill_diagonal(flipped, -code)
        moved = self.model.decode(flipped) - self.model.decode(code[:, np.newaxis])
        return np.asarray(np.sqrt(np.square(moved.reshape(-1, len(code))).mean(axis=0)))


def hasBits(model: Any) -> bool:
    """Whether a model is an autoencoder with codes of bits: columns that come out of `Binarize`, noise apart."""
    if not isinstance(model, Autoencoder) or len(model.encoder.outputShape or ()) != 1:
        return False
    kinds = [type(layer).__name__ for layer in model.encoder.layers]
    while kinds and kinds[-1] in ("Corrupt", "Dropout"):
        kinds.pop()
    return bool(kinds) and kinds[-1] == Binarize.__name__

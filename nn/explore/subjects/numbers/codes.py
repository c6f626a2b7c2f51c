"""Codes of samples that are no pictures, and the numbers that they stand for."""

from __future__ import annotations

import math
from typing import Any

from leibnet.types import Array

import numpy as np

from nn.explore.scale import pictureShape
from nn.explore.subjects.codes import KINDS
from nn.explore.subjects.numbers.shapes import shapeOf

DRAWN = 300  # samples by which the codes' ranges are found


class NumberCodes:
    """A model with codes, of samples of a shape that is known.

    Attributes
    ----------
    coding : what the model does with codes, see `nn.explore.subjects.codes`.
    shape : of one sample.
    centre, spread : of its numbers in the training, (numbers,); where the file has none, 0.5 and 0.3.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        shape = shapeOf(model)
        if shape is None:
            raise ValueError(f"expected a model that says the shape of its samples, got {model.name}")
        self.shape = shape
        count = math.prod(shape)
        scale = getattr(model, "standardization", None)
        self.centre, self.spread = np.full(count, 0.5), np.full(count, 0.3)
        if scale is not None:
            flat = scale.flattened(shape)
            self.centre, self.spread = np.array(flat.mean), np.array(flat.deviation)
        elif hasattr(model, "explainedVariance"):  # PCA
            self.centre = np.asarray(model.mean, float).ravel()
        seen = self._samples(np.random.default_rng(0), DRAWN)
        make = next(make for kind, make in KINDS.items() if isinstance(model, kind))
        self.coding = make(model, seen)

    def __len__(self) -> int:
        return len(self.coding.middle)

    def decoded(self, z: Any) -> Array:
        """The numbers of the sample that a code (k,) stands for, in a line."""
        return np.asarray(self.coding.decode(np.asarray(z, float)[:, np.newaxis]), float).ravel()

    def codeOf(self, values: Any) -> Array:
        """The code (k,) of a sample, given in a line; TypeError where there is no way from samples to codes."""
        if self.coding.encode is None:
            raise TypeError(f"{self.model.name} has no way from samples to codes")
        return np.asarray(self.coding.encode(np.asarray(values, float).reshape(*self.shape, 1)), float).ravel()

    def drawn(self, rng: np.random.Generator) -> Array:
        """A code (k,) drawn at random, within the sliders' ends."""
        coding = self.coding
        return np.clip(coding.middle + coding.spread * rng.standard_normal(len(self)), coding.low, coding.high)

    def _samples(self, rng: np.random.Generator, count: int) -> Array:
        """Samples about the means, (*shape, N)."""
        noise = rng.standard_normal((len(self.centre), count))
        return (self.centre[:, np.newaxis] + self.spread[:, np.newaxis] * noise).reshape(*self.shape, count)


def hasNumberCodes(model: Any) -> bool:
    """Whether a model has codes, of samples that are no pictures."""
    return isinstance(model, tuple(KINDS)) and shapeOf(model) is not None and pictureShape(model) is None

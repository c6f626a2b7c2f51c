"""Between a model's numbers and grey values from 0, black, to 1, white."""

from __future__ import annotations

import math
from typing import Any

from leibnet.types import Array, Shape

import numpy as np

from dataset import Standardization
from layers import Chain
from nn.explore.subjects.centring import centred, whole
from nn.models.objective import lastActivation

SMALLEST = 6  # pixels a side of what is taken for a picture
WHITES = 1.0, 16.0, 255.0  # of grey values in files: shares, the 8 x 8 digits' first edition, bytes


def inputShapeOf(model: Any) -> Shape | None:
    """The shape of one sample, of a model of any kind; None where any will do."""
    shape = getattr(model, "inputShape", None) or getattr(model, "sampleShape", None)
    if shape is None and hasattr(model, "components"):
        shape = (model.mean.size,)
    return None if shape is None else tuple(shape)


def pictureShape(model: Any) -> tuple[int, int, int] | None:
    """(channels, height, width) of the pictures a model takes; None if its samples are none, by their shape.

    (784,) is a square of pixels; so is (28, 28), rows of a picture that a recurrent network reads.
    """
    shape = inputShapeOf(model)
    if shape is None:
        return None
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        return (1, side, side) if side * side == shape[0] and side >= SMALLEST else None
    if len(shape) == 2:
        return (1, *shape) if shape[0] == shape[1] >= SMALLEST else None
    if len(shape) == 3:
        return shape if shape[0] in (1, 3) and min(shape[1:]) >= SMALLEST else None
    return None


def inputRange(model: Any) -> tuple[float, float]:
    """The numbers that are black and white in pictures that the model takes or gives.

    What its last layer can give, where pictures come out of it and have two ends: (0, 1) after a Sigmoid, (-1, 1) after
    a Tanh. With a standardisation, (0, 1), (0, 16) or (0, 255), the least of them that pixels of these means and
    deviations fit in. (0, 1) otherwise.
    """
    scale: Standardization | None = getattr(model, "standardization", None)
    if scale is not None:
        reached = max(m + d for m, d in zip(scale.mean, scale.deviation, strict=True))
        return 0.0, next((white for white in WHITES if reached <= 1.25 * white), WHITES[-1])
    if hasattr(model, "mean") and hasattr(model, "components"):  # PCA, of raw numbers
        reached = float(np.max(model.mean))
        return 0.0, next((white for white in WHITES if reached <= white), WHITES[-1])
    giving = getattr(model, "decoder", None) or getattr(model, "generator", None)
    chain: Chain | None = getattr(giving, "chain", None)
    low, high = (0.0, 1.0) if chain is None else _range_of(chain)
    return low, high


def _range_of(chain: Chain) -> tuple[float, float]:
    activation = lastActivation(chain)
    low, high = (-math.inf, math.inf) if activation is None else activation.range
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (0.0, 1.0)


class PictureScale:
    """How the samples of a model are pictures: of which shape, and which numbers are black and white.

    ValueError for a model whose samples are no pictures.

    Attributes
    ----------
    shape : of one sample, as the model takes it.
    picture : (channels, height, width).
    limits : the numbers that are black and white, see `inputRange`.
    """

    def __init__(self, model: Any) -> None:
        shape, picture = inputShapeOf(model), pictureShape(model)
        if shape is None or picture is None:
            raise ValueError(f"expected a model of pictures, got {model.name} of samples {shape}")
        self.shape, self.picture, self.limits = shape, picture, inputRange(model)

    def ofDrawing(self, ink: Array) -> Array:
        """What is drawn (rows, columns), ink 1 on paper 0, as a sample (*shape, 1): it alone, in the middle."""
        return self._sample(centred(ink, *self.picture[1:]))

    def ofField(self, ink: Array) -> Array:
        """The whole field (rows, columns), as it is, as a sample (*shape, 1)."""
        return self._sample(whole(ink, *self.picture[1:]))

    def shown(self, x: Array) -> Array:
        """A sample of any shape as a picture of values from 0 to 1: (height, width), in colour (height, width, 3)."""
        low, high = self.limits
        values = np.clip((np.asarray(x, float).reshape(self.picture) - low) / (high - low), 0, 1)
        return values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)

    def _sample(self, grey: Array) -> Array:
        """Grey values (height, width) as one sample, the same in all channels."""
        low, high = self.limits
        return (low + (high - low) * np.repeat(grey[np.newaxis], self.picture[0], axis=0)).reshape(*self.shape, 1)

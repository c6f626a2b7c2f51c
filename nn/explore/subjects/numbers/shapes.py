"""The shape of what a network takes, where its file does not say it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from leibnet.types import Shape

from nn.explore.scale import inputShapeOf

CHANNELS, SIDES = 5, (8, 28, 32, *range(1, 65))  # that are tried for a network whose file says no shape
OTHERS: tuple[Shape, ...] = (1, 2, 3), (8, 1), (8, 2)


def shapeOf(model: Any) -> Shape | None:
    """The shape of one sample; where a file of an untrained network says none, that of the least images that fit."""
    found, chain = inputShapeOf(model), getattr(model, "chain", None)
    if found is not None or chain is None:
        return found
    sizes = ((channels, side, side) for side in SIDES for channels in range(1, CHANNELS))
    for shape in (*sizes, *OTHERS):
        with suppress(ValueError):
            chain.outputShape(shape)
            return shape
    return None

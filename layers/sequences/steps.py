"""The steps of sequences (steps, features, N), as layers look at them."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array, Shape

import numpy as np
from numpy.lib.stride_tricks import as_strided

from layers.layer import Layer

COLUMNS = "; make sequences of columns with Reshape((steps, features))"


def checkSequence(layer: Layer, inputShape: Shape, example: str = "features") -> None:
    """ValueError if a sample of this shape is no sequence, (steps, ...), of one step or more."""
    if len(inputShape) < 2 or not inputShape[0]:
        hint = COLUMNS if len(inputShape) < 2 else "; give one step or more"
        raise ValueError(_refused(layer, example, inputShape, hint))


def checkFeatures(layer: Layer, inputShape: Shape, features: int) -> None:
    """ValueError if a sample of this shape is no sequence with so many features, (steps, features)."""
    if len(inputShape) == 2 and inputShape[1] == features:
        return
    hint = ""
    if len(inputShape) == 1:
        hint = COLUMNS
    elif len(inputShape) == 2 and inputShape[0] == features:
        hint = "; features stand before the samples, np.swapaxes(x, 0, 1)"
    raise ValueError(_refused(layer, str(features), inputShape, hint))


def _refused(layer: Layer, features: str, inputShape: Shape, hint: str) -> str:
    got = f"({', '.join(map(str, (*inputShape, 'N')))})"
    return f"{layer.describe()}: expected sequences of shape (steps, {features}, N), got {got}{hint}"


def maskOf(layer: Layer, x: Array) -> Array | None:
    """Which steps of the input x (steps, ..., N) the samples have, (steps, N) of bool; None if they have all.

    ValueError for a mask of other steps or samples than those of x.
    """
    mask = layer.now.mask
    if mask is None:
        return None
    expected = x.shape[0], x.shape[-1]
    if mask.shape != expected:
        raise ValueError(
            f"{layer.describe()}: expected a mask of shape {expected}, the steps and the samples of its input, got "
            f"{mask.shape}"
        )
    return None if mask.all() else mask


def lasting(mask: Array, size: int) -> Array:
    """Which windows of so many steps lie within the steps that the samples have, (places, N) of bool."""
    places = max(len(mask) - size + 1, 0)
    return np.logical_and.reduce([mask[i : i + places] for i in range(size)])


def overlapping(steps: Array, size: int, places: int, stride: int = 1) -> Array:
    """Windows of so many steps, (places, size · features, N): a view of a sequence that `lies` step behind step."""
    step, feature, sample = steps.strides
    shape = places, size * steps.shape[1], steps.shape[2]
    return as_strided(steps, shape, (stride * step, feature, sample), writeable=False)


def lies(x: Any) -> bool:
    """Whether the steps of a sequence lie behind one another in memory.

    NumPy calls an array contiguous that has an axis of one feature in any distance, as x[:, np.newaxis] has.
    """
    return bool(x.flags.c_contiguous and x.strides[0] == x.shape[1] * x.strides[1])

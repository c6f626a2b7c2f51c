"""Shapes of samples: whether they fit, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray, featureAxisOf
from leibnet.types import Array

import numpy as np


def wrongShape(expected: tuple[Any, ...], got: Any) -> str:
    """What is wrong with an input of this shape, (..., N), and what to do."""
    hint = ""
    if got and got[1:] == expected:
        hint = "; transpose it"
    elif len(expected) == 1 and len(got) > 2 and math.prod(got[:-1]) == expected[0]:
        hint = "; put Flatten() before it"
    wanted, given = (f"({', '.join(map(str, shape))})" for shape in ((*expected, "N"), got))
    return f"expected an input of shape {wanted}, samples as columns, got {given}{hint}"


def checkFeatureAxis(owner: str, inputShape: Any, features: int) -> None:
    """ValueError if samples of this shape have not so many features, which images have as channels."""
    shape = (*inputShape, 1)
    if len(shape) < 2 or inputShape[featureAxisOf(shape)] != features:
        raise ValueError(f"{owner}: {wrongShape((features,), (*inputShape, 'N'))}")


def fits(shape: Any, expected: Any) -> bool:
    """Whether samples of this shape, or of several, are what is expected; None stands for any."""
    if expected is None or shape == expected:
        return True
    several = isinstance(expected, tuple) and isinstance(shape, tuple) and len(shape) == len(expected)
    return several and all(map(fits, shape, expected))


def isKnown(shape: Any) -> bool:
    """Whether nothing in a shape, or in one of several, is left open by a None."""
    return shape is not None and (not isinstance(shape, tuple) or all(map(isKnown, shape)))


def sides(shape: Any) -> str:
    """A shape as 1×28×28, several as 8 | 8; "any" for None."""
    if shape is None:
        return "any"
    several = any(isinstance(side, tuple) for side in shape)
    return " | ".join(map(sides, shape)) if several else "x".join(map(str, shape))


def checkedMask(owner: str, mask: Any) -> Array:
    """A mask as an array (steps, N) of bool; ValueError if it is none."""
    given = asArray(mask, owner, "the mask")
    if given.ndim != 2:
        raise ValueError(refusal(owner, "the mask", "of shape (steps, N)", given.shape))
    if given.dtype == bool:
        return given
    found = given.astype(bool)
    if not np.array_equal(found, given):
        other = given[found != given][0]
        raise ValueError(refusal(owner, "the mask", "of bool, or of 0 and 1", other.item()))
    return found


def concerned(layers: Iterable[Any], steps: int) -> bool:
    """Whether one of these layers, or of their parts, has had sequences of so many steps, as a mask is about."""
    inputs = (part.now.x for layer in layers for part in (layer, *layer.parts()))
    return any(getattr(x, "ndim", 0) > 2 and len(x) == steps for x in inputs)

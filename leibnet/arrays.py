"""What is done with arrays everywhere. Arrays are made like one that was given, so that all of it takes CuPy's, too."""

from __future__ import annotations

import math
import threading
from typing import Any

from leibnet.types import Array, Shape

import numpy as np


def asArray(value: Any) -> Array:
    """The value itself if it is an array, NumPy's or another library's; anything else as an array of NumPy's."""
    if isinstance(value, np.ndarray) or isinstance(getattr(value, "dtype", None), np.dtype):
        return value
    return np.asarray(value)


def featureAxis(array: Array) -> int:
    """The axis of the features: the last but one, before the samples; of images (channels, height, width, N) the first.

    So in vectors (features, N) and in sequences (steps, features, N).

    >>> [featureAxis(np.empty(shape)) for shape in [(784, 50), (20, 8, 50), (3, 28, 28, 50)]]
    [0, 1, 0]
    """
    return featureAxisOf(array.shape)


def featureAxisOf(shape: Shape) -> int:
    """`featureAxis` of an array of this shape."""
    return 0 if len(shape) == 4 else len(shape) - 2


def euclideanNorm(array: Array) -> float:
    """√Σ x², also where the sum of squares overflows the array's precision; finite if all numbers are."""
    vector = array.ravel(order="K")  # in whatever order they lie, without a copy
    square = float(np.vdot(vector, vector))  # as np.dot, but without a warning where it overflows
    if math.isfinite(square):
        return math.sqrt(square)
    largest = float(np.abs(array).max())
    return largest * math.sqrt(np.vdot(array / largest, array / largest)) if math.isfinite(largest) else largest


def isFinite(array: Array) -> bool:
    """Whether all numbers of an array are finite."""
    return math.isfinite(euclideanNorm(array)) or bool(np.isfinite(array).all())


def rootMeanSquare(array: Array) -> float:
    """√(1/n Σ x²)"""
    with np.errstate(all="ignore"):
        return euclideanNorm(array) / math.sqrt(array.size) if array.size else 0.0


def standardNormal(rng: np.random.Generator, shape: Shape, like: Array) -> Array:
    """Draws from N(0, 1), in the precision of `like` and of its kind."""
    noise = rng.standard_normal(shape, dtype=like.dtype)
    return noise if isinstance(like, np.ndarray) else np.asarray(noise, like=like)


def uniform(rng: np.random.Generator, shape: Shape, like: Array) -> Array:
    """Draws from [0, 1), in the precision of `like` and of its kind."""
    noise = rng.random(shape, dtype=like.dtype)
    return noise if isinstance(like, np.ndarray) else np.asarray(noise, like=like)


Kept = dict[str, tuple[Array, Array]]


def workArray(kept: dict[str, tuple[Array, Array]], name: str, shape: Shape, like: Array) -> Array:
    """An array of this shape, of the kind and precision of `like`, with whatever it held before.

    Its memory is kept under its name, and grows with the largest shape asked for: the system hands out large arrays
    page by page, and to ask for them anew in every step would take longer than what is done with them.
    """
    memory, array = kept.get(name, (None, None))
    if array is None or memory is None or array.shape != shape or array.dtype != like.dtype:
        size = math.prod(shape)
        if memory is None or memory.size < size or memory.dtype != like.dtype:
            memory = np.empty_like(like, shape=size)
        array = memory[:size].reshape(shape)
        kept[name] = memory, array
    return array


class WorkArrays(threading.local):
    """Work arrays by name, see `workArray`, which every thread has for itself. A copy begins without any."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Array, Array]] = {}

    def __call__(self, name: str, like: Array, shape: Shape | None = None) -> Array:
        """The array of that name, in the shape of `like` unless another one is given."""
        return workArray(self._kept, name, like.shape if shape is None else shape, like)

    def __reduce__(self) -> tuple[type[WorkArrays], tuple[()]]:
        return WorkArrays, ()

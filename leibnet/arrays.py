"""What is done with arrays everywhere. Arrays are made like one that was given, so that all of it takes CuPy's, too."""

from __future__ import annotations

import math
import threading
from typing import Any

from leibnet.arguments import refusal
from leibnet.frames import isFrame, samplesAsColumns
from leibnet.processor.memory import demand
from leibnet.ranks import drawn
from leibnet.types import Array, Shape

import numpy as np


def asArray(value: Any, owner: str = "asArray", name: str = "the array") -> Array:
    """The value itself if it is an array, NumPy's or another library's; anything else as an array of NumPy's.

    Arrays of subclasses of NumPy's, such as `np.matrix`, become plain ones, which compute element by element. A table
    with named columns, such as a pandas frame, has samples as rows, and is turned: (columns, N).

    Raises
    ------
    ValueError : entries that are masked, which NumPy would put in again; rows of different lengths.
    """
    if type(value) is np.ndarray:
        return value
    if hasattr(type(value), "__array_function__") and not isinstance(value, np.ndarray):  # of another library
        return value
    if isFrame(value):
        return samplesAsColumns(owner, name, value)
    if masked := _count_masked(value):
        remedy = f"{masked} entries are masked: fill them by .filled(...), or remove those samples"
        raise ValueError(refusal(owner, name, "numbers without a mask", type(value), remedy))
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        expected = "an array of numbers, with rows of equal length"
        raise ValueError(refusal(owner, name, expected, type(value), f"NumPy says: {error}")) from error


def realNumbers(
    owner: str, name: str, value: Any, dtype: np.dtype[Any] | None = None, *, finite: bool = False, scaled: bool = False
) -> Array:
    """The value as an array of real numbers. The one check of all that takes arrays from outside.

    Parameters
    ----------
    owner, name : who asks, and what it is called, for messages.
    value : an array, or what NumPy makes one of.
    dtype : float32 or float64, in which it is wanted; default: as it is.
    finite : whether all of them must be finite, in this precision.
    scaled : whether they are in the scale that a data set delivers. A `Dataset` takes uint8 for grey values and scales
        them, so that the same array would mean something else here: it is refused unless all are 0 or 1.

    Raises
    ------
    TypeError : what is no number, complex numbers, objects.
    ValueError : masked entries, rows of different lengths, numbers that are not finite, grey values.
    """
    array = asArray(value, owner, name)
    if array.dtype.kind not in "fiub":
        raise TypeError(refusal(owner, name, "real numbers", array.dtype, "convert it to integers or floats"))
    if scaled and array.dtype == np.uint8 and array.size and (largest := int(array.max())) > 1:
        remedy = "a data set scales such pixels to its valueRange: divide by 255, or convert with astype(float)"
        expected = "in the scale of the data set, not grey values (uint8)"
        raise ValueError(refusal(owner, name, expected, largest, remedy))
    if dtype is not None and array.dtype != dtype:
        with np.errstate(over="ignore"):
            given, array = array, array.astype(dtype)
    else:
        given = array
    if finite and array.dtype.kind == "f" and not isFinite(array):
        place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        expected, remedy = f"finite numbers in {array.dtype}", f"clean the data, the first is in {_placed(place)}"
        raise ValueError(refusal(owner, name, expected, given[place].item(), remedy))
    return array


def _count_masked(value: Any) -> int:
    """How many entries are masked, also in lists of masked arrays."""
    if isinstance(value, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(value).sum())
    return sum(map(_count_masked, value)) if isinstance(value, (list, tuple)) else 0


def _placed(place: tuple[int, ...]) -> str:
    if len(place) == 2:
        return f"row {place[0]}, column {place[1]}"
    return f"place {place[0] if len(place) == 1 else place}"


def featureAxis(array: Array) -> int:
    """The axis of the features: the last but one, before the samples; of images (channels, height, width, N) the first.

    So in vectors (features, N) and in sequences (steps, features, N).

    >>> [featureAxis(np.empty(shape)) for shape in [(784, 50), (20, 8, 50), (3, 28, 28, 50)]]
    [0, 1, 0]
    """
    return featureAxisOf(array.shape)


def featureAxisOf(shape: Shape) -> int:
    """`featureAxis` of an array of this shape."""
    if not shape:
        raise ValueError("expected an array of features and samples, (features, N), got a single number")
    return 0 if len(shape) == 4 else len(shape) - 2


def positionsOf(shape: Shape) -> Shape:
    """The shape of an array without its features: (N,) of vectors, (steps, N) or (height, width, N)."""
    axis = featureAxisOf(shape)
    return (*shape[:axis], *shape[axis + 1 :])


def besideFeatures(weights: Array, array: Array) -> Array:
    """Weights of the samples (N,), or of every step or pixel (..., N), to be multiplied with the array (features, N).

    >>> array = np.ones((20, 8, 50))
    >>> besideFeatures(np.ones(50), array).shape, besideFeatures(np.ones((20, 50)), array).shape
    ((50,), (20, 1, 50))

    Raises
    ------
    ValueError : weights of another shape than (N,) or that of the array without its features.
    """
    if weights.shape == array.shape[-1:]:
        return weights
    positions = positionsOf(array.shape)
    if weights.shape != positions:
        raise ValueError(
            f"expected weights of shape {array.shape[-1:]}, one for every sample, or {positions}, one for every step "
            f"or pixel, got {weights.shape}"
        )
    return np.expand_dims(weights, featureAxis(array))


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
    """Draws from N(0, 1), (..., n) for n samples or k n columns, in the precision of `like` and of its kind.

    These functions are where the noise of samples comes from: in a training on several ranks, each takes its own of
    what is drawn for the whole batch, see `leibnet.ranks`.
    """
    noise = drawn(lambda whole: rng.standard_normal(whole, dtype=like.dtype), shape)
    return noise if isinstance(like, np.ndarray) else np.asarray(noise, like=like)


def uniform(rng: np.random.Generator, shape: Shape, like: Array) -> Array:
    """Draws from [0, 1), likewise."""
    noise = drawn(lambda whole: rng.random(whole, dtype=like.dtype), shape)
    return noise if isinstance(like, np.ndarray) else np.asarray(noise, like=like)


def bernoulli(rng: np.random.Generator, p: Array) -> Array:
    """Draws that are 1 with the probabilities p, else 0, in their precision."""
    return (uniform(rng, p.shape, p) < p).astype(p.dtype)


def wholeNumbers(rng: np.random.Generator, end: int, shape: Shape) -> Array:
    """Draws from 0, 1, ..., end - 1, (..., n) for n samples."""
    return drawn(lambda whole: rng.integers(end, size=whole), shape)


Kept = dict[str, tuple[Array, Array, Array | None]]


def workArray(kept: Kept, name: str, shape: Shape, like: Array) -> Array:
    """An array of this shape, of the kind and precision of `like`, with whatever it held before.

    Its memory is kept under its name, and grows with the largest shape asked for: the system hands out large arrays
    page by page, and to ask for them anew in every step would take longer than what is done with them.

    Raises
    ------
    MemoryError : less is free than it needs, as far as the system says how much that is.
    """
    memory, array, other = kept.get(name, (None, None, None))
    if memory is None or memory.dtype != like.dtype:
        memory = array = other = None
    if array is not None and array.shape == shape:
        return array
    if other is None or other.shape != shape:  # that of the call before: the size of a last batch comes and goes
        size = math.prod(shape)
        if memory is None or memory.size < size:
            if isinstance(like, np.ndarray):
                demand(size * like.dtype.itemsize, f"its array {name!r} of {shape}")
            memory, array = np.empty_like(like, shape=size), None
        other = memory[:size].reshape(shape)
    assert memory is not None
    kept[name] = memory, other, array
    return other


class WorkArrays(threading.local):
    """Work arrays by name, see `workArray`, which every thread has for itself. A copy begins without any."""

    def __init__(self) -> None:
        self._kept: Kept = {}

    def __call__(self, name: str, like: Array, shape: Shape | None = None) -> Array:
        """The array of that name, in the shape of `like` unless another one is given."""
        return workArray(self._kept, name, like.shape if shape is None else shape, like)

    def __reduce__(self) -> tuple[type[WorkArrays], tuple[()]]:
        return WorkArrays, ()

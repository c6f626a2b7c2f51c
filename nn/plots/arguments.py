"""What the pictures are given, checked: numbers, images and points as columns, names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leibnet.arguments import positive

Array = NDArray[Any]
ImageShape = tuple[int, int]
Names = Sequence[str] | None


def numbers(name: str, values: Any) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or not array.ndim or not array.size:
        raise ValueError(f"expected {name} to hold numbers, got an array of {array.dtype} of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"expected {name} to be finite, got NaN or infinity: clean the data")
    return array


def entries(name: str, values: Any) -> dict[str, tuple[str, Any]]:
    """A dict's values by title, each with its name in messages; anything else is the only one and has no title."""
    if not isinstance(values, Mapping):
        return {"": (name, values)}
    if not values:
        raise ValueError(f"expected at least one entry in {name}, got an empty dict")
    return {str(title): (f"{name}[{title!r}]", value) for title, value in values.items()}


def points(name: str, values: Any) -> Array:
    """Points of the plane, as columns (2, N)."""
    values = numbers(name, values)
    if values.ndim != 2 or len(values) != 2:
        matrix = values.ndim == 2
        hint = "; transpose it" if matrix and values.shape[1] == 2 else "; choose two rows of it" if matrix else ""
        raise ValueError(f"expected {name} as columns (2, N), got shape {values.shape}{hint}")
    return values.astype(float)


def number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        raise ValueError(f"expected {name} to be a number, got {value!r}")
    return float(value)


def interval(low: Any, high: Any) -> tuple[float, float]:
    low, high = number("low", low), number("high", high)
    if not low < high:
        raise ValueError(f"expected low to be below high, got {low:g} and {high:g}")
    return low, high


def captions(titles: Names, count: int, what: str = "images") -> list[str]:
    texts = [""] * count if titles is None else [str(title) for title in titles]
    if len(texts) != count:
        raise ValueError(f"expected a title for each of {count} {what}, got {len(texts)}")
    return texts


def images(inputs: Any, imageShape: ImageShape, name: str = "inputs", most: float = math.inf) -> Array:
    """The columns (height · width, N) as images (N, height, width)."""
    sides = tuple(imageShape) if isinstance(imageShape, Iterable) else ()
    if len(sides) != 2:
        raise ValueError(f"expected imageShape to be (height, width), got {imageShape!r}")
    height, width = (positive("each side in imageShape", side) for side in sides)
    inputs = numbers(name, inputs)
    if inputs.ndim < 2 or math.prod(inputs.shape[:-1]) != height * width:
        hint = "; transpose it" if inputs.ndim == 2 and inputs.shape[1] == height * width else ""
        raise ValueError(
            f"expected {name} as columns ({height * width}, N) for imageShape {sides}, got {inputs.shape}{hint}"
        )
    if inputs.shape[-1] > most:
        count = f"{inputs.shape[-1]:,}"
        raise ValueError(f"expected at most {most:,} images, got {count}: choose some, such as {name}[:, :{most // 4}]")
    return inputs.reshape(-1, inputs.shape[-1]).T.reshape(-1, height, width)


def classes(label: Any, output: Any, names: Names) -> tuple[Array, Array, list[str]]:
    """The true and the predicted class numbers (N,), and the names of all classes."""
    label, output = numbers("label", label), numbers("output", output)
    truth, predicted = class_numbers("label", label), class_numbers("output", output)
    rows = {len(array) for array in (label, output) if array.ndim == 2 and len(array) > 1}
    if len(truth) != len(predicted) or len(rows) > 1:
        raise ValueError(
            f"expected label and output of the same samples and classes, got {label.shape}, {output.shape}"
        )
    return truth, predicted, class_names(names, int(max(*rows, truth.max() + 1, predicted.max() + 1, 2)))


def class_names(names: Names, count: int) -> list[str]:
    if names is not None and len(names) < count:
        raise ValueError(f"expected classNames for {count} classes, got {len(names)}: {list(names)}")
    return [str(name) for name in (range(count) if names is None else names)]


def class_numbers(name: str, array: Array) -> Array:
    """The class number of every sample, from columns or from class numbers."""
    if array.ndim == 2 and len(array) > 1:
        return array.argmax(axis=0)
    whole = not (array % 1).any()
    if array.ndim == 2 and not whole:
        return (array[0] > 0.5).astype(int)
    if array.ndim > 2 or not whole or array.min() < 0:
        raise ValueError(
            f"expected {name} as columns (classes, N) or class numbers 0, 1, 2, ... (N,), got shape {array.shape}, "
            f"values from {array.min():g} to {array.max():g}"
        )
    return array.ravel().astype(int)

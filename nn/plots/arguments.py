"""What is special to pictures among the arguments: images and points, classes, captions; see `leibnet.arguments`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np

ImageShape = tuple[int, int] | tuple[int, int, int] | None
Names = Sequence[str] | None


def numbers(owner: str, name: str, values: Any) -> Array:
    """The values as an array with one finite number or more."""
    array = realNumbers(owner, name, values, finite=True)
    if not array.ndim or not array.size:
        raise ValueError(refusal(owner, name, "an array with one number or more", array.shape))
    return array


def entries(owner: str, name: str, values: Any) -> dict[str, tuple[str, Any]]:
    """A dict's values by title, each with its name in messages; anything else is the only one and has no title."""
    if not isinstance(values, Mapping):
        return {"": (name, values)}
    if not values:
        raise ValueError(refusal(owner, name, "a dict with one entry or more", values))
    return {str(title): (f"{name}[{title!r}]", value) for title, value in values.items()}


def mapping(owner: str, name: str, value: Any) -> Mapping[Any, Any]:
    """The value, if it is a dict."""
    if not isinstance(value, Mapping):
        raise TypeError(refusal(owner, name, "a dict", value))
    return value


def points(owner: str, name: str, values: Any) -> Array:
    """Points of the plane, as columns (2, N)."""
    values = numbers(owner, name, values)
    if values.ndim != 2 or len(values) != 2:
        matrix = values.ndim == 2
        remedy = "transpose it" if matrix and values.shape[1] == 2 else "choose two rows of it" if matrix else ""
        raise ValueError(refusal(owner, name, "columns of shape (2, N)", values.shape, remedy))
    return values.astype(float)


def captions(owner: str, titles: Names, count: int, of: str = "images", name: str = "titles") -> list[str]:
    """A title for each of `count` things, or as many empty ones."""
    texts = [""] * count if titles is None else [str(title) for title in titles]
    if len(texts) != count:
        raise ValueError(refusal(owner, name, f"a {name[:-1]} for each of {count} {of}", len(texts)))
    return texts


def images(
    owner: str, name: str, inputs: Any, imageShape: ImageShape, most: float = math.inf, colour: bool = True
) -> Array:
    """Images as (N, height, width), in colour as (N, height, width, 3).

    Parameters
    ----------
    inputs : columns, of features that `imageShape` puts in order, or images (channels, height, width, N).
    imageShape : (height, width) or (channels, height, width); None will do for images.
    most : of how many images.
    colour : whether 3 channels will do as well as 1.
    """
    inputs = numbers(owner, name, inputs)
    channels, height, width = _sample_shape(owner, name, imageShape, inputs.shape)
    shapes = [(channels * height * width,), (channels, height, width), *[(height, width)] * (channels == 1)]
    if inputs.shape[:-1] not in shapes:
        remedy = "transpose it" if inputs.ndim == 2 and inputs.shape[1:] == shapes[0] else ""
        raise ValueError(
            refusal(owner, name, f"columns ({shapes[0][0]}, N) for imageShape {imageShape}", inputs.shape, remedy)
        )
    if channels not in ((1, 3) if colour else (1,)):
        expected = "images of one channel" + " or, in colour, of three" * colour
        raise ValueError(refusal(owner, name, expected, inputs.shape, "choose channels of it"))
    count = inputs.shape[-1]
    if count > most:
        remedy = f"choose some, such as {name}[..., :{int(most) // 4}]"
        raise ValueError(refusal(owner, name, f"at most {most:,} images", count, remedy))
    sheet = inputs.reshape(-1, count).T.reshape(count, channels, height, width)
    return sheet[:, 0] if channels == 1 else np.moveaxis(sheet, 1, -1)


def _sample_shape(owner: str, name: str, imageShape: Any, shape: Shape) -> tuple[int, int, int]:
    """Channels, height and width of one image, of an array of this shape."""
    own = shape[:3] if len(shape) == 4 else None
    sides = own if imageShape is None and own else tuple(imageShape) if isinstance(imageShape, Iterable) else ()
    if len(sides) not in (2, 3):
        remedy = "" if own else f"{name} of shape {shape} does not say it"
        raise ValueError(refusal(owner, "imageShape", "(height, width)", imageShape, remedy))
    channels = own[0] if own and len(sides) == 2 else 1
    sides = tuple(wholeNumber(owner, "each side in imageShape", side) for side in sides)
    return sides if len(sides) == 3 else (channels, *sides)


def classes(owner: str, label: Any, output: Any, names: Names) -> tuple[Array, Array, list[str]]:
    """The true and the predicted class numbers (N,), and the names of all classes."""
    label, output = numbers(owner, "label", label), numbers(owner, "output", output)
    truth, predicted = classNumbers(owner, "label", label), classNumbers(owner, "output", output)
    rows = {len(array) for array in (label, output) if array.ndim == 2 and len(array) > 1}
    if len(truth) != len(predicted) or len(rows) > 1:
        expected = f"of the samples and classes of label, {label.shape}"
        raise ValueError(refusal(owner, "output", expected, output.shape))
    count = int(max(*rows, truth.max() + 1, predicted.max() + 1, 2))
    return truth, predicted, classNames(owner, names, count)


def classNames(owner: str, names: Names, count: int) -> list[str]:
    """The names of `count` classes or more, by default their numbers."""
    if names is not None and len(names) < count:
        raise ValueError(refusal(owner, "classNames", f"names of {count} classes", list(names)))
    return [str(name) for name in (range(count) if names is None else names)]


def classNumbers(owner: str, name: str, array: Array) -> Array:
    """The class number of every sample, from columns or from class numbers."""
    if array.ndim == 2 and len(array) > 1:
        if name == "label" and (several := np.count_nonzero((array == array.max(axis=0)).sum(axis=0) > 1)):
            expected = "columns (classes, N) with one class each"
            raise ValueError(refusal(owner, name, expected, f"{several} with several or none", "draw each label alone"))
        return array.argmax(axis=0)
    whole = not (array % 1).any()
    if array.ndim == 2 and not whole:
        return (array[0] > 0.5).astype(int)
    if array.ndim > 2 or not whole or array.min() < 0:
        expected = "columns (classes, N) or class numbers 0, 1, 2, ... (N,)"
        remedy = f"its values lie from {array.min():g} to {array.max():g}"
        raise ValueError(refusal(owner, name, expected, array.shape, remedy))
    return array.ravel().astype(int)

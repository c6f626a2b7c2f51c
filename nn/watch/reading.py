"""What symptoms read of layers, whatever their kind and the shape of their outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np

from layers import Activated, Layer, Learning, Recurrent

SHIFTS = "bias", "shift"  # parameters that begin with 0


def preactivation(layer: Layer) -> Array | None:
    """What the layer's activation was applied to in the last pass, or its output if it has no activation.

    None if its output is several arrays.
    """
    array = layer.preactivation if isinstance(layer, Activated) else layer.output
    return None if isinstance(array, tuple) else array


def learning(layers: Iterable[Layer]) -> list[Learning]:
    """The layers that learn."""
    return [layer for layer in layers if isinstance(layer, Learning) and layer.learns]


def inner(layers: Sequence[Layer]) -> Sequence[Layer]:
    """The layers of a network before its output layer, the last one that has an activation or parameters."""
    last = next((i for i in reversed(range(len(layers))) if isinstance(layers[i], Learning)), len(layers) - 1)
    return layers[:last]


def isNew(layer: Layer) -> bool:
    """Whether no update was made: none is counted, and biases, which begin with 0 and are saved, are 0.

    Those of an LSTM's forget gates begin with 1, so that of a recurrent layer they are 0 or 1.
    """
    if not isinstance(layer, Learning):
        return True
    shifts = [layer.parameters[name] for name in SHIFTS if name in layer.parameters]
    if isinstance(layer, Recurrent):
        shifts = [shift * (1 - shift) for shift in shifts]
    return layer.optimizer.t == 0 and not any(shift.any() for shift in shifts)


def isUntrained(layers: Iterable[Layer]) -> bool:
    """Whether there are layers that learn, and all of them are new."""
    found = learning(layers)
    return bool(found) and all(map(isNew, found))


def weightOf(layer: Layer) -> Array | None:
    """The layer's weights (outputs, inputs, ...), if it has such and learns them."""
    weight = layer.parameters.get("weight") if layer.learns else None
    return None if weight is None or weight.ndim < 2 else weight


def initialScales(weight: Array) -> tuple[float, float]:
    """The standard deviations of Glorot's and of He's initialisation, for weights (outputs, inputs, ...).

    √(2 / (fanIn + fanOut)) and √(2 / fanIn); a convolution's fans are its channels times the size of its kernel.

    >>> initialScales(np.empty((50, 100))) == (math.sqrt(2 / 150), math.sqrt(2 / 100))
    True
    """
    fan_in, fan_out = weight.size // weight.shape[0], weight.size // weight.shape[1]
    return math.sqrt(2 / (fan_in + fan_out)), math.sqrt(2 / fan_in)


def byUnit(array: Array) -> Array:
    """A layer's output as (units, values of each): the units of images are their channels.

    >>> [byUnit(np.empty(shape)).shape for shape in [(10, 50), (3, 8, 8, 50), (20, 8, 50)]]
    [(10, 50), (3, 3200), (8, 1000)]
    """
    axis = featureAxis(array)
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


def unitsOf(array: Array) -> str:
    """What the units of such an output are called: of images (channels, height, width, N) "channels"."""
    return "channels" if array.ndim == 4 else "units"


def placeOf(layer: Layer) -> str:
    """Where the layer stands, or what it is."""
    return layer.place or repr(layer)

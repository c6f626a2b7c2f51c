"""A network that is only read: what its layers give for a picture, and the way back to the picture."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable, Mapping
from numbers import Integral
from typing import Any, NamedTuple

from leibnet.arguments import refusal
from leibnet.arrays import featureAxis, realNumbers
from leibnet.types import Array, Shape

import numpy as np

from layers import (
    Activated,
    AveragePooling2D,
    Chain,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Copy,
    Dense,
    Flatten,
    Layer,
    MaxPooling2D,
    Parallel,
    Residual,
    Sum,
    UpSampling2D,
    Wanted,
)
from nn.models.mlp import MLP

# What computes the same in a training, where it may take compiled kernels.
ALIKE = Conv2D, Dense, MaxPooling2D, AveragePooling2D, Flatten, Copy, Concatenate, Sum, Parallel
DOWN = Wanted(parameters=False, input=True)
At = int | str


class Place(NamedTuple):
    """Where an objective looks.

    Attributes
    ----------
    layer : the number of the layer; -1 is the picture itself.
    isBefore : whether it is what the layer's activation is applied to, instead of its output.
    """

    layer: int
    isBefore: bool = False


PICTURE = Place(-1)


class FrozenNetwork:
    """The layers of a network in inference, in a pass of their own: its parameters, and all that it is in, stay.

    Kept statistics of a `BatchNormalization` count, and `Dropout` does nothing. A network with a standardisation takes
    raw numbers, as it does elsewhere. Chains in it are gone through layer by layer. Every thread has a pass of its own.

    Parameters
    ----------
    network : an `MLP` or a `layers.Chain`.

    Attributes
    ----------
    chain : its chain.
    names : of the layers, in order ("layers.0", "encoder.layers.1", or "conv1_1" where they have names).
    size : (height, width) of the picture that is made, in its last octave; None: that of any picture it is given.
    """

    def __init__(self, network: MLP | Chain) -> None:
        if not isinstance(network, (MLP, Chain)):
            example = "MLP([...]) or Chain([...]); of an autoencoder give its encoder"
            raise TypeError(refusal("optimizeInput", "network", f"a network such as {example}", type(network)))
        self.chain = network if isinstance(network, Chain) else network.chain
        self.size: Shape | None = None
        self._scale = None if isinstance(network, Chain) else network.standardization
        self._pass = f"synthesis {threading.get_ident()}"
        self._layers = dict(_layers(self.chain))
        self.names = list(self._layers)
        self._isAlike = [
            all(isinstance(leaf, ALIKE) for leaf in one.leaves().values()) for one in self._layers.values()
        ]
        if not self.names:
            raise ValueError("optimizeInput: expected a network with layers, got an empty one")

    def place(self, owner: str, at: At, isBefore: bool = False) -> Place:
        """The place of a layer by its number (-1 is the last one) or its name; ValueError where there is none."""
        count = len(self.names)
        if isinstance(at, str) and at in self.names:
            index = self.names.index(at)
        elif isinstance(at, Integral) and not isinstance(at, bool) and -count <= at < count:
            index = int(at) % count
        else:
            raise ValueError(refusal(owner, "at", f"a layer: 0 to {count - 1}, or of {', '.join(self.names)}", at))
        if isBefore and not isinstance(self._layer(index), Activated):
            isBefore = False  # without an activation there is nothing before it
        return Place(index, isBefore)

    def field(self, places: Iterable[Place]) -> tuple[int, int]:
        """How many pixels, down and across, reach one number at the deepest of these places: 1 + the sum of (k - 1)
        steps.

        Of layers side by side, the largest counts. It says nothing of layers that take all of their input.
        """
        layers = self._until(places)
        down, across = (math.ceil(_reach(layers, axis, 1.0, 1.0)[0]) for axis in (0, 1))
        return down, across

    def check(self, owner: str, sampleShape: Shape, places: Collection[Place]) -> None:
        """ValueError where the network does not take such pictures, or they are smaller than its field."""
        shape = self.chain.inputShape
        if shape is not None and shape != sampleShape:
            raise ValueError(refusal(owner, "the picture", f"of the network's input shape {shape}", sampleShape))
        shape = sampleShape
        for layer in self._until(places):
            shape = layer.outputShape(shape)
        field = self.field(places)
        if len(sampleShape) == 3 and len(shape) == 3 and (field[0] > sampleShape[1] or field[1] > sampleShape[2]):
            deepest = self.names[max(place.layer for place in places)]
            raise ValueError(
                f"{owner}: expected a picture of at least {field[0]} x {field[1]}, the field of {deepest}, got "
                f"{sampleShape[1]} x {sampleShape[2]}; take a larger picture, or a layer nearer to the input"
            )

    def picture(self, owner: str, name: str, value: Any) -> Array:
        """Pictures in the network's precision, a new array; a picture without the axis of the samples gets it."""
        x = realNumbers(owner, name, value, self.chain.dtype, finite=True, scaled=True)
        if x.ndim == 3:
            x = x[..., np.newaxis]
        if x.ndim not in (2, 4) or not x.size:
            expected = "pictures (channels, height, width, N), one of (channels, height, width), or columns (inputs, N)"
            raise ValueError(refusal(owner, name, expected, x.shape))
        return np.array(x)

    def outputs(self, x: Array, places: Collection[Place]) -> dict[Place, Array]:
        """What is at these places for pictures x; buffers, which the next call refills."""
        found = {PICTURE: x} if PICTURE in places else {}
        y = x if self._scale is None else self._scale.apply(x).astype(x.dtype)
        with self.chain.use(self._pass):
            for index, layer in enumerate(self._until(places)):
                y = layer.forward(y, self._isAlike[index])
                if (place := Place(index)) in places:
                    if isinstance(y, tuple):
                        expected = f"a layer that gives one array, not {len(y)} side by side"
                        raise ValueError(refusal("optimizeInput", "at", expected, self.names[index]))
                    found[place] = y
                if (place := Place(index, True)) in places:
                    found[place] = layer.preactivation  # type: ignore[attr-defined]
        return found

    def gradient(self, gradients: Mapping[Place, Array], like: Array) -> Array:
        """The gradient with respect to the pictures, a new array, after `outputs`; from those at places."""
        total = np.zeros_like(like)
        if (own := gradients.get(PICTURE)) is not None:
            total += own
        dy: Array | None = None
        with self.chain.use(self._pass):
            for index in range(max((place.layer for place in gradients), default=-1), -1, -1):
                layer, at, before = self._layer(index), gradients.get(Place(index)), gradients.get(Place(index, True))
                if at is not None:
                    dy = at if dy is None else dy + at
                dx = None if dy is None else layer.backward(dy, DOWN)
                if before is not None:
                    above = None if dx is None else dx.copy()  # dx is a buffer of the layer
                    dx = layer.backwardLogits(before, DOWN)  # type: ignore[attr-defined]
                    dx = dx if above is None else dx + above
                dy = dx
        if dy is not None:
            total += dy if self._scale is None else dy / _beside(self._scale.deviation, dy)
        return total

    def _layer(self, index: int) -> Layer:
        return self._layers[self.names[index]]

    def _until(self, places: Iterable[Place]) -> list[Layer]:
        """The layers down to the deepest of these places."""
        return list(self._layers.values())[: 1 + max((place.layer for place in places), default=-1)]


def _layers(chain: Chain) -> Iterable[tuple[str, Layer]]:
    """The layers by name, those of chains in it one by one."""
    for name, layer in chain.children().items():
        if isinstance(layer, Chain):
            yield from ((f"{name}.{inner}", one) for inner, one in _layers(layer))
        else:
            yield name, layer


def _reach(layers: Iterable[Layer], axis: int, field: float, step: float) -> tuple[float, float]:
    """How many pixels along an axis reach a number after these layers, and how far apart those of two neighbours are.

    `field` and `step` are what they are before.
    """
    for layer in layers:
        if isinstance(layer, (Parallel, Residual)):
            beside = [_reach([one], axis, field, step) for one in layer.children().values()]
            field, step = (max(found) for found in zip(*beside, strict=True))
        elif isinstance(layer, Chain):
            field, step = _reach(layer.layers, axis, field, step)
        elif isinstance(layer, UpSampling2D):
            step /= layer.size[axis]
        elif isinstance(layer, Conv2DTranspose):
            field += (-(-layer.kernelSize[axis] // layer.strides[axis]) - 1) * step
            step /= layer.strides[axis]
        elif isinstance(layer, (Conv2D, MaxPooling2D, AveragePooling2D)):
            window = layer.kernelSize if isinstance(layer, Conv2D) else layer.poolSize
            field += (window[axis] - 1) * step
            step *= layer.strides[axis]
    return field, step


def _beside(deviation: list[float], array: Array) -> Array:
    """σ of every feature, to divide the array by."""
    return np.reshape(deviation, (-1, *(1,) * (array.ndim - 1 - featureAxis(array)))).astype(array.dtype)

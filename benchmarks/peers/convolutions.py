"""The convolutional networks that are timed: the third lecture's two autoencoders, a classifier, and a DCGAN."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SIDE, KERNEL, POOL, BORDER = 28, 3, 2, 2
WINDOW, STEP, LATENT = 4, 2, 100  # of the DCGAN: kernel, strides, numbers of noise
DEVIATION, LOST = 0.5, 0.5  # of the noise, and the share that dropout takes
PAD, CROP, POOLING, FLATTEN, NOISE, DROPOUT = "pad", "crop", "pooling", "flatten", "noise", "dropout"
LEAKY = "leakyrelu"


class Convolution(NamedTuple):
    """The initial state of a convolution: weight (out, in, k, k), bias (out,), both float32.

    `up` is a transposed one in steps of 2, padded as in Keras; `same`, of the others, zeros around the image; `step`
    theirs.
    """

    weight: Array
    bias: Array
    activation: str
    up: bool = False
    same: bool = True
    step: int = 1


class DenseLayer(NamedTuple):
    """The initial state of a layer f(W x + b): weight (out, in), bias (out,), both float32."""

    weight: Array
    bias: Array
    activation: str


class Normalization(NamedTuple):
    """Batch normalisation of images, with ReLU behind it; `side` makes them of columns before."""

    features: int
    side: int | None = None


Step = Convolution | DenseLayer | Normalization | str


def networks(kind: str, sizes: tuple[int, ...], classes: int) -> dict[str, list[Step]]:
    """The layers of all parts of "conv-autoencoder", "conv-denoising", "conv-classifier"; He's initial weights."""
    rng = np.random.default_rng(1)

    def conv(inputs: int, outputs: int, activation: str = "relu", up: bool = False, same: bool = True) -> Convolution:
        weight = rng.standard_normal((outputs, inputs, KERNEL, KERNEL), dtype=np.float32)
        fan = inputs * KERNEL**2 / (4 if up else 1)
        return Convolution(weight * math.sqrt(2 / fan), np.zeros(outputs, np.float32), activation, up, same)

    def dense(inputs: int, outputs: int, activation: str) -> DenseLayer:
        weight = rng.standard_normal((outputs, inputs), dtype=np.float32) * math.sqrt(2 / inputs)
        return DenseLayer(weight, np.zeros(outputs, np.float32), activation)

    if kind == "conv-dcgan":
        return _adversarial(rng, *sizes)
    if kind == "conv-classifier":
        a, b, c = sizes
        places = ((SIDE - 2) // POOL - 2) // POOL
        layers: list[Step] = [conv(1, a, same=False), POOLING, conv(a, b, same=False), POOLING, FLATTEN]
        return {"network": [*layers, dense(b * places**2, c, "relu"), DROPOUT, dense(c, classes, "softmax")]}
    down, up = [1, *sizes], [*reversed(sizes), 1]
    encoder: list[Step] = [NOISE if kind == "conv-denoising" else PAD]
    for inputs, outputs in itertools.pairwise(down):
        encoder += [conv(inputs, outputs), POOLING]
    last = len(up) - 2
    decoder: list[Step] = [conv(up[i], up[i + 1], "relu" if i < last else "sigmoid", up=True) for i in range(last + 1)]
    return {"encoder": encoder, "decoder": decoder + [CROP] * (kind == "conv-autoencoder")}


def numParameters(layer: Convolution | DenseLayer | Normalization) -> int:
    """How many numbers a layer learns."""
    return 2 * layer.features if isinstance(layer, Normalization) else layer.weight.size + layer.bias.size


def _adversarial(rng: np.random.Generator, a: int, b: int, *down: int) -> dict[str, list[Step]]:
    """Radford et al. 2015: the generator 100 - a x 7 x 7 - b x 14 x 14 - 1 x 28 x 28, the channels down.

    Windows on 7 x 7 are 3 x 3, around which all libraries put as many zeros on every side. Weights are N(0, 0.02²).
    """

    def weight(*shape: int) -> Array:
        return np.float32(0.02) * rng.standard_normal(shape, dtype=np.float32)

    def dense(inputs: int, outputs: int, activation: str) -> DenseLayer:
        return DenseLayer(weight(outputs, inputs), np.zeros(outputs, np.float32), activation)

    def conv(inputs: int, outputs: int, activation: str, up: bool = False, size: int = WINDOW) -> Convolution:
        W, zeros = weight(outputs, inputs, size, size), np.zeros(outputs, np.float32)
        return Convolution(W, zeros, activation, up, step=STEP)

    side, least = SIDE // STEP**2, -(-SIDE // STEP ** len(down))
    up: list[Step] = [dense(LATENT, a * side**2, "linear"), Normalization(a, side)]
    up += [conv(a, b, "linear", True), Normalization(b), conv(b, 1, "tanh", True)]
    judging: list[Step] = []
    for i, (inputs, outputs) in enumerate(itertools.pairwise((1, *down))):
        judging.append(conv(inputs, outputs, LEAKY, size=WINDOW if i < 2 else KERNEL))
    return {"generator": up, "discriminator": [*judging, FLATTEN, dense(down[-1] * least**2, 1, "sigmoid")]}


def products(
    layers: Iterable[Step], n: int, array: Callable[..., Array], learns: bool = True, inputGradient: bool = False
) -> Iterable[tuple[Array, Array, Array]]:
    """The factors and the result of every product of a step, of windows as columns, for n samples."""
    side, first = SIDE, not inputGradient
    for layer in layers:
        if layer == PAD:
            side += 2 * BORDER
        elif layer == POOLING:
            side //= POOL
        elif isinstance(layer, Normalization):
            side = layer.side or side
        elif not isinstance(layer, str):
            W = layer.weight.reshape(len(layer.weight), -1)
            places = 1
            if isinstance(layer, Convolution):
                side -= 0 if layer.same else KERNEL - 1
                side = side if layer.up else -(-side // layer.step)
                places = side**2
                if layer.up:  # (out · k · k, in)
                    W = np.ascontiguousarray(np.moveaxis(layer.weight, 1, -1).reshape(-1, layer.weight.shape[1]))
                    side *= 2
            dz, x = array(len(W), places * n), array(W.shape[1], places * n)
            yield W, x, np.empty_like(dz)
            if learns:
                yield dz, x.T, np.empty_like(W)
            if not first:
                yield W.T, dz, np.empty_like(x)
            first = False

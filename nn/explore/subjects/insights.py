"""What the layers of a network make of one sample, as pictures."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from leibnet.types import Array

import numpy as np

from layers import Learning
from nn.explore.pictures import signed, tiles

MOST_TILES = 64
MOST_UNITS = 2048
PLACE = re.compile(r"\.(\d+)\b")  # layers.0 is layers[0] in the table of the architecture
MOVING = "Flatten", "Reshape", "Dropout", "Copy", "Identity"  # what they give was seen before


class Insight(NamedTuple):
    """A layer's picture (height, width, 3), and what it shows in words."""

    name: str
    picture: Array
    words: str


def insights(model: Any, x: Array) -> list[Insight]:
    """What every layer gives for one sample x (*inputShape, 1), in the order of the forward pass.

    Images become tiles, one a channel, at most 64; vectors a strip, at most 2,048 units; sequences a row for every
    step. Above 0 they go from black to white, below from black to blue, the largest number of each layer the brightest.
    """
    layers, found = model.namedLayers(), []
    for name, given in model.activations(x).items():
        layer = layers.get(name)
        kind = type(layer).__name__ if layer is not None else name.rpartition(".")[2]
        if kind in MOVING or isinstance(given, tuple):
            continue
        y = np.asarray(given, float)[..., 0]
        if y.ndim == 3:
            shown = y[:MOST_TILES]
            words = f"{len(y)} maps of {y.shape[1]} x {y.shape[2]}" + _of(len(y), len(shown))
            picture = tiles(signed(shown))
        elif y.ndim == 2:
            words, picture = f"{y.shape[0]} steps of {y.shape[1]} numbers", signed(y)
        else:
            shown = y.ravel()[:MOST_UNITS]
            words = f"{y.size} units" + _of(y.size, len(shown))
            picture = signed(strip(shown))
        where = PLACE.sub(r"[\1]", name)
        found.append(Insight(f"{where} {kind}", picture, words))
    return found


def kernels(model: Any, pictureShape: tuple[int, int, int]) -> Insight | None:
    """What the first layer with weights looks for: its kernels, or a template for every unit; None where it has none.

    Weights above 0 white, below blue; at most 64. Of kernels with other than one or three input channels, their mean.
    """
    for layer in model.namedLayers().values():
        if not isinstance(layer, Learning) or "weight" not in layer.parameters:
            continue
        weight = np.asarray(layer.parameters["weight"], float)
        if weight.ndim == 4:
            found, kind = weight.mean(axis=1), f"kernels of {weight.shape[2]} x {weight.shape[3]}"
        elif weight.ndim == 2 and weight.shape[1] == math.prod(pictureShape):
            found, kind = weight.reshape(-1, *pictureShape).mean(axis=1), "units' templates"
        else:
            return None
        shown = found[:MOST_TILES]
        words = f"{len(found)} {kind}" + _of(len(found), len(shown))
        return Insight(f"{type(layer).__name__}, its weights", tiles(signed(shown, each=True)), words)
    return None


def strip(values: Array) -> Array:
    """Numbers (n,) in lines of equal length, at most 64 in each, as (lines, length); what is missing is 0."""
    lines = math.ceil(len(values) / 64)
    length = math.ceil(len(values) / lines)
    return np.pad(values, (0, lines * length - len(values))).reshape(lines, length)


def _of(count: int, shown: int) -> str:
    return "" if count == shown else f", the first {shown} of them"

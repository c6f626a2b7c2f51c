"""Models made of several networks."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

from dataset import Dataset
from layers import Layer
from nn.models.mlp import MLP


def network(model: str, part: str, given: Any) -> MLP:
    """The part that was given, if it is a network with layers."""
    if not isinstance(given, MLP):
        raise TypeError(f"{model} needs the {part} to be an MLP, got {given!r}")
    if not given.layers:
        raise ValueError(f"{model} needs the {part} to have layers, got an empty MLP: add them with addLayer first")
    return given


def layersOf(parts: Mapping[str, MLP | Layer]) -> list[Layer]:
    """The layers of the parts in order."""
    return [layer for one in parts.values() for layer in (one.layers if isinstance(one, MLP) else [one])]


def joined(parts: Mapping[str, MLP | Layer]) -> dict[str, Layer]:
    """The layers of the parts in order, by name: "encoder.layers.0", "sampler", ..."""
    named: dict[str, Layer] = {}
    for part, one in parts.items():
        named |= {part: one} if isinstance(one, Layer) else {f"{part}.{k}": v for k, v in one.namedLayers().items()}
    return named


def setPlaces(named: Mapping[str, Layer]) -> None:
    """Lets messages name the layers by their part: "encoder.layers[0]"."""
    for name, layer in named.items():
        layer.place = re.sub(r"\.(\d+)$", r"[\1]", name)


def checkFit(model: str, parts: Mapping[str, MLP | Layer]) -> None:
    """Raises ValueError if the output of one part does not fit the input of the next, or a layer is in two of them."""
    named = joined(parts)
    for name, layer in named.items():
        if sum(layer is other for other in named.values()) > 1:
            raise ValueError(f"{model}: {name} ({layer!r}) is there twice, every place needs a layer of its own")
    for before, after in itertools.pairwise(parts):
        one = parts[before]
        output = one.outputShape if isinstance(one, MLP) else one.outputShape(one.inputShape or ())
        if None not in (output, parts[after].inputShape) and output != parts[after].inputShape:
            raise ValueError(
                f"{model}: the {before} gives samples of shape {output}, the {after} takes {parts[after].inputShape}: "
                "make the two equal"
            )


def description(model: str, parts: Mapping[str, MLP | Layer]) -> str:
    """The model for `print`: a table for each part."""
    blocks = [f"{part}: {one!r}" for part, one in parts.items()]
    total = sum(layer.numParameters() for layer in joined(parts).values())
    return "\n".join([model, *blocks, f"{total:,} parameters in all"])


def checkRange(data: str, ends: tuple[float, float], layer: Layer) -> None:
    """Raises ValueError if the data, given by their least and largest value, go beyond what the layer can give."""
    low, high = (-math.inf, math.inf) if layer.activation is None else layer.activation.range
    if ends[0] < low or ends[1] > high:
        raise ValueError(
            f"{data} has values from {ends[0]:g} to {ends[1]:g}, which {layer.describe()} cannot give, its outputs lie "
            f"in [{low:g}, {high:g}]: scale the data (images by valueRange), or end in Identity()"
        )


def rangeOf(dataset: Dataset) -> tuple[float, float]:
    """The smallest and the largest value of the training set."""
    if dataset.valueRange is not None:
        return dataset.valueRange
    ends = [(float(inputs.min()), float(inputs.max())) for inputs, _ in dataset.chunks("train")]
    return min(low for low, _ in ends), max(high for _, high in ends)

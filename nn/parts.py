"""Models made of several networks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from layers import Layer
from nn.mlp import MLP


def network(model: str, part: str, given: Any) -> MLP:
    """The part that was given, if it is a network with layers."""
    if not isinstance(given, MLP):
        raise TypeError(f"{model} needs the {part} to be an MLP, got {given!r}")
    if not given.layers:
        raise ValueError(f"{model} needs the {part} to have layers, got an empty MLP: add them with addLayer first")
    return given


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
    """Raises ValueError if the output of one part does not fit the input of the next."""
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

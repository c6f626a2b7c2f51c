"""Models made of several networks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Shape

from dataset import Batch, Dataset
from layers import Chain, Layer
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.objective import lastActivation, lastLayer


def network(model: str, part: str, given: Any) -> MLP:
    """The part that was given, if it is a network with layers."""
    if not isinstance(given, MLP):
        raise TypeError(refusal(model, f"the {part}", "an MLP", given))
    if not given.layers:
        raise ValueError(f"{model}: expected the {part} to have layers, got an empty MLP; add them with addLayer first")
    return given


def checkDistinct(model: str, parts: Mapping[str, Layer]) -> None:
    """ValueError if a layer is in two of the parts."""
    seen: set[int] = set()
    for part, layer in parts.items():
        for name, leaf in layer.leaves().items():
            if id(leaf) in seen:
                place = f"{part}.{name}".rstrip(".")
                raise ValueError(f"{model}: {place} ({leaf!r}) is there twice, every place needs a layer of its own")
            seen.add(id(leaf))


def checkFit(model: str, parts: Mapping[str, Layer], packing: int = 1) -> None:
    """ValueError if the output of one part does not fit the input of the next, or a layer is in two of them.

    `packing` is how many samples the next part takes together, behind one another on their first axis.
    """
    checkDistinct(model, parts)
    for before, after in itertools.pairwise(parts):
        one = parts[before]
        output = one.shape() if isinstance(one, Chain) else one.outputShape(one.inputShape or ())
        takes = parts[after].inputShape
        if output is None or takes is None:
            continue
        if (packing * output[0], *output[1:]) != takes:
            of = (
                "" if packing == 1 else f" of {packing} samples together, {(packing * output[0], *output[1:])} expected"
            )
            raise ValueError(
                f"{model}: the {before} gives samples of shape {output}, the {after} takes {takes}{of}: "
                "make the two equal"
            )


def locate(networks: Mapping[str, Chain]) -> None:
    """Gives the layers of these networks their places, for messages."""
    for name, one in networks.items():
        one.locate(name)


def description(
    model: str, parts: Mapping[str, Model | Layer], inputShape: Shape | None = None, packing: int = 1
) -> str:
    """The model for `print`: a table for each part, which takes what the one before gives, the first `inputShape`.

    `packing` is how many samples each takes together of those that the one before gives.
    """
    blocks, shape = [], inputShape
    for name, part in parts.items():
        if isinstance(part, MLP):
            blocks.append(f"{name}: {part.table(shape)}")
            shape = part.chain.shapes(shape)[-1]
        else:
            blocks.append(f"{name}: {part!r}")
            shape = part.outputShape(shape or part.inputShape or ()) if isinstance(part, Layer) else None
        shape = None if shape is None else (packing * shape[0], *shape[1:])
    total = sum(one.numParameters() for one in parts.values())
    return "\n".join([model, *blocks, f"{total:,} parameters in all"])


def checkRange(data: str, ends: tuple[float, float], network: Chain) -> None:
    """ValueError if the data, given by their least and largest value, go beyond what the network can give."""
    activation = lastActivation(network)
    low, high = (-math.inf, math.inf) if activation is None else activation.range
    if ends[0] < low or ends[1] > high:
        raise ValueError(
            f"{data} has values from {ends[0]:g} to {ends[1]:g}, which {lastLayer(network).describe()} cannot give, "
            f"its outputs lie in [{low:g}, {high:g}]: scale the data (images by valueRange), or end in Identity()"
        )


def rangeOf(dataset: Dataset) -> tuple[float, float]:
    """The smallest and the largest value of the training set."""
    return dataset.facts.ends


def checkUnweighted(model: str, data: Dataset | Batch) -> None:
    """ValueError if data have weights, for a model that takes none."""
    if data.isWeighted:
        remedy = "repeat the samples that count more, np.repeat(x, times, axis=-1)"
        raise ValueError(refusal(model, "the data", "without weights", data, remedy))

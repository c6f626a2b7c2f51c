"""The parameters of a layer and their gradients: one contiguous vector each, with a view for every name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from leibnet.types import Array, Shape

import numpy as np


class SharedMemory(NamedTuple):
    """Where a block lies: from `start` on in vectors that it shares with others."""

    parameters: Array
    gradients: Array
    start: int


class ParameterBlock:
    """Parameters and gradients by name, behind one another: an optimizer then updates one vector, not many arrays.

    Parameters
    ----------
    initial : the initial values by name.

    Attributes
    ----------
    vector, gradientVector : all parameters, all gradients.
    values, gradients : by name, views of them.
    memory : where the vectors lie in those of several layers, or None; see `pack`.
    """

    def __init__(self, initial: Mapping[str, Array]) -> None:
        self._shapes: dict[str, Shape] = {name: value.shape for name, value in initial.items()}
        vector = np.concatenate([np.ravel(value) for value in initial.values()] or [np.empty(0)]).astype(float)
        self.place(vector, np.zeros_like(vector), None)

    def place(self, vector: Array, gradientVector: Array, memory: SharedMemory | None) -> None:
        """Takes these vectors for its own."""
        self.vector, self.gradientVector, self.memory = vector, gradientVector, memory
        self.values, self.gradients = self._views(vector), self._views(gradientVector)

    def stretches(self, names: Iterable[str]) -> list[slice]:
        """Where the parameters of these names lie in the vector."""
        ends, start = {}, 0
        for name, shape in self._shapes.items():
            ends[name] = slice(start, start := start + math.prod(shape))
        return [ends[name] for name in names if name in ends]

    def _views(self, vector: Array) -> dict[str, Array]:
        names = list(self._shapes)
        return {
            name: vector[stretch].reshape(self._shapes[name])
            for name, stretch in zip(names, self.stretches(names), strict=True)
        }

    def beside(self) -> ParameterBlock:
        """The same parameters, in the same memory, with gradients of their own."""
        other = ParameterBlock({})
        other._shapes = self._shapes
        other.place(self.vector, np.zeros_like(self.gradientVector), None)
        return other

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: without views, which would become arrays of their own."""
        return {"_shapes": self._shapes, "vector": self.vector, "gradientVector": self.gradientVector}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._shapes = state["_shapes"]
        self.place(state["vector"], state["gradientVector"], None)


def pack(blocks: Iterable[ParameterBlock], dtype: Any) -> None:
    """Converts blocks to float32 or float64, and puts them behind one another into one vector of parameters and one of
    gradients, so that one update can move all of them."""
    blocks = list(blocks)
    if not blocks:
        return
    parameters = np.concatenate([block.vector for block in blocks]).astype(dtype, copy=False)
    gradients = np.concatenate([block.gradientVector for block in blocks]).astype(dtype, copy=False)
    start = 0
    for block in blocks:
        stop = start + block.vector.size
        block.place(parameters[start:stop], gradients[start:stop], SharedMemory(parameters, gradients, start))
        start = stop


def shared(blocks: Iterable[ParameterBlock]) -> tuple[Array, Array] | None:
    """Parameters and gradients of these blocks as one vector each, if they lie behind one another; else None."""
    blocks = list(blocks)
    if len(blocks) < 2 or (first := blocks[0].memory) is None:
        return None
    for one, other in pairwise(blocks):
        here, there = one.memory, other.memory
        if here is None or there is None or there.parameters is not here.parameters:
            return None
        if there.start != here.start + one.vector.size:
            return None
    place = slice(first.start, first.start + sum(block.vector.size for block in blocks))
    return first.parameters[place], first.gradients[place]

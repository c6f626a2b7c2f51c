"""Layers side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leibnet import arguments

from layers.branches.copy import gradientsLike, severalInputs
from layers.composite import Composite
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Parallel(Composite):
    """(x₁, ..., xₙ) becomes (f₁(x₁), ..., fₙ(xₙ)): layers side by side, each with an input of its own.

    Parameters
    ----------
    layers : f₁, ..., fₙ.

    Example
    -------
    >>> from layers import Chain, Copy, Concatenate, Dense
    >>> fork = Chain([Copy(), Parallel([Dense(4, 2), Dense(4, 3)]), Concatenate()])
    >>> fork.outputShape((4,))
    (5,)
    """

    isLinear = True

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self.layers = list(layers) if isinstance(layers, Iterable) else [layers]
        for layer in self.layers:
            arguments.instance("Parallel", "every layer", layer, Layer, "Dense(784, 100, ReLU())")
        if not self.layers:
            raise ValueError("Parallel: expected one layer or more, got none; give [Dense(...), ...]")
        self._settle()

    def children(self) -> dict[str, Layer]:
        return {f"layers.{i}": layer for i, layer in enumerate(self.layers)}

    @property
    def inputShape(self) -> Any:  # type: ignore[override]
        """The shapes of one sample's arrays, None where any will do."""
        return tuple(layer.inputShape for layer in self.layers)

    def outputShape(self, inputShape: Any) -> Any:
        several = all(isinstance(shape, tuple) for shape in inputShape)
        if not several or len(inputShape) != len(self.layers):
            raise ValueError(f"{self.describe()}: expected {len(self.layers)} shapes, got {inputShape}")
        return tuple(layer.outputShape(shape) for layer, shape in zip(self.layers, inputShape, strict=True))

    def multiplications(self, inputShape: Any) -> int:
        return max(layer.multiplications(shape) for layer, shape in zip(self.layers, inputShape, strict=True))

    def accept(self, x: Any) -> Any:
        return severalInputs(self, x, len(self.layers))

    def gradientLike(self, y: Any, dy: Any) -> Any:
        return gradientsLike(self, y, dy)

    def _forward(self, x: Any, now: Pass, training: bool) -> Any:
        return tuple(layer.forward(one, training) for layer, one in zip(self.layers, x, strict=True))

    def _backward(self, dy: Any, now: Pass, wanted: Wanted) -> Any:
        dx = tuple(layer.backward(one, wanted) for layer, one in zip(self.layers, dy, strict=True))
        return dx if wanted.input else None

    def __repr__(self) -> str:
        return f"Parallel ({' | '.join(map(repr, self.layers))})"

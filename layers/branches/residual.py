"""Residual connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.types import Array, Shape

import numpy as np

from layers.chain import Chain
from layers.composite import Composite
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Residual(Composite):
    """y = x + f(x), or y = p(x) + f(x) where f changes the shape.

    He et al. 2015, arXiv:1512.03385; outlook of the first lecture.

    Parameters
    ----------
    chain : f, a `Chain` or a list of layers.
    projection : p, a layer from x to the shape of f(x); default none, for an f that keeps the shape.

    Example
    -------
    >>> from activations import ReLU
    >>> from layers import Dense
    >>> Residual([Dense(8, 8, ReLU()), Dense(8, 8)]).numParameters()
    144
    """

    isLinear = True
    isSamplewise = True

    nested: ClassVar[Mapping[str, Any]] = {"chain": Layer, "projection": Layer}

    def __init__(self, chain: Chain | Iterable[Layer], projection: Layer | None = None) -> None:
        super().__init__()
        self.chain = chain if isinstance(chain, Chain) else Chain(chain)
        if not self.chain.layers:
            raise ValueError("Residual: expected a chain with layers, got an empty one; give [Dense(...), ...]")
        if projection is not None:
            arguments.instance("Residual", "projection", projection, Layer, "Dense(8, 16)")
        self.projection = projection
        self._settle()
        if (shape := self.inputShape) is not None:
            self.outputShape(shape)

    def children(self) -> dict[str, Layer]:
        both: dict[str, Layer] = {"chain": self.chain}
        return both if self.projection is None else both | {"projection": self.projection}

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The shape of one sample; None where any will do."""
        return self.chain.inputShape

    def outputShape(self, inputShape: Shape) -> Shape:
        shape = self.chain.outputShape(inputShape)
        aside = inputShape if self.projection is None else self.projection.outputShape(inputShape)
        if shape != aside:
            raise ValueError(
                f"{self.describe()}: expected f to give the shape that it is added to, {aside}, got {shape}; give a "
                "projection between the two, such as Dense(inputs, outputs)"
            )
        return shape

    def multiplications(self, inputShape: Shape) -> int:
        return max(layer.multiplications(inputShape) for layer in self.children().values())

    def accept(self, x: Any) -> Any:
        return x  # the first layer looks at it

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        f = self.chain.forward(x, training)
        aside = x if self.projection is None else self.projection.forward(x, training)
        if f.shape != aside.shape:
            self.outputShape(x.shape[:-1])
        return np.add(aside, f, out=now.buffer("y", f.shape, f))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        df = self.chain.backward(dy, wanted)
        aside = dy if self.projection is None else self.projection.backward(dy, wanted)
        if df is None or aside is None or not wanted.input:
            return None
        return np.add(aside, df, out=now.buffer("dx", df.shape, df))

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.chain.layers))
        return f"Residual ({inside})" + ("" if self.projection is None else f" beside {self.projection!r}")

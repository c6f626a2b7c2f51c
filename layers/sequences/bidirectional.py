"""Recurrent layers in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.types import Array, Shape

import numpy as np

from layers.composite import Composite
from layers.layer import Layer
from layers.learning import Learning
from layers.passes import Pass, Wanted


class Bidirectional(Composite):
    """y_t = [f(x)_t; r(x reversed)_{T - t}]: a layer on sequences, and another that reads them from their ends.

    So what comes out at a step knows of all steps. Schuster & Paliwal 1997, "Bidirectional recurrent neural networks".
    The features of the two stand behind one another. A reversed sequence that is shorter than others of its batch, see
    `masked`, begins with the steps that it does not have, where the state stays as it is.

    Parameters
    ----------
    layer : f, a layer on sequences such as `LSTM`.
    reverse : r; default a copy of f, with a memory and parameters of its own that start at the same values.

    Example
    -------
    >>> from layers import LSTM
    >>> Bidirectional(LSTM(8, 64)).outputShape((50, 8))
    (50, 128)
    """

    nested: ClassVar[Mapping[str, Any]] = {"layer": Layer, "reverse": Layer}

    def __init__(self, layer: Layer, reverse: Layer | None = None) -> None:
        super().__init__()
        self.layer = arguments.instance("Bidirectional", "layer", layer, Layer, "LSTM(8, 64)")
        if reverse is None:
            reverse = deepcopy(layer)
            for part in (reverse, *reverse.parts()):
                if isinstance(part, Learning):
                    part.optimizer = part.optimizer.clone()
        self.reverse = arguments.instance("Bidirectional", "reverse", reverse, Layer, "LSTM(8, 64)")
        self._settle()

    def children(self) -> dict[str, Layer]:
        return {"layer": self.layer, "reverse": self.reverse}

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The shape of one sample; None where any will do."""
        return self.layer.inputShape

    def outputShape(self, inputShape: Shape) -> Shape:
        ahead, back = self.layer.outputShape(inputShape), self.reverse.outputShape(inputShape)
        if len(ahead) != 2 or len(back) != 2 or ahead[0] != back[0]:
            expected = "to give sequences of as many steps, (steps, features) for a sample"
            raise ValueError(f"{self.describe()}: expected both layers {expected}, got {ahead} and {back}")
        return ahead[0], ahead[1] + back[1]

    def multiplications(self, inputShape: Shape) -> int:
        return max(layer.multiplications(inputShape) for layer in self.children().values())

    def accept(self, x: Any) -> Any:
        return x  # the layers look at it

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        ahead, back = self.layer.forward(x, training), self.reverse.forward(x[::-1], training)
        now.features = ahead.shape[1]
        shape = (*self.outputShape(x.shape[:-1]), x.shape[-1])
        return np.concatenate([ahead, back[::-1]], axis=1, out=now.buffer("y", shape, ahead))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        ahead = self.layer.backward(dy[:, : now.features], wanted)
        back = self.reverse.backward(dy[::-1, now.features :], wanted)
        if not wanted.input:
            return None
        return np.add(ahead, back[::-1], out=now.buffer("dx", ahead.shape, ahead))

    def takeMask(self, mask: Array | None) -> Array | None:
        self.now.mask = mask
        self.reverse.takeMask(None if mask is None else mask[::-1])
        return self.layer.takeMask(mask)

    def takeWeights(self, weights: Array | None) -> None:
        super().takeWeights(weights)
        if weights is not None and weights.ndim > 1:
            self.reverse.takeWeights(weights[::-1])

    def __repr__(self) -> str:
        return f"Bidirectional ({self.layer!r} | {self.reverse!r})"

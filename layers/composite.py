"""Layers that are made of layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from layers.jointupdate import Updates
from layers.layer import Layer
from layers.learning import Learning
from layers.parameters import pack
from layers.referring import Referring


class Composite(Layer):
    """A layer that is made of others: what concerns all of them, whatever the way through them.

    One of your own says its `children`, ends its constructor with `_settle`, and writes `_forward` and `_backward` with
    theirs.
    """

    nested: ClassVar[Mapping[str, Any]] = {"layers": Layer}

    def __init__(self) -> None:
        super().__init__()
        self._updates = Updates()

    @abstractmethod
    def children(self) -> dict[str, Layer]:
        """The layers by name; the names stand in files."""

    def _settle(self) -> None:
        """Checks that every layer in it has one place, and all one precision; gives them their places."""
        layers = list(self.parts())
        if len({id(self), *map(id, layers)}) <= len(layers):
            raise ValueError(f"{self.name}: expected a layer of its own for every place, got one twice")
        if len(precisions := {layer.dtype for layer in layers}) > 1:
            got = " and ".join(sorted(map(str, precisions)))
            raise ValueError(f"{self.name}: expected layers of one precision, got {got}; use astype")
        self.locate()

    def leaves(self) -> dict[str, Layer]:
        return {
            f"{name}.{inner}".rstrip("."): leaf
            for name, layer in self.children().items()
            for inner, leaf in layer.leaves().items()
        }

    def parts(self) -> list[Layer]:
        found: list[Layer] = []
        for layer in self.children().values():
            found.append(layer)
            found += layer.parts()
        return found

    def learning(self) -> list[Learning]:
        return [learner for layer in self.children().values() for learner in layer.learning()]

    def takeWeights(self, weights: Array | None) -> None:
        super().takeWeights(weights)
        for layer in self.children().values():
            layer.takeWeights(weights)

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        after = [layer.takeMask(mask) for layer in self.children().values()]  # side by side
        return after[0] if after else mask

    @property
    def learns(self) -> bool:
        """Whether a layer in it does."""
        return any(layer.learns for layer in self.children().values())

    def locate(self, place: str = "") -> None:
        """Gives this layer and those in it their places in a network, for messages."""
        super().locate(place)
        for name, layer in self.children().items():
            kind, dot, number = name.rpartition(".")
            layer.locate(f"{place}.{f'{kind}[{number}]' if dot else name}".lstrip("."))
        leaves = {leaf.place: leaf for leaf in self.leaves().values()}
        for leaf in leaves.values():
            if isinstance(leaf, Referring):
                leaf.refer(leaves)

    # What is done with all of them -----------------------------------------------------------------------------------

    def update(self, timeStep: int | None = None, factor: float = 1.0, batchSize: int | None = None) -> None:
        """One step of the optimizers of all layers that learn, with the gradients of the last backward pass.

        Parameters
        ----------
        timeStep : t = 1, 2, ..., the number of this update; counted by the optimizers if not given.
        factor : multiplies the step; a learning-rate schedule's value.
        batchSize : |X|, by which `learningRate` is divided; by default that of the last forward pass.
        """
        self._updates.make(self.learning(), timeStep, factor, batchSize)

    def freeze(self) -> None:
        """Freezes all layers: they hand gradients on and do not learn."""
        self._setTrainable(False)

    def unfreeze(self) -> None:
        """Lets all layers learn again."""
        self._setTrainable(True)

    def _setTrainable(self, trainable: bool) -> None:
        for layer in self.parts():
            if isinstance(layer, Learning):
                layer.trainable = trainable

    def penaltyValue(self) -> float:
        """The layers' own terms of the loss at the last forward pass, together."""
        total = 0.0
        for layer in self.children().values():
            if layer.penalty is not None:
                _ = layer.output  # that of a last layer is computed when it is asked for
                total += layer.penalty.value(layer.passed())
            if isinstance(layer, Composite):
                total += layer.penaltyValue()
        return total

    def numParameters(self) -> int:
        return sum(layer.numParameters() for layer in self.children().values())

    def astype(self, dtype: Any) -> None:
        """Converts all layers to float32 or float64, and puts their parameters behind one another, for one update."""
        layers = list(self.parts())
        precision = arguments.floatType(self.describe(), dtype)
        if all(layer.dtype == precision for layer in layers):
            return
        pack([layer.block for layer in layers if isinstance(layer, Learning)], precision)
        for layer in (self, *layers):
            layer.converted(precision)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of its layers."""
        return next((layer.dtype for layer in self.children().values()), super().dtype)

    @property
    def hasGradients(self) -> bool:
        """Whether the last backward pass computed the gradients of all parameters that learn."""
        return self.learns and all(layer.hasGradients for layer in self.learning())

    def skipBackward(self) -> None:
        super().skipBackward()
        for layer in self.children().values():
            layer.skipBackward()

    def hasFiniteGradients(self) -> bool:
        """Whether all gradients of all parameters that learn are finite."""
        return all(layer.hasFiniteGradients() for layer in self.learning())

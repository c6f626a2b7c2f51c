"""Layers with a weight and a bias."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

from layers.activated import Activated
from layers.learning import Learning


class HasWeight(Learning):
    """A layer with a parameter `weight`."""

    @property
    def weight(self) -> Array:
        """W. Assigning copies the values into the existing array."""
        return self.block.values["weight"]

    @weight.setter
    def weight(self, value: Any) -> None:
        self._assign("weight", value)


class HasBias(Learning):
    """A layer with a parameter `bias`."""

    @property
    def bias(self) -> Array:
        """b, of shape (outputs, 1). Assigning copies the values into the existing array."""
        return self.block.values["bias"]

    @bias.setter
    def bias(self, value: Any) -> None:
        self._assign("bias", value)


class Affine(HasWeight, HasBias, Activated):
    """A layer with the parameters `weight` and `bias`, (outputs, 1). Base of `Dense` and the convolutions."""

    biased = True

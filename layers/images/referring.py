"""Layers that use what another layer of their network leaves in a pass."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from layers.layer import Layer


class Referring(Layer):
    """A layer that refers to another one of the network, in files by its place. A network tells it who is there."""

    @abstractmethod
    def refer(self, layers: Mapping[str, Layer]) -> None:
        """Takes the layer it refers to from those of the network, by their places."""

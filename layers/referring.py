"""Layers that use another layer of their network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from leibnet.arguments import refusal, withArticle

from layers.layer import Layer


class Referring(Layer):
    """A layer that refers to another one of the network, in files by its place. A network tells it who is there.

    Attributes
    ----------
    reference : the name of the argument that is the other layer, or its place.
    referent : the class of that layer.
    """

    reference: ClassVar[str] = ""
    referent: ClassVar[type[Layer]] = Layer

    def _point(self, given: Layer | str) -> None:
        """Takes what the constructor was given: the layer, or its place."""
        if not isinstance(given, (self.referent, str)):
            expected = f"{withArticle(self.referent.__name__)} of the same network"
            raise TypeError(refusal(self.name, self.reference, expected, given))
        self._there: Any = None
        self._where = given if isinstance(given, str) else ""
        if not isinstance(given, str):
            self._take(given)

    def _take(self, there: Any) -> None:
        """Takes this layer for the other one."""
        self._there = there

    def refer(self, layers: Mapping[str, Layer]) -> None:
        """Takes the layer it refers to from those of the network, by their places."""
        found = layers.get(self._where)
        if self._where and isinstance(found, self.referent):
            self._take(found)

    @property
    def referred(self) -> Any:
        """The layer it refers to, or its place where it is in no network yet."""
        return self._where if self._there is None else self._there

    def _found(self) -> Any:
        """The layer it refers to; RuntimeError where there is none."""
        if self._there is None:
            raise RuntimeError(
                f"{self.describe()}: its {self.reference}, {self._where!r}, is not in this network: give the "
                f"{self.referent.__name__} itself"
            )
        return self._there

    def config(self) -> dict[str, Any]:
        return super().config() | {self.reference: self._where if self._there is None else self._there.place}

    def _referredName(self) -> str:
        """Where the other layer is, for `print`."""
        place = self._where if self._there is None else self._there.place
        return place or withArticle(self.referent.__name__)


def checkReferred(layers: Iterable[Layer]) -> None:
    """ValueError if one of these, all layers of a model, refers to a layer that is not among them."""
    everything = list(layers)
    known = set(map(id, everything))
    for layer in everything:
        if isinstance(layer, Referring) and id(layer._found()) not in known:
            kind = layer.referent.__name__
            raise ValueError(
                f"{layer.describe()}: expected its {layer.reference} to be a {kind} of the same model, got "
                f"{layer.referred.describe()}, which is in none or in another: train and save the model of both"
            )

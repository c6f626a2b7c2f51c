"""What a model says of a network that is to be exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from leibnet.types import Shape

from layers import Layer


class Scale(Protocol):
    """What x ↦ (x - mean) / deviation says of itself, such as a `dataset.Standardization`."""

    @property
    def mean(self) -> Any:
        """A number for every feature, or an array that broadcasts over one sample."""

    @property
    def deviation(self) -> Any:
        """The same; positive."""


class Centring(NamedTuple):
    """x ↦ x - mean"""

    mean: Any
    deviation: float = 1.0


class Exported(NamedTuple):
    """A network for a file.

    Attributes
    ----------
    layers : its layers by name, one after the other; parameters have these names in the file.
    before : what its input is standardised by first, None for nothing.
    after : by what the standardisation of its output is undone at last, None for nothing.
    classNames : the names of its outputs, where they are classes that have names.
    inputShape : the shape of one sample, where the model knows it and the first layer takes any.
    """

    layers: Mapping[str, Layer]
    before: Scale | None = None
    after: Scale | None = None
    classNames: Sequence[str] | None = None
    inputShape: Shape | None = None

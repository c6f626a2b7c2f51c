"""Layers that go on with a sequence where another forward pass ended."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from leibnet.types import Array

from layers.layer import Layer


class Continuing(Layer):
    """A layer on sequences that can be told what was before the first step, and tells what there is after the last.

    So a sequence may be read, or written, in stretches; see `memory` and `remember`.

    Attributes
    ----------
    isEndless : whether what it keeps has the same size after any number of steps, as the state of a recurrent layer
        has. Of attention, it grows with the steps; positions come to their end.
    """

    isEndless: ClassVar[bool] = True

    @abstractmethod
    def begin(self, **states: Any) -> None:
        """Says what was before the first step of the next forward passes of this pass; without arguments, nothing."""

    @property
    @abstractmethod
    def final(self) -> dict[str, Array]:
        """What there is to remember after the last step of the last forward pass, by name, samples last; buffers."""

    def accept(self, x: Any) -> Array:
        x = super().accept(x)
        self.outputShape(x.shape[:-1])
        return x

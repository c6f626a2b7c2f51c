"""What models of networks that play against each other have in common."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from leibnet import randomness
from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from layers import Layer
from loss import Loss
from nn.models.adversarial.averaged import AveragedNetwork
from nn.models.model import Model


class Adversarial(Model):
    """A model of networks that play against each other, and of averages of its generators, if it has any.

    Base of `GAN` and `CycleGAN`.

    Attributes
    ----------
    rng : the generator of its random numbers, or None for the library's own.
    fixed : the attributes that are of the game for good: the networks' partners were made with them.
    """

    labelled = False
    fixed: ClassVar[frozenset[str]] = frozenset({"adversarial", "averaging", "constraint"})
    rng: np.random.Generator | None
    _averages: Mapping[str, AveragedNetwork] = MappingProxyType({})

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.fixed and name in self.__dict__:
            model = type(self).__name__
            raise AttributeError(f"{model}.{name} is fixed: make a new {model} of the networks, with another {name}")
        super().__setattr__(name, value)

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        super().prepare(loss, dataset)
        for part, one in self._averages.items():
            if not one.fits():
                expected = f"the layers of which its average was made, {one.network!r}"
                remedy = "add them before the model is made"
                raise ValueError(refusal(self.name, f"the layers of {part}", expected, one.learner, remedy))

    def arrays(self) -> dict[str, Array]:
        averages = {
            f"averaged.{part}.{name}": array
            for part, one in self._averages.items()
            for name, array in one.network.arrays().items()
        }
        return super().arrays() | averages

    def astype(self, dtype: Any) -> None:
        super().astype(dtype)
        for one in self._averages.values():
            one.network.astype(dtype)

    def state(self) -> dict[str, Any]:
        return {"averages": {name: one.state() for name, one in self._averages.items()}} if self._averages else {}

    def setState(self, state: dict[str, Any]) -> None:
        for name, one in self._averages.items():
            one.setState(state["averages"][name])

    def _layersOf(self, *parts: str) -> dict[str, Layer]:
        """Those of the `namedLayers` that are in these networks."""
        return {name: leaf for name, leaf in self.namedLayers().items() if name.partition(".")[0] in parts}

    def drawing(self) -> list[Any]:
        return [*super().drawing(), self]

    def _source(self) -> np.random.Generator:
        first = next(iter(self.networks().values()))
        return first.givenRng or self.rng or randomness.networks.generator

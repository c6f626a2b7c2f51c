"""What a unit looks for."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import At, FrozenNetwork
from nn.synthesis.inputobjective import InputObjective, Measured, Seen, Term, ofEverySample, positions


class UnitActivation(InputObjective):
    """E = -z: a unit of a layer is to be as active as can be, and so shows what it looks for.

    Erhan et al. 2009, "Visualizing higher-layer features of a deep network"; third lecture. Before the activation,
    where also a unit that is off has a gradient. Of images, the unit is a channel, and z its mean over all places.
    Without bounds of the pixels, or something else to hold it, z grows for ever.

    Parameters
    ----------
    at : the layer, by number or name.
    unit : the number of the unit or channel, or one for every picture: `unit=range(10)` for ten pictures at once.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "unit"

    def __init__(self, at: At, unit: int | list[int] | range, weight: float = 1.0) -> None:
        super().__init__(weight)
        self.at, self.unit = at, unit if isinstance(unit, int) else list(unit)

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        place, n = network.place(self.name, self.at, isBefore=True), np.arange(x.shape[-1])

        def measure(seen: Seen) -> Measured:
            z = seen[place]
            units = ofEverySample(self.name, "unit", self.unit, len(z), len(n))
            share = 1 / (positions(z) * len(n))
            dz = np.zeros_like(z)
            dz[units, ..., n] = -share
            return -share * float(z[units, ..., n].sum()), {place: dz}

        return Term([place], measure)


class ClassScore(InputObjective):
    """E = -ln p(class | picture), of a network whose last layer gives a number z for every class: p = softmax(z).

    Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, maximise z alone, which other classes' z may follow.

    Parameters
    ----------
    label : the number of the class, or one for every picture: `ClassScore(range(10))` for ten pictures at once.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "class"

    def __init__(self, label: int | list[int] | range, weight: float = 1.0) -> None:
        super().__init__(weight)
        self.label: Any = label if isinstance(label, int) else list(label)

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        place, n = network.place(self.name, -1, isBefore=True), np.arange(x.shape[-1])

        def measure(seen: Seen) -> Measured:
            z = seen[place]
            if z.ndim != 2:
                raise ValueError(f"ClassScore: expected a network that ends in columns (classes, N), got {z.shape}")
            labels = ofEverySample(self.name, "label", self.label, len(z), len(n))
            z = z - z.max(axis=0)
            p = np.exp(z)
            total = p.sum(axis=0)
            value = float(np.mean(np.log(total) - z[labels, n]))
            p /= total
            p[labels, n] -= 1
            return value, {place: p / len(n)}

        return Term([place], measure)

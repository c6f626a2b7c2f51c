"""What a unit looks for."""

from __future__ import annotations

from collections.abc import Iterable

from leibnet.arguments import flag
from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import At, FrozenNetwork
from nn.synthesis.objectives.inputobjective import (
    InputObjective,
    Measured,
    Seen,
    Term,
    ofEverySample,
    oneOrSeveral,
    positions,
)


class UnitActivation(InputObjective):
    """E = -z: a unit of a layer is to be as active as can be, and so shows what it looks for.

    Erhan et al. 2009, "Visualizing higher-layer features of a deep network"; third lecture. Before the activation,
    where also a unit that is off has a gradient. Of images, the unit is a channel, and z its mean over all
    places, or the one in the middle. Without bounds of the pixels, or something else to hold it, z grows for ever.

    Parameters
    ----------
    at : the layer, by number or name.
    unit : the number of the unit or channel, or one for every picture: `unit=range(10)` for ten pictures at once.
    weight : how much it counts beside other objectives; default 1.
    everywhere : of images, whether it is the mean over all places (default), which fills the picture with what the
        channel looks for, or the one in the middle, which shows its field.
    """

    title = "unit"

    def __init__(self, at: At, unit: int | Iterable[int], weight: float = 1.0, everywhere: bool = True) -> None:
        super().__init__(weight)
        self.everywhere = flag(self.name, "everywhere", everywhere)
        self.at, self.unit = at, oneOrSeveral(self.name, "unit", unit)

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        place, n = network.place(self.name, self.at, isBefore=True), np.arange(x.shape[-1])

        def measure(seen: Seen) -> Measured:
            z = seen[place]
            units = ofEverySample(self.name, "unit", self.unit, len(z), len(n))
            shares = np.zeros((len(n), *z.shape[1:-1]), z.dtype)  # of every place of a map in E
            middle = () if self.everywhere else tuple(side // 2 for side in z.shape[1:-1])
            shares[:, *middle] = -1 / len(n)
            if self.everywhere:
                shares /= positions(z)
            dz = np.zeros_like(z)
            dz[units, ..., n] = shares
            return float(np.vdot(shares, z[units, ..., n])), {place: dz}

        return Term([place], measure)

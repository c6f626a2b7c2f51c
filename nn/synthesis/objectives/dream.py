"""More of whatever a network sees."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import At, FrozenNetwork
from nn.synthesis.objectives.inputobjective import (
    InputObjective,
    Measured,
    Seen,
    Term,
    checkField,
    several,
    squares,
)


class Dream(InputObjective):
    """E = -1/L Σₗ |Fₗ|² / |Pₗ|²: what a layer sees in a picture is to be there more (DeepDream; fourth lecture).

    Mordvintsev, Olah & Tyka 2015, "Inceptionism". P are the activations in the picture at the beginning of the octave:
    E begins at -1.

    Parameters
    ----------
    at : the layer, or a list of L layers, by number or name.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "dream"

    def __init__(self, at: At | list[At], weight: float = 1.0) -> None:
        super().__init__(weight)
        self.at = at

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        places = [network.place(self.name, one) for one in several(self.name, self.at)]
        checkField(self.name, network, scale, x, places)
        norms = {place: squares(y) for place, y in network.outputs(x, places).items()}
        shares = {place: 1 / (len(places) * x.shape[-1] * np.where(norm, norm, 1)) for place, norm in norms.items()}

        def measure(seen: Seen) -> Measured:
            value, gradients = 0.0, {}
            for place in places:
                F, share = seen[place], shares[place]
                value -= float(np.vdot(share, squares(F)))
                gradients[place] = (-2 * share).astype(F.dtype) * F
            return value, gradients

        return Term(places, measure)

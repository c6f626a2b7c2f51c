"""What is in a picture, by deep activations."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
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
    whole,
)
from nn.synthesis.resizing import resized


class Content(InputObjective):
    """E = 1/L Σₗ |Fₗ - Pₗ|² / |Pₗ|²: the activations F of the picture are to be those P of another one.

    Gatys, Ecker & Bethge 2016 (CVPR), equation 1, relative to the size of P, which every network has of its own: E is 0
    for that picture, and about 1 for one that has nothing of it.

    Parameters
    ----------
    picture : (channels, height, width) or (channels, height, width, N), of the size of the picture that is made.
    at : the layer, or a list of L layers, by number or name; deep ones keep what is where, and forget how it looks.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "content"

    def __init__(self, picture: Any, at: At | list[At], weight: float = 1.0) -> None:
        super().__init__(weight)
        self.picture, self.at = picture, at

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        places = [network.place(self.name, one) for one in several(self.name, self.at)]
        checkField(self.name, network, scale, x, places)
        goal = network.picture(self.name, "picture", self.picture)
        shape = (len(x), *whole(network, scale, x)) if x.ndim == 4 else x.shape[:1]
        if goal.shape[:-1] != shape or goal.shape[-1] not in (1, x.shape[-1]):
            expected = f"like the picture that is made, {(*shape, x.shape[-1])}"
            raise ValueError(refusal(self.name, "picture", expected, goal.shape))
        if goal.ndim == 4:
            goal = resized(goal, *x.shape[1:3])
        targets = {place: y.copy() for place, y in network.outputs(goal, places).items()}
        norms = {place: squares(y) for place, y in targets.items()}
        shares = {place: 1 / (len(places) * x.shape[-1] * np.where(norm, norm, 1)) for place, norm in norms.items()}

        def measure(seen: Seen) -> Measured:
            value, gradients = 0.0, {}
            for place in places:
                difference = seen[place] - targets[place]
                share = np.broadcast_to(shares[place], x.shape[-1:])
                value += float(np.vdot(share, squares(difference)))
                gradients[place] = (2 * share).astype(difference.dtype) * difference
            return value, gradients

        return Term(places, measure)

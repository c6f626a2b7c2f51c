"""What a class looks like."""

from __future__ import annotations

from collections.abc import Iterable

from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import FrozenNetwork
from nn.synthesis.objectives.inputobjective import InputObjective, Measured, Seen, Term, ofEverySample, oneOrSeveral


class ClassScore(InputObjective):
    """E = -ln p(class | picture), of a network whose last layer gives a number z for every class: p = softmax(z).

    Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, maximise z alone, which other classes' z may follow.

    Parameters
    ----------
    label : the number of the class, or one for every picture: `ClassScore(range(10))` for ten pictures at once.
    weight : how much it counts beside other objectives; default 1.
    """

    title = "class"

    def __init__(self, label: int | Iterable[int], weight: float = 1.0) -> None:
        super().__init__(weight)
        self.label = oneOrSeveral(self.name, "label", label)

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

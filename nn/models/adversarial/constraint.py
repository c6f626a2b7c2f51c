"""What keeps a critic from growing without end."""

from __future__ import annotations

from abc import ABC

from leibnet.arguments import number
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from layers import Chain


class CriticConstraint(Configurable, ABC, family="critic constraint"):
    """What holds the slopes of a discriminator D within bounds, see `loss.Wasserstein`. It goes with any loss.

    One of your own has `addGradient`, where it is a term of D's loss, or `enforce`, where it moves D's parameters.
    """

    def check(self, owner: str, critic: Chain) -> None:
        """ValueError if the constraint does not suit this D."""

    def addGradient(self, critic: Chain, samples: Array, data: Array, rng: np.random.Generator) -> float:
        """The constraint's term of D's loss, whose gradient is added to those of D's parameters; 0 where it has none.

        `samples` and `data`, (..., n) each, are what D has just learnt from.
        """
        return 0.0

    def enforce(self, critic: Chain) -> None:
        """Moves D's parameters to where the constraint holds: before a training and after every update."""


class WeightClipping(CriticConstraint):
    """Before a training and after every update, each parameter w of the critic is moved into [-limit, limit].

    So the critic's slopes are bounded, by what the limit and the layers allow and not by 1: the critic's loss is a
    multiple of the Wasserstein distance that nobody knows. A small limit makes gradients vanish through the layers, a
    large one lets training take long; with it, critics learn simple functions. Arjovsky et al. 2017, arXiv:1701.07875,
    who call it "a clearly terrible way to enforce a Lipschitz constraint"; `GradientPenalty` is the better one.

    Parameters
    ----------
    limit : above 0; default 0.01, the paper's, for a critic of some layers in a small step.

    Example
    -------
    >>> from layers import Dense
    >>> critic = Chain([Dense(2, 8), Dense(8, 1)])
    >>> WeightClipping(0.05).enforce(critic)
    >>> bool(abs(critic.layers[0].weight).max() <= 0.05)
    True
    """

    def __init__(self, limit: float = 0.01) -> None:
        self.limit = number("WeightClipping", "limit", limit, low=0, excluding="low")

    def enforce(self, critic: Chain) -> None:
        for layer in critic.learning():
            vector = layer.parameterVector
            np.clip(vector, -self.limit, self.limit, out=vector)

"""How much the outputs of several layers change with a small change of the inputs."""

from __future__ import annotations

from leibnet import arguments
from leibnet.ranks import samplesOf
from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside


class StochasticContraction(Penalty):
    """λ/σ² ‖f(x + σv) - f(x)‖², v ~ N(0, I), averaged over the samples: in the mean about λ ‖∂f/∂x‖²_F.

    The penalty of a `Contracting` layer, which leaves the `difference` f(x + σv) - f(x) in its pass, or None where
    nothing was drawn; then it is 0.

    Parameters
    ----------
    weight : λ ≥ 0; default 0.1.
    deviation : σ > 0; default 0.01.
    """

    def __init__(self, weight: float = 0.1, deviation: float = 0.01) -> None:
        self.weight = arguments.number("StochasticContraction", "weight", weight, low=0)
        self.deviation = arguments.number("StochasticContraction", "deviation", deviation, low=0, excluding="low")

    def value(self, now: Pass) -> float:
        if now.difference is None:
            return 0.0
        weighted = self._weighted(now).astype(float)
        return self._factor(now) * float(np.vdot(now.difference.astype(float), weighted))

    def gradient(self, now: Pass) -> Array:
        """With respect to the difference."""
        return 2 * self._factor(now) * self._weighted(now)

    def _factor(self, now: Pass) -> float:
        return self.weight / (max(samplesOf(now.difference.shape[-1]), 1) * self.deviation**2)

    @staticmethod
    def _weighted(now: Pass) -> Array:
        weights = weightsBeside(now.difference, now)
        return now.difference if weights is None else now.difference * weights

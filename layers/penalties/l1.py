"""The sum of the outputs' sizes."""

from __future__ import annotations

from leibnet import arguments
from leibnet.ranks import samplesOf
from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside


class L1(Penalty):
    """λ/N Σ |y|, summed over the outputs, averaged over the samples: it makes outputs sparse.

    Parameters
    ----------
    weight : λ ≥ 0; default 1e-3.
    """

    def __init__(self, weight: float = 1e-3) -> None:
        self.weight = arguments.number("L1", "weight", weight, low=0)

    def value(self, now: Pass) -> float:
        sizes = np.abs(now.y)
        weights = weightsBeside(sizes, now)
        total = sizes.sum() if weights is None else (sizes * weights).sum()
        return self.weight * float(total) / max(samplesOf(now.y.shape[-1]), 1)

    def gradient(self, now: Pass) -> Array:
        gradient = np.multiply(np.sign(now.y), self.weight / max(samplesOf(now.y.shape[-1]), 1))
        weights = weightsBeside(gradient, now)
        return gradient if weights is None else gradient * weights

"""The least squares game."""

from __future__ import annotations

from leibnet.arguments import number
from leibnet.types import Array

import numpy as np

from loss.adversarial.outputgame import OutputGame


class LeastSquares(OutputGame):
    """D descends 1/2 mean over samples (z - a)² + 1/2 mean over data (z - b)², and G 1/2 mean (z - c)²

    The labels are a for samples, b for data, and c is what G wants D to say. A z far on the right side still has a
    slope, so that samples that D takes for real are drawn on towards the data. With b - c = 1 and b - a = 2, G descends
    the Pearson χ² divergence of (data + samples)/2 and samples; a = 0 and b = c = 1 is the paper's other choice, and
    CycleGAN's. Mao et al. 2017, arXiv:1611.04076.

    Parameters
    ----------
    samples : a; default 0.
    data : b, above a; default 1.
    target : c, above a; default b.

    Example
    -------
    >>> loss, dz = LeastSquares().generator(np.zeros((1, 2)))
    >>> loss, dz
    (0.5, array([[-0.5, -0.5]]))
    """

    def __init__(self, samples: float = 0.0, data: float = 1.0, target: float | None = None) -> None:
        super().__init__()
        self.samples = number("LeastSquares", "samples", samples)
        self.data = number("LeastSquares", "data", data, low=self.samples, excluding="low")
        aim = self.data if target is None else target
        self.target = number("LeastSquares", "target", aim, low=self.samples, excluding="low")

    @property
    def undecided(self) -> float:
        """(a + b)/2, what a D says that sees as many samples as data, and no difference."""
        return (self.samples + self.data) / 2

    def _forSamples(self, z: Array) -> tuple[Array, Array]:
        return _square(z - self.samples)

    def _forData(self, z: Array) -> tuple[Array, Array]:
        return _square(z - self.data)

    def _forGenerator(self, z: Array) -> tuple[Array, Array]:
        return _square(z - self.target)


def _square(error: Array) -> tuple[Array, Array]:
    """e²/2, and its derivative e."""
    return 0.5 * np.square(error), error

"""The hinge game."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from loss.adversarial.outputgame import OutputGame


class Hinge(OutputGame):
    """D descends mean over samples max(0, 1 + z) + mean over data max(0, 1 - z), and G -mean z

    D learns only from what is not yet on its side by a margin of 1, as a support vector machine does. Lim and Ye 2017,
    arXiv:1705.02894; with `SpectralNormalization`, Miyato et al. 2018, arXiv:1802.05957.

    Example
    -------
    >>> z = np.array([[-2.0, 0.5, 2.0, 0.5]])  # two samples, two of the data
    >>> Hinge().critic(z, fakes=2)[0]
    1.0
    """

    @property
    def undecided(self) -> float:
        """0, the middle between the margins."""
        return 0.0

    def _forSamples(self, z: Array) -> tuple[Array, Array]:
        return np.maximum(0, 1 + z), (z > -1).astype(z.dtype)

    def _forData(self, z: Array) -> tuple[Array, Array]:
        return np.maximum(0, 1 - z), -(z < 1).astype(z.dtype)

    def _forGenerator(self, z: Array) -> tuple[Array, float]:
        return -z, -1.0

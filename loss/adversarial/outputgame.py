"""Games of a discriminator that ends without an activation."""

from __future__ import annotations

from abc import abstractmethod

from leibnet.arrays import WorkArrays
from leibnet.types import Array

import numpy as np

from loss.adversarial.adversarialloss import AdversarialLoss, checkFakes


class OutputGame(AdversarialLoss):
    """A D that ends without an activation: its output z is what the losses are of. Base of those that are means of z.

    One of them says what it is of each z, and the slope, in `_forSamples`, `_forData` and `_forGenerator`.
    """

    link = ""

    def __init__(self) -> None:
        self._work = WorkArrays()

    def critic(
        self, z: Array, fakes: int, value: bool = True, gradient: bool = True
    ) -> tuple[float | None, Array | None]:
        checkFakes(self.name, fakes, z)
        dz, total = self._work("dz", z), 0.0
        for part, terms in ((slice(fakes), self._forSamples), (slice(fakes, None), self._forData)):
            values, slopes = terms(z[..., part])
            if values.size:
                total += float(np.mean(values, dtype=float))
                dz[..., part] = slopes
                dz[..., part] /= values.shape[-1]
        return total if value else None, dz if gradient else None

    def generator(self, z: Array, value: bool = True, gradient: bool = True) -> tuple[float | None, Array | None]:
        values, slopes = self._forGenerator(z)
        dz = self._work("dz", z)
        dz[...] = slopes
        dz /= z.shape[-1]
        return float(np.mean(values, dtype=float)) if value else None, dz if gradient else None

    @abstractmethod
    def _forSamples(self, z: Array) -> tuple[Array, Array | float]:
        """D's term of every sample, and its derivative."""

    @abstractmethod
    def _forData(self, z: Array) -> tuple[Array, Array | float]:
        """The same of data."""

    @abstractmethod
    def _forGenerator(self, z: Array) -> tuple[Array, Array | float]:
        """G's term of every sample, and its derivative."""

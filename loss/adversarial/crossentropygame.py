"""Games of a discriminator that classifies: the original ones."""

from __future__ import annotations

from leibnet.arguments import number
from leibnet.arrays import WorkArrays
from leibnet.types import Array

import numpy as np

from loss.adversarial.adversarialloss import AdversarialLoss, checkFakes
from loss.crossentropy import CrossEntropy
from loss.sigmoid import CrossEntropyAfterSigmoid


class CrossEntropyGame(AdversarialLoss):
    """A D that classifies, by its cross-entropy: label 0 for samples, s for data.

    Parameters
    ----------
    smoothing : s, the label of the data, from above 1/2 to 1; default 0.9.
    """

    link = "Sigmoid"

    def __init__(self, smoothing: float = 0.9) -> None:
        self.smoothing = number(self.name, "smoothing", smoothing, low=0.5, high=1, excluding="low")
        self._loss = CrossEntropyAfterSigmoid(CrossEntropy())
        self._work = WorkArrays()

    @property
    def undecided(self) -> float:
        """s/2: of samples and data in equal numbers the mean label."""
        return self.smoothing / 2

    def critic(
        self, z: Array, fakes: int, value: bool = True, gradient: bool = True
    ) -> tuple[float | None, Array | None]:
        checkFakes(self.name, fakes, z)
        y = self._work("y", z)
        y[..., :fakes] = 0
        y[..., fakes:] = self.smoothing
        return self._crossEntropy(y, z, value, gradient)

    def _forLabel(self, label: float, z: Array, value: bool, gradient: bool) -> tuple[float | None, Array | None]:
        """D's cross-entropy, all of z having this label."""
        y = self._work("y", z)
        y[...] = label
        return self._crossEntropy(y, z, value, gradient)

    def _crossEntropy(self, y: Array, z: Array, value: bool, gradient: bool) -> tuple[float | None, Array | None]:
        if not gradient:
            return self._loss.apply(y, z) if value else None, None
        dz = self._work("dz", z)
        return self._loss.valueAndDerivative(y, z, dz) if value else (None, self._loss.derivative(y, z, dz))


class NonSaturating(CrossEntropyGame):
    """D descends -1/n [Σ over samples ln(1 - D(G(z))) + Σ over data (s ln D(x) + (1 - s) ln(1 - D(x)))]

    G descends -mean ln D(G(z)), D's cross-entropy for label 1. It has the fixed point of `Minimax`, and a gradient also
    where D is sure of the samples (Goodfellow et al. 2014, arXiv:1406.2661, section 3). D's output is σ(z), so dLoss/dz
    is (σ(z) - y)/n for D, with label y, and (σ(z) - 1)/n for G.

    s < 1 is one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4). Where D cannot tell
    samples from data, it says s/2 to all, and G's loss is -ln(s/2): 0.80 for s = 0.9.

    Parameters
    ----------
    smoothing : s, the label of the data for D, from above 1/2 to 1; default 0.9.

    >>> loss, dz = NonSaturating().generator(np.zeros((1, 2)))
    >>> round(loss, 4), dz
    (0.6931, array([[-0.25, -0.25]]))
    """

    def generator(self, z: Array, value: bool = True, gradient: bool = True) -> tuple[float | None, Array | None]:
        return self._forLabel(1, z, value, gradient)


class Minimax(CrossEntropyGame):
    """As `NonSaturating`, but G descends mean ln(1 - D(G(z))): what D descends, with the opposite sign.

    The game min_G max_D E[ln D(x)] + E[ln(1 - D(G(z)))] itself (Goodfellow et al. 2014, arXiv:1406.2661, equation 1).
    G's gradient with respect to z is -σ(z)/n: it vanishes while D is sure of the samples.

    Parameters
    ----------
    smoothing : s, the label of the data for D, from above 1/2 to 1; default 0.9.
    """

    def generator(self, z: Array, value: bool = True, gradient: bool = True) -> tuple[float | None, Array | None]:
        loss, dz = self._forLabel(0, z, value, gradient)
        return None if loss is None else -loss, None if dz is None else np.negative(dz, out=dz)

"""Adversarial losses: what a discriminator D and a generator G descend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from leibnet.arguments import number, refusal
from leibnet.arrays import WorkArrays
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from loss.crossentropy import CrossEntropy
from loss.sigmoid import CrossEntropyAfterSigmoid


class AdversarialLoss(Configurable, ABC, family="adversarial loss"):
    """The two losses of a game between G and D, both of D's pre-activations z, (1, n), with their gradients.

    Another one is a class with its `link`, `critic`, `generator` and `undecided`. Least squares (Mao et al. 2017,
    arXiv:1611.04076), hinge (Lim and Ye 2017, arXiv:1705.02894) and Wasserstein (Arjovsky et al. 2017,
    arXiv:1701.07875) have link = "", since their D ends without an activation and its output is z; for Wasserstein the
    critic's loss is mean(z of the samples) - mean(z of the data), and the generator's -mean(z).

    The objects hold nothing of a call: threads may share them.

    Attributes
    ----------
    link : the `link` of the activation that D must end in; "" for none.
    """

    link: ClassVar[str]

    @property
    @abstractmethod
    def undecided(self) -> float:
        """D's output for everything where it cannot tell samples from data: what is above it counts as real."""

    @abstractmethod
    def critic(
        self, z: Array, fakes: int, value: bool = True, gradient: bool = True
    ) -> tuple[float | None, Array | None]:
        """D's loss and dLoss/dz for a batch of samples and data.

        Parameters
        ----------
        z : D's pre-activations (1, n); the first `fakes` columns are samples, the others data.
        value, gradient : whether the loss and dLoss/dz are wanted; what is not is None and never computed. A training
            step wants the gradient, an evaluation does not.

        Returns
        -------
        The loss and dLoss/dz, (1, n), an array that this thread's next call refills.
        """

    @abstractmethod
    def generator(self, z: Array, value: bool = True, gradient: bool = True) -> tuple[float | None, Array | None]:
        """What G descends, and its gradient with respect to z, D's pre-activations (1, n) for samples alone.

        `value`, `gradient` and what is returned are as for `critic`.
        """


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
        if not 0 <= fakes <= z.shape[-1]:
            raise ValueError(refusal(self.name, "fakes", f"from 0 to {z.shape[-1]}, the batch's samples", fakes))
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

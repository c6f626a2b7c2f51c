"""What a discriminator D and a generator G descend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from leibnet.arguments import refusal
from leibnet.configurable import Configurable
from leibnet.types import Array


class AdversarialLoss(Configurable, ABC, family="adversarial loss"):
    """The two losses of a game between G and D, both of D's pre-activations z, (1, n), with their gradients.

    Another one is a class with its `link`, `critic`, `generator` and `undecided`. The objects hold nothing of a call:
    threads may share them.

    Attributes
    ----------
    link : the `link` of the activation that D must end in; "" for none: then D's output is z.
    bounded : whether D's loss has a lower bound. Where it has none, a D that nothing constrains grows without end.
    """

    link: ClassVar[str]
    bounded: ClassVar[bool] = True

    @property
    @abstractmethod
    def undecided(self) -> float:
        """D's output for everything where it cannot tell samples from data: what is above it counts as real."""

    def boundary(self, outputs: Array) -> float:
        """The output above which one of these outputs of D, of samples and data, counts as real; `undecided`."""
        return self.undecided

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


def checkFakes(owner: str, fakes: int, z: Array) -> None:
    """ValueError if the columns of z cannot begin with so many samples."""
    if not 0 <= fakes <= z.shape[-1]:
        raise ValueError(refusal(owner, "fakes", f"from 0 to {z.shape[-1]}, the batch's samples", fakes))

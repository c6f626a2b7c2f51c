"""A loss and the activation before it, taken together."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from leibnet.arguments import refusal
from leibnet.arrays import WorkArrays

from loss.loss import Loss

L = TypeVar("L")


class Gaussian(Protocol):
    """A loss with a variance, such as MSE."""

    variance: float


class Pair(Loss, Generic[L]):
    """A loss of a = f(z) as one of z: `apply(y, z)`, `perSample(y, z)`, `derivative(y, z)`, which is dLoss/dz.

    Losses name their pairs in `pairs` and make them in `after`. Work arrays are every thread's own.

    Parameters
    ----------
    loss : the loss of a, whose settings hold.
    """

    nested = {"loss": Loss}

    def __init__(self, loss: L) -> None:
        if not isinstance(loss, Loss) or type(self) not in loss.pairs.values():
            expected = f"a loss that names {self.name} in its `pairs`"
            raise TypeError(refusal(self.name, "loss", expected, loss, "ask the loss itself, by `after`"))
        self.loss = loss
        self._work = WorkArrays()

"""Learning-rate schedules: what multiplies the step in the course of a training."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from leibnet import arguments
from leibnet.configurable import Configurable


class Schedule(Configurable, ABC, family="schedule"):
    """A factor for the step size, as a function of how far the training is.

    >>> Cosine()(5, 10)
    0.5
    """

    @abstractmethod
    def __call__(self, epoch: float, epochs: float) -> float:
        """The factor after `epoch` of `epochs` epochs; 2.5 is the middle of the third."""


class Constant(Schedule):
    """Always 1."""

    def __call__(self, epoch: float, epochs: float) -> float:
        return 1.0


ROUNDING = 1e-9  # of a quotient; the billionth part of an epoch is less than a step


class Step(Schedule):
    """factor^⌊epoch / every⌋: the step shrinks by `factor` (0 < factor ≤ 1, default 0.1) every `every` epochs.

    A quotient that rounding leaves just below a whole number, as 0.3 / 0.1, is that number.
    """

    def __init__(self, every: float, factor: float = 0.1) -> None:
        arguments.number("Step", "every", every, low=0, excluding="low")
        arguments.number("Step", "factor", factor, low=0, high=1, excluding="low")
        self.every, self.factor = every, factor

    def __call__(self, epoch: float, epochs: float) -> float:
        return self.factor ** math.floor(epoch / self.every * (1 + ROUNDING) + ROUNDING)


class Cosine(Schedule):
    """final + (1 - final) (1 + cos(π epoch/epochs)) / 2: half a cosine from 1 to `final` (0 ≤ final ≤ 1, default 0).

    Loshchilov & Hutter 2016, arXiv:1608.03983, without restarts.
    """

    def __init__(self, final: float = 0.0) -> None:
        arguments.number("Cosine", "final", final, low=0, high=1)
        self.final = final

    def __call__(self, epoch: float, epochs: float) -> float:
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * epoch / epochs)) / 2


class WarmUp(Schedule):
    """A straight line from `start` to 1 over the first `warmUp` epochs, `then` another schedule over the rest.

    Goyal et al. 2017, arXiv:1706.02677.

    Parameters
    ----------
    warmUp : length in epochs, positive; default 1.
    then : the schedule that follows; default `Constant()`.
    start : the factor of the first step, 0 < start ≤ 1; default 0.1.
    """

    def __init__(self, warmUp: float = 1.0, then: Schedule | None = None, start: float = 0.1) -> None:
        arguments.number("WarmUp", "warmUp", warmUp, low=0, excluding="low")
        arguments.number("WarmUp", "start", start, low=0, high=1, excluding="low")
        self.warmUp, self.then, self.start = warmUp, then or Constant(), start

    def __call__(self, epoch: float, epochs: float) -> float:
        if epoch < self.warmUp:
            return self.start + (1 - self.start) * epoch / self.warmUp
        return self.then(epoch - self.warmUp, epochs - self.warmUp)

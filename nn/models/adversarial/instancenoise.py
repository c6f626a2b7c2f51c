"""Noise on all that a discriminator sees."""

from __future__ import annotations

from collections.abc import Callable

from leibnet.arguments import number
from leibnet.arrays import standardNormal
from leibnet.types import Array

import numpy as np

from nn.models.adversarial.critic import Disturbance

NOISY = 0.8  # the share of a training in which there is instance noise


class InstanceNoise:
    """Gaussian noise that falls in a straight line to 0 over the first four fifths of a training.

    Parameters
    ----------
    owner : the model, for messages.
    deviation : its standard deviation at the beginning; 0 for none.

    Attributes
    ----------
    deviation : as given.
    """

    def __init__(self, owner: str, deviation: float) -> None:
        self.deviation = number(owner, "instanceNoise", deviation, low=0)

    def at(self, progress: float, source: Callable[[], np.random.Generator]) -> Disturbance | None:
        """A function that draws it for an array, where so much of a training is done; None where there is none."""
        deviation = self.deviation * max(0.0, 1 - progress / NOISY)

        def drawn(like: Array) -> Array:
            noise = standardNormal(source(), like.shape, like)
            noise *= deviation
            return noise

        return drawn if deviation else None

"""A picture that goes to the other domain of a CycleGAN and back."""

from __future__ import annotations

from typing import Any, NamedTuple

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.models.adversarial.cyclegan import CycleGAN


class Cycle(NamedTuple):
    """The three stations of a sample, each in the shape of one."""

    given: Array
    translated: Array
    back: Array


class PictureCycle:
    """x, G(x), F(G(x)); or y, F(y), G(F(y)).

    Parameters
    ----------
    model : a `CycleGAN`.

    Attributes
    ----------
    shapes : of a sample of the first and of the second domain; None where any will do.
    """

    def __init__(self, model: CycleGAN) -> None:
        self.model = model
        self.shapes = tuple(model.inputShape or model.sampleShape or ()) or None, tuple(model.secondShape or ()) or None

    def of(self, sample: Any, second: bool = False) -> Cycle:
        """The cycle of one sample of the first domain, or of the second."""
        x, shape = np.asarray(sample, float), self.shapes[int(second)]
        if shape is not None and x.shape != shape:
            raise ValueError(refusal("PictureCycle", "a sample", f"of shape {shape}", x.shape))
        ways = self.model.translate, self.model.translateBack
        there, back = ways[::-1] if second else ways
        translated = there(x[..., np.newaxis])
        return Cycle(x, translated[..., 0], back(translated)[..., 0])

"""How rough a picture is."""

from __future__ import annotations

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.synthesis.frozennetwork import PICTURE, FrozenNetwork
from nn.synthesis.inputobjective import InputObjective, Measured, Seen, Term

SMALL = 0.01  # a difference of pixels that is not seen


class TotalVariation(InputObjective):
    """E = mean of √(∂ₕx² + ∂ᵥx² + ε²) - ε: the differences of neighbouring pixels are to be few, not small.

    Rudin, Osher & Fatemi 1992; Mahendran & Vedaldi 2015, arXiv:1412.0035, for pictures from networks. The mean is over
    all pixels and channels, which have a neighbour below and to the right (at the end none, and no difference); ε =
    0.01, for pixels from 0 to 1.

    Parameters
    ----------
    weight : how much it counts beside other objectives; default 1.
    """

    title = "total variation"

    def term(self, network: FrozenNetwork, scale: float, x: Array) -> Term:
        if x.ndim != 4:
            raise ValueError(refusal(self.name, "the picture", "(channels, height, width, N)", x.shape))

        def measure(seen: Seen) -> Measured:
            x = seen[PICTURE]
            down, right = np.zeros_like(x), np.zeros_like(x)
            np.subtract(x[:, 1:], x[:, :-1], out=down[:, :-1])
            np.subtract(x[:, :, 1:], x[:, :, :-1], out=right[:, :, :-1])
            size = np.sqrt(down**2 + right**2 + SMALL**2)
            down /= size
            right /= size
            dx = -(down + right)
            dx[:, 1:] += down[:, :-1]
            dx[:, :, 1:] += right[:, :, :-1]
            return float(size.mean(dtype=float)) - SMALL, {PICTURE: dx / x.size}

        return Term([PICTURE], measure)

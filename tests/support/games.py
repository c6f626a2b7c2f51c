"""The gradient of an adversarial loss against differences: `from games import gradientIsWrong`."""

from typing import Any

import numpy as np

from loss import AdversarialLoss


def gradientIsWrong(game: AdversarialLoss, side: str, z: Any, fakes: int | None = None) -> bool:
    """Whether dLoss/dz of the "critic" or the "generator" is not that of the value; half of z are fakes by default."""
    more = (z.shape[1] // 2 if fakes is None else fakes,) if side == "critic" else ()
    dz, h = getattr(game, side)(z, *more)[1].copy(), 1e-5
    numeric = np.empty_like(z)
    for i in range(z.shape[1]):
        shift = h * np.eye(z.shape[1])[[i]]
        numeric[0, i] = (getattr(game, side)(z + shift, *more)[0] - getattr(game, side)(z - shift, *more)[0]) / (2 * h)
    return not np.allclose(dz, numeric, rtol=1e-7, atol=1e-9)

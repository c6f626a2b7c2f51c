"""The next token, drawn at a temperature."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np


def tokenOdds(p: Array, temperature: float = 1.0, top: int | None = None) -> Array:
    """How likely tokens of probabilities p (n,) are at a temperature, (n,) in float64; they need not add up to 1.

    p_i^(1/τ) in shares of the largest, of the `top` likeliest alone; with τ = 0, 1 for the likeliest and 0 otherwise.

    >>> tokenOdds(np.array([0.2, 0.8]), temperature=0.5)
    array([0.0625, 1.    ])
    """
    if temperature == 0:
        return (np.arange(len(p)) == p.argmax()).astype(float)
    with np.errstate(divide="ignore"):
        z = np.log(p.astype(float)) / temperature
    if top is not None and top < len(z):
        z[np.argsort(-z, kind="stable")[top:]] = -np.inf
    odds: Array = np.exp(z - z.max())
    return odds


def drawnToken(p: Array, temperature: float, top: int | None, rng: np.random.Generator) -> int:
    """A draw from these odds; with the temperature 0 the likeliest, and nothing is drawn."""
    odds = tokenOdds(p, temperature, top)
    if temperature == 0:
        return int(odds.argmax())
    return int(np.searchsorted(np.cumsum(odds), rng.random() * odds.sum(), side="right").clip(0, len(p) - 1))

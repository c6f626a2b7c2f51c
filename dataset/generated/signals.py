"""What goes into simulated systems, and the noise on what comes out."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

from leibnet import randomness
from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.sequences.windows import seriesArray

Draw = Callable[[np.random.Generator, int], Array]
"""Draws inputs (steps,)."""


def inputsOf(owner: str, inputs: Any, rng: Any, draw: Draw) -> tuple[Array, np.random.Generator]:
    """Inputs (steps, 1) as given, or so many that are drawn, and the generator."""
    given = randomGenerator(owner, rng)
    generator = randomness.data.generator if given is None else given
    if isinstance(inputs, Integral) or np.ndim(inputs) == 0:
        return draw(generator, wholeNumber(owner, "inputs", inputs))[:, np.newaxis], generator
    u = seriesArray(owner, "inputs", inputs).astype(float)
    if u.shape[1] != 1:
        raise ValueError(refusal(owner, "inputs", "a number of steps, (steps,) or (steps, 1)", u.shape))
    return u, generator


def levels(low: float, high: float, longest: int) -> Draw:
    """Draws levels, uniform between two numbers, each held for 1 to `longest` steps, all as likely."""

    def draw(rng: np.random.Generator, steps: int) -> Array:
        return np.repeat(rng.uniform(low, high, steps), rng.integers(1, longest + 1, steps))[:steps]

    return draw


def uniform(low: float, high: float) -> Draw:
    """Draws numbers uniform between two, independent of each other."""
    return lambda rng, steps: rng.uniform(low, high, steps)


def measured(owner: str, outputs: list[float], noise: float, rng: np.random.Generator) -> Array:
    """Outputs as an array (steps, 1), with Gaussian noise of this standard deviation; ValueError if they diverge."""
    noise = number(owner, "noise", noise, low=0)
    y = np.array(outputs)
    if not np.isfinite(y).all():
        step = int((~np.isfinite(y)).argmax())
        raise ValueError(
            refusal(
                owner, "inputs", "such that the outputs stay finite", f"{y[step]} at step {step}", "make them smaller"
            )
        )
    return (y + noise * rng.standard_normal(len(y)))[:, np.newaxis]

"""Signals to put into a system: a step, a ramp, a sine, noise."""

from __future__ import annotations

from dataclasses import dataclass

from leibnet.arguments import choice, number, randomGenerator, wholeNumber
from leibnet.types import Array

import numpy as np

KINDS = "step", "ramp", "sine", "noise"


@dataclass(frozen=True)
class Signal:
    """A signal of one input.

        step    offset before the middle of the first period, offset + amplitude from then on
        ramp    from offset to offset + amplitude within a period, then anew
        sine    offset + amplitude sin(2π t / period)
        noise   offset + amplitude u with u uniform in [-1, 1], drawn anew every period/10 steps

    Attributes
    ----------
    kind : "step", "ramp", "sine" or "noise".
    amplitude, offset : in the units of the input.
    period : in steps, above 0.
    """

    kind: str = "step"
    amplitude: float = 1.0
    offset: float = 0.0
    period: float = 50.0

    def __post_init__(self) -> None:
        choice("Signal", "kind", self.kind, list(KINDS))
        number("Signal", "amplitude", self.amplitude)
        number("Signal", "offset", self.offset)
        number("Signal", "period", self.period, low=0, excluding="low")

    def of(self, steps: int, rng: np.random.Generator | int | None = None) -> Array:
        """Its numbers at steps 0, 1, ..., (steps,)."""
        t = np.arange(wholeNumber("Signal", "steps", steps))
        if self.kind == "step":
            shape = (t >= self.period / 2).astype(float)
        elif self.kind == "ramp":
            shape = (t % self.period) / self.period
        elif self.kind == "sine":
            shape = np.sin(2 * np.pi * t / self.period)
        else:
            draw = randomGenerator("Signal", rng) or np.random.default_rng()
            held = max(1, round(self.period / 10))
            shape = np.repeat(draw.uniform(-1, 1, -(-steps // held)), held)[:steps]
        found: Array = self.offset + self.amplitude * shape
        return found

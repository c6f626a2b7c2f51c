"""What a check of gradients found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from leibnet.terminal import shown

Verdict = Literal["ok", "wrong", "kink", "undecided"]
LARGER = (10, 100, 1000, 10_000)  # times the step, where rounding hides what is to be seen


@dataclass(frozen=True)
class GradientEntry:
    """The check of one array.

    Attributes
    ----------
    name : "input", "layers.0.weight", ...
    shape : of the array.
    analytic, numeric : the slope along a random direction, from the gradient and from differences of the loss.
    error : their difference, relative to the larger of them and the norm of the gradient.
    verdict : "ok"; "wrong"; "kink" if a function with a kink (ReLU at 0) was stepped over, where a difference
        quotient is the slope of neither side; or "undecided" if rounding of the loss hides more than a thousandth of
        the gradient, and more than the tolerance.
    """

    name: str
    shape: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    verdict: Verdict


@dataclass(frozen=True)
class GradientReport:
    """What `checkGradients` found: true if every gradient is right, readable when printed."""

    subject: str
    step: float
    tolerance: float
    entries: list[GradientEntry] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the verdict on every array is "ok"."""
        return all(entry.verdict == "ok" for entry in self.entries)

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max((entry.error for entry in self.entries), default=0.0)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        width = max([20, *(len(entry.name) for entry in self.entries)])
        lines = [
            f"Gradients of {self.subject} by central differences, step {self.step:g}, tolerance {self.tolerance:g}",
            f"{'array':<{width}} {'shape':<14} {'analytic':>15} {'numeric':>15} {'error':>9}  verdict",
        ]
        for e in self.entries:
            lines.append(
                f"{e.name:<{width}} {e.shape!s:<14} {e.analytic:>15.8g} {e.numeric:>15.8g} {e.error:>9.1e}  {e.verdict}"
            )
        if any(entry.verdict == "kink" for entry in self.entries):
            lines.append(
                "kink: the step crosses a point without derivative (ReLU at 0, equal maxima), so that the differences "
                "decide nothing. Check at another input, such as random numbers, or with another rng."
            )
        if any(entry.verdict == "undecided" for entry in self.entries):
            lines.append(
                "undecided: the loss is so large beside this gradient that rounding hides it in the differences (of "
                f"steps up to {LARGER[-1] * self.step:g}). Check with labels near the outputs, centred and divided by "
                "their size, with fewer layers, or with larger weights."
            )
        return shown("\n".join(lines))

    __repr__ = __str__

"""What is measured in a training: in which direction it is better, its names, its means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

SPLITS = "train", "validation", "test"


class Direction(Enum):
    """In which direction a quantity is better."""

    LOWER = "lower"
    HIGHER = "higher"
    NONE = "none"  # it does not say which of two models is better

    def toMinimise(self, value: float) -> float:
        """The value, or its negative where higher is better: less is better. ValueError without a direction."""
        if self is Direction.NONE:
            raise ValueError("a quantity without a direction does not say which of two models is better")
        return -value if self is Direction.HIGHER else value


class MetricName(NamedTuple):
    """A metric's name taken apart: "test_loss" is ("test", "loss")."""

    split: str
    quantity: str

    @staticmethod
    def parse(name: str, quantities: Iterable[str]) -> MetricName:
        """The parts of a metric's name; `quantities` are those that the model measures."""
        quantities = tuple(quantities)
        split, _, quantity = str(name).partition("_")
        if split not in SPLITS or quantity not in quantities:
            known = [f"{split}_{quantity}" for split in SPLITS for quantity in quantities]
            raise ValueError(f"unknown metric {name!r}: this model has {', '.join(known)}")
        return MetricName(split, quantity)


def direction(owner: str, metric: str, quantities: Mapping[str, Direction]) -> Direction:
    """In which direction a metric is better. ValueError, in the name of the `owner`, if it has no direction.

    >>> direction("EarlyStopping", "validation_loss", {"loss": Direction.LOWER})
    <Direction.LOWER: 'lower'>
    """
    found = quantities[MetricName.parse(metric, quantities).quantity]
    if found is Direction.NONE:
        known = [name for name, one in quantities.items() if one is not Direction.NONE]
        remedy = f"choose one of {', '.join(known)}" if known else "this model has none that does"
        raise ValueError(
            f"{owner}: expected metric to say which of two models is better, got {metric!r}, which does not; {remedy}"
        )
    return found


class Meter:
    """Averages over samples of quantities that are means over a batch."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self.samples = 0

    def add(self, values: Mapping[str, float], samples: int) -> None:
        """Takes in the means over this many samples."""
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value * samples
        self.samples += samples

    def means(self) -> dict[str, float]:
        """The means over all samples so far."""
        return {name: total / self.samples for name, total in self._sums.items()}

    def state(self) -> dict[str, Any]:
        """Sums and samples as plain values, for `setState`."""
        return {"sums": dict(self._sums), "samples": self.samples}

    def setState(self, state: Mapping[str, Any]) -> None:
        """Goes on from what `state()` described."""
        self._sums, self.samples = dict(state["sums"]), int(state["samples"])

"""What is measured in a training: in which direction it is better, its names, its means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from leibnet.arguments import refusal
from leibnet.plain import dictionary, isNumber, require

SPLITS = "train", "validation", "test"

# The seed of an evaluation's random numbers: one that no user's seed makes equal to the noise in the data.
EVALUATION = 0x1E1B_2E7


class Direction(Enum):
    """In which direction a quantity is better."""

    LOWER = "lower"
    HIGHER = "higher"
    NONE = "none"  # it does not say which of two models is better

    def toMinimise(self, value: float) -> float:
        """The value, or its negative where higher is better: less is better."""
        return -value if self is Direction.HIGHER else value


class MetricName(NamedTuple):
    """A metric's name taken apart: "test_loss" is ("test", "loss").

    >>> MetricName.parse("test_squared_error", ["loss", "squared_error"])
    MetricName(split='test', quantity='squared_error')
    """

    split: str
    quantity: str

    @staticmethod
    def parse(name: str, quantities: Iterable[str] | None = None) -> MetricName:
        """The parts of a metric's name; `quantities` are those that the model measures, by default any."""
        split, _, quantity = str(name).partition("_")
        if quantities is None:
            if split not in SPLITS or not quantity:
                raise ValueError(refusal("MetricName", "name", "one such as train_loss or test_accuracy", name))
            return MetricName(split, quantity)
        quantities = tuple(quantities)
        if split not in SPLITS or quantity not in quantities:
            known = [f"{split}_{quantity}" for split in SPLITS for quantity in quantities]
            raise ValueError(f"unknown metric {name!r}: this model has {', '.join(known)}")
        return MetricName(split, quantity)


def directionOf(owner: str, metric: str, quantities: Mapping[str, Direction]) -> Direction:
    """In which direction a metric is better. ValueError, in the name of its `owner`, if it has no direction.

    >>> directionOf("EarlyStopping", "validation_loss", {"loss": Direction.LOWER})
    <Direction.LOWER: 'lower'>
    """
    direction = quantities[MetricName.parse(metric, quantities).quantity]
    if direction is Direction.NONE:
        known = [name for name, one in quantities.items() if one is not Direction.NONE]
        remedy = f"choose one of {', '.join(known)}" if known else "this model measures none that does"
        raise ValueError(refusal(owner, "metric", "one that says which of two models is better", metric, remedy))
    return direction


class Meter:
    """Averages over samples of quantities that are means over a batch, of weighted samples Σ w q / Σ w."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self.samples: float = 0

    def add(self, values: Mapping[str, float], samples: int, weight: float | None = None) -> None:
        """Takes in the means over this many samples, 1/n Σ w q; `weight` is Σ w, by default n."""
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value * samples
        self.samples += samples if weight is None else weight

    def means(self) -> dict[str, float]:
        """The means over all samples so far."""
        return {name: total / self.samples if self.samples else 0.0 for name, total in self._sums.items()}

    def state(self) -> dict[str, Any]:
        """Sums and samples as plain values, for `setState`."""
        return {"sums": dict(self._sums), "samples": self.samples}

    def setState(self, state: Mapping[str, Any]) -> None:
        """Goes on from what `state()` described."""
        self._sums, self.samples = dict(state["sums"]), state["samples"]

    @staticmethod
    def checkState(state: Any, wanted: Collection[str]) -> None:
        """ValueError if this, from a file, is no state of a meter with the sums of the wanted quantities."""
        dictionary("meter", state, ("sums", "samples"))
        sums, samples = dictionary("the sums of meter", state["sums"]), state["samples"]
        require("samples of meter", isNumber(samples) and samples >= 0, "a number >= 0", samples)
        if samples and set(wanted) - sums.keys():
            raise ValueError(f"meter has sums of {list(sums)} over {samples} samples")
        for name, value in sums.items():
            require(f"the sum of {name} in meter", isNumber(value), "a number", value)

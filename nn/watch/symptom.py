"""The contract of a symptom: what goes wrong in trainings, recognised by what a step leaves in the layers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from leibnet.types import Array

PATIENCE = 5  # observations in a row that must show what a healthy training shows in passing
SEEN = 100  # samples in all of them together, where a single batch says little


class Observation(NamedTuple):
    """What a symptom is shown after a step.

    Attributes
    ----------
    inputs, labels : the mini-batch of the step.
    patience : how many observations in a row must show most symptoms before they are said.
    step : number of the step, from 1.
    epoch : epochs before the step, with their fraction.
    heldOut : quantities of the test and the validation set at the last entry of the metrics, by set and name.
    """

    inputs: Array
    labels: Array
    patience: int = PATIENCE
    step: int = 0
    epoch: float = math.inf
    heldOut: Mapping[str, Mapping[str, float]] = {}

    @property
    def thorough(self) -> bool:
        """Whether a single observation is conclusive, as in `diagnose`."""
        return self.patience == 1


class Finding(NamedTuple):
    """Something found.

    Attributes
    ----------
    kind : "inputs", "targets", "weights", "updates", "units", "attention", "gradients", "guessing", "memorising",
        "collapse", "copying", "domination", "critic".
    layer : place and kind of the layer.
    text : the figure, and what to try.
    explains : whether it explains findings of a higher rank, see `Symptom`.
    """

    kind: str
    layer: str
    text: str
    explains: bool = True

    def __str__(self) -> str:
        return f"{self.layer}: {self.text}"


class Symptom(ABC):
    """One thing that can go wrong.

    It is shown some steps of a training (`nn.watch.trainingwatch`), or one pass on demand (`nn.watch.diagnosis`). It
    reads inputs, pre-activations, gradients and parameters; it computes no pass of its own, draws nothing, changes
    nothing.

    Attributes
    ----------
    rank : from causes (0) to their consequences; what a cause explains is not said after it.
    patience : observations in a row that must show it, at most those that the observation itself asks for.
    once : whether the first observation decides.
    epochs, steps : of a training that must have passed first.
    """

    rank: ClassVar[int]
    patience: ClassVar[int] = PATIENCE
    once: ClassVar[bool] = False
    epochs: float = 0.0
    steps: int = 0

    def __init__(self) -> None:
        self._inRow = 0

    @abstractmethod
    def find(self, seen: Observation) -> Finding | None:
        """What this observation alone shows."""

    def prepare(self) -> None:  # noqa: B027 - most symptoms have nothing to prepare
        """Called before the step that is shown."""

    def examine(self, seen: Observation) -> Finding | None:
        """What the observations so far, with this one, show for certain."""
        finding = self.find(seen)
        early = not seen.thorough and self._isEarly(seen)
        self._inRow = 0 if finding is None or early else self._inRow + 1
        return finding if self._inRow >= min(self.patience, seen.patience) else None

    def _isEarly(self, seen: Observation) -> bool:
        return seen.epoch < self.epochs or seen.step < self.steps

    def figures(self) -> str:
        """The figures of the last observation in words, for a report; "" where the sentences say it all."""
        return ""

    def bars(self) -> dict[str, tuple[str, Array]]:
        """Title and numbers of a picture of the last observation, by name, if there is one."""
        return {}

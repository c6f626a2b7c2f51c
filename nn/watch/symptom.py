"""The contract of a symptom: what goes wrong in trainings, recognised by what a step leaves in the layers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers import Layer
from optimizer.optimizer import euclidean_norm

Array = NDArray[Any]

PATIENCE = 5  # looks in a row that must find what a healthy training shows in passing
SEEN = 100  # samples in all of them together, where a look at a batch says little


class Look(NamedTuple):
    """What is looked at.

    Attributes
    ----------
    inputs, labels : the mini-batch of the step.
    patience : how many looks in a row must find most symptoms before one says so.
    step : number of the step, from 1.
    epoch : epochs before the step, with their fraction.
    held : quantities of the test and the validation set at the last entry of the metrics, by set and name.
    """

    inputs: Array
    labels: Array
    patience: int = PATIENCE
    step: int = 0
    epoch: float = math.inf
    held: Mapping[str, Mapping[str, float]] = {}

    @property
    def thorough(self) -> bool:
        """Whether this one look decides: at more samples than a mini-batch, with time."""
        return self.patience == 1


class Finding(NamedTuple):
    """Something found.

    Attributes
    ----------
    kind : "inputs", "targets", "weights", "updates", "units", "gradients", "guessing", "memorising", "collapse",
        "domination".
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

    It is looked at after some steps of a training (`nn.watch.trainingwatch`), or after one pass on demand (`nn.watch.diagnosis`). It reads
    inputs, pre-activations, gradients and parameters; it computes no pass of its own, draws nothing, changes nothing.

    Attributes
    ----------
    rank : from causes (0) to their consequences; what a cause explains is not said after it.
    patience : looks in a row that must find it, at most those that the look itself asks for.
    once : whether the first look decides.
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
    def find(self, look: Look) -> Finding | None:
        """What this one look finds."""

    def prepare(self) -> None:  # noqa: B027 - most symptoms have nothing to prepare
        """Called before the step that is looked at."""

    def examine(self, look: Look) -> Finding | None:
        """What the looks so far, with this one, have found for certain."""
        finding = self.find(look)
        early = not look.thorough and self._isEarly(look)
        self._inRow = 0 if finding is None or early else self._inRow + 1
        return finding if self._inRow >= min(self.patience, look.patience) else None

    def _isEarly(self, look: Look) -> bool:
        return look.epoch < self.epochs or look.step < self.steps

    def figures(self) -> str:
        """The figures of the last look in words, for a report; "" where the sentences say it all."""
        return ""

    def bars(self) -> dict[str, tuple[str, Array]]:
        """Title and numbers of a picture of the last look, by name, if there is one."""
        return {}


def isNew(layer: Layer) -> bool:
    """Whether no update was made: none is counted, and biases, which begin with 0 and are saved, are 0."""
    bias = layer.parameters.get("bias")
    return layer.optimizer.t == 0 and (bias is None or not bias.any())


def isUntrained(layers: Iterable[Layer]) -> bool:
    """Whether there are layers that learn, and all of them are new."""
    learning = [layer for layer in layers if layer.learns]
    return bool(learning) and all(map(isNew, learning))


def rootMeanSquare(array: Array) -> float:
    """√(1/n Σ x²)"""
    with np.errstate(all="ignore"):
        return euclidean_norm(array) / math.sqrt(array.size) if array.size else 0.0

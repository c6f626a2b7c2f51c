"""The contract of a metric."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leibnet.arguments import choice, refusal
from leibnet.arrays import besideFeatures, featureAxis
from leibnet.types import Array

import numpy as np

from dataset.facts import Labels
from nn.training.metrics import Direction


@dataclass(frozen=True)
class Answers:
    """Some samples' labels and a network's answers to them.

    Attributes
    ----------
    labels, outputs : (features..., N), as the loss sees them.
    scores : in the shape of the outputs, in the same order as they are where they say yes or no: the pre-activation
        of a Sigmoid, which does not round to 1; else the outputs.
    truth, decisions : yes or no for every class or label, of bool, in the shape of the outputs; None where the labels
        are measurements.
    byClass : whether one class of several is right, or every output answers for itself.
    weights : of the samples (N,), or of steps or pixels; None: all count alike.
    """

    labels: Array
    outputs: Array
    scores: Array
    truth: Array | None
    decisions: Array | None
    byClass: bool
    weights: Array | None = None

    def rows(self, *arrays: Array) -> list[Array]:
        """Arrays in the shape of the outputs as (features, M), with all steps and pixels as samples."""
        axis = featureAxis(self.outputs)
        return [np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) for array in arrays]

    def weightsOfRows(self) -> Array:
        """The weights (M,) that belong to `rows`, in double precision."""
        weights = np.ones(()) if self.weights is None else besideFeatures(self.weights, self.outputs)
        (rows,) = self.rows(np.broadcast_to(weights, self.outputs.shape))
        return rows[0].astype(float)


class Metric(ABC):
    """A figure of merit of the answers to all samples of a set together, which is no mean over them.

    The samples come in pieces: of each, `tally` keeps what the figure needs, and `value` puts it together. For a
    function of all labels and outputs at once, see `MLP.addMetric`.

    Attributes
    ----------
    direction : in which direction it is better.
    """

    direction: ClassVar[Direction] = Direction.HIGHER

    @abstractmethod
    def tally(self, answers: Answers) -> Any:
        """What the figure needs of some samples."""

    @abstractmethod
    def value(self, tallies: Sequence[Any]) -> float:
        """The figure, from what was kept of all pieces. ValueError where it is not defined."""

    def whyNot(self, labels: Labels, isClassifier: bool) -> str:
        """Why it means nothing for such labels, of a network that classifies or not; "" if it does."""
        return ""


class Own(Metric):
    """A function of the user's own, of all labels and outputs at once: f(labels, outputs), both (features..., N)."""

    def __init__(self, name: str, function: Callable[[Array, Array], float], direction: Direction) -> None:
        self._name, self._function = name, function
        self.direction = direction  # type: ignore[misc]

    @classmethod
    def checked(
        cls, name: str, function: Callable[[Array, Array], float], direction: Direction | str, taken: Collection[str]
    ) -> Own:
        """One with these arguments of `addMetric`; `taken` are names of other metrics."""
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(refusal("addMetric", "name", "of letters, digits and underscores", name))
        if name in taken:
            raise ValueError(refusal("addMetric", "name", "one that the model does not have", name))
        if not callable(function):
            raise TypeError(refusal("addMetric", "function", "a function of (labels, outputs)", function))
        known = getattr(direction, "value", direction)
        return cls(name, function, Direction(choice("addMetric", "direction", known, [one.value for one in Direction])))

    def tally(self, answers: Answers) -> tuple[Array, Array]:
        return answers.labels.copy(), answers.outputs.copy()

    def value(self, tallies: Sequence[tuple[Array, Array]]) -> float:
        labels, outputs = (np.concatenate(arrays, axis=-1) for arrays in zip(*tallies, strict=True))
        found = self._function(labels, outputs)
        if np.ndim(found) != 0 or np.asarray(found).dtype.kind not in "fiub":
            raise TypeError(f"the metric {self._name!r}: expected it to return a number, got {found!r}")
        return float(found)

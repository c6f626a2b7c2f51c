"""What a training asks of a model, and what it gives it for one step."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from leibnet import randomness
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset
from layers import Layer
from nn.training.metrics import Direction, MetricName
from nn.training.records.trainingrecord import TrainingRecord


class StepContext(NamedTuple):
    """What `train` tells a model about the step to make.

    Attributes
    ----------
    quantities : what to measure.
    factor : multiplies the step of the optimizers.
    batchSize : by which `learningRate` is divided, the number of samples in a batch: the data set's batch size, or that
        of its training set if it is smaller. Also for a smaller last batch: over its own size, a batch of one sample
        would make the largest step of the epoch.
    epoch : epochs done so far, with their fraction.
    progress : the share of the training that is done, from 0 to 1.
    number : the number of the step, from 1; None outside `train`.
    """

    quantities: frozenset[str] = frozenset()
    factor: float = 1.0
    batchSize: int | None = None
    epoch: float = 0.0
    progress: float = 0.0
    number: int | None = None


class Trainable(Protocol):
    """What a training wants of a model; see `nn.Model`, which says the same in more words."""

    @property
    def quantities(self) -> Mapping[str, Direction]:
        """What it measures, and in which direction it is better."""

    @property
    def directions(self) -> Mapping[str, Direction]:
        """Those, and the figures of all samples of a set together."""

    trainings: tuple[TrainingRecord, ...]

    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """One update from one mini-batch; the quantities asked for, as means over the batch before the update."""

    def measureSets(self, dataset: Dataset, metrics: Mapping[str, MetricName]) -> dict[str, dict[str, float]]:
        """The metrics of the test and validation set, by split and quantity."""

    def guarded(self, step: int | None) -> AbstractContextManager[None]:
        """A stretch in which numbers that are not finite raise no warnings, but an error that names the step."""

    def largestProduct(self, dataset: Dataset) -> int:
        """Multiplications in the largest product of a step."""

    def namedLayers(self) -> dict[str, Layer]:
        """The layers by name."""

    def drawing(self) -> list[Any]:
        """Everything that draws random numbers while the model computes, by its attribute `rng`."""

    def config(self) -> dict[str, Any]:
        """Its description in plain values."""

    def checkRemaking(self) -> None:
        """ValueError if it cannot be made again from its description."""

    def arrays(self) -> dict[str, Array]:
        """Its arrays, by the names they have in files."""

    def notes(self) -> dict[str, str]:
        """What else its file says, its trainings."""

    def weights(self) -> dict[str, Array]:
        """Copies of its arrays."""

    def setWeights(self, weights: Mapping[str, Array]) -> None:
        """Copies values into its arrays."""

    def checkWeights(self, weights: Mapping[str, Array]) -> None:
        """ValueError if these are not its arrays."""

    def state(self) -> dict[str, Any]:
        """What it remembers from one step to the next, as plain values and arrays."""

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""


def generators(model: Trainable, dataset: Dataset) -> dict[str, np.random.Generator]:
    """All that random numbers can come from in a training, by name."""
    own = {f"drawing {i}": one.rng for i, one in enumerate(model.drawing()) if one.rng is not None}
    libraries = {"layers": randomness.networks.generator, "dataset": randomness.data.generator}
    return libraries | {"data": dataset.rng} | own

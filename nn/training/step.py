"""What a model is given for one step."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from leibnet.types import Array


class Batch(Protocol):
    """The samples of a step, one a column, as those of `dataset.batches()`."""

    @property
    def inputs(self) -> Array:
        """(features, N) or (channels, height, width, N)."""

    @property
    def labels(self) -> Array:
        """(labelDim, N); no rows where there are no labels."""


class Samples(NamedTuple):
    """A batch of arrays that are at hand."""

    inputs: Array
    labels: Array


class StepContext(NamedTuple):
    """What `train` tells a model about the step to make.

    Attributes
    ----------
    quantities : what to measure.
    factor : multiplies the step of the optimizers.
    batchSize : by which `learningRate` is divided, also for a smaller last batch: over its own size, a batch of one
        sample would make the largest step of the epoch.
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

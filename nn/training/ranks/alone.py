"""What a training asks of the ranks that share it; here, of one process alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from dataset import Batch, Dataset
from nn.training.step import Trainable

ALIKE = nullcontext()


class Remembering(Protocol):
    """What says what it remembers."""

    def state(self) -> dict[str, Any]:
        """What it remembers."""

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""


class Alone:
    """A training of one process.

    Attributes
    ----------
    isFirst : whether this process has the listeners, and writes files.
    isInterrupted : whether Ctrl-C was pressed, and the training is to end after this step.
    """

    isFirst = True
    isInterrupted = False

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> bool | None:
        return None

    def checkAlike(self, owner: str, settings: Mapping[str, Any]) -> None:
        """ValueError if ranks have other settings, by their names in messages, of what `owner` does."""

    def check(self, model: Trainable, dataset: Dataset, settings: Mapping[str, Any]) -> None:
        """ValueError if ranks have other settings, models or data, or a batch has fewer samples than there are."""

    def equalize(self, model: Trainable, dataset: Dataset) -> None:
        """Gives all ranks the parameters of the first, and all else that it remembers and draws from."""

    def fromFirst(self, find: Callable[[], Any]) -> Any:
        """What a function finds that the first rank alone calls."""
        return find()

    def share(self, remembering: Remembering | None) -> None:
        """Lets all ranks remember what the first does, such as its early stopping."""

    def batches(self, dataset: Dataset) -> Iterator[tuple[Batch, Batch, int]]:
        """The batches of an epoch, as `Dataset.batches`, of which each rank has its share."""
        return dataset.batches()

    def begin(self, model: Trainable, dataset: Dataset) -> None:
        """Before an epoch and after an entry, lets all ranks draw the same: the first may have drawn something."""

    def wanted(self, model: Trainable, quantities: frozenset[str]) -> frozenset[str]:
        """What is to be measured in the next step, as the first rank says, which has the listeners."""
        return quantities

    def computing(self) -> AbstractContextManager[None]:
        """A stretch in which the model makes a step from this rank's share of the batch."""
        return ALIKE

    def whole(self, batch: Batch, values: Mapping[str, float], factor: float) -> tuple[Mapping[str, float], int, float]:
        """What was measured of the whole batch, its samples, and what it counts in a mean over several.

        ValueError if the step had not the same factor, from the schedule, on all ranks.
        """
        return values, batch.inputs.shape[-1], batch.weight

    def isOver(self, isOver: bool) -> bool:
        """Whether the training ends after this step, as the first rank says."""
        return isOver

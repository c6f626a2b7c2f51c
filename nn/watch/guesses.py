"""What a network has learnt, beside what guessing gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from layers import Chain
from loss import Loss
from nn.watch.symptom import Observation

STUCK = 0.98  # of the loss of guessing
SETTLED = 0.08  # of a loss that has stopped falling, by which it may have fallen


class Objective(Protocol):
    """What a network is trained for, as far as guessing has to know it."""

    @property
    def chain(self) -> Chain:
        """The network."""

    @property
    def loss(self) -> Loss:
        """The loss of its outputs."""

    @property
    def link(self) -> str:
        """The name under which losses know the last activation; "" if they do not."""

    def value(self, label: Array) -> float:
        """The loss of the last forward pass for this label, without the layers' own terms."""

    def asLabel(self, given: Any) -> Array:
        """The label in the network's precision."""


class Guesses:
    """Loss and accuracy of the batches seen so far, and the loss that guessing has there.

    Guessing is the same answer for every input, the mean of the labels: for one-hot labels the frequencies of the
    classes, with their entropy as its categorical cross-entropy.

    Parameters
    ----------
    objective : a network with its loss.
    dataset : what it learns from.
    accuracy : the accuracy of the last forward pass for a label; None where there is none.
    perLabel : whether it counts every label of a sample, yes or no, instead of one class of it; default False.
    """

    def __init__(
        self,
        objective: Objective,
        dataset: Dataset,
        accuracy: Callable[[Array], float] | None,
        perLabel: bool = False,
    ) -> None:
        self._objective, self._accuracy, self._perLabel = objective, accuracy, perLabel
        self._sizes = {"test": dataset.test_size, "validation": dataset.validation_size}
        self.classifies = accuracy is not None and bool(objective.link)
        self.classes = 0  # outputs that stand for one each
        self.batchSize = 0
        self._sum: Array | float = 0.0  # of the labels
        self._samples = 0
        self._answer: Array = np.zeros(())
        self._losses: list[float] = []
        self._guessed: list[float] = []
        self._accuracies: list[float] = []

    def note(self, given: Array) -> None:
        """Takes in the batch of the last forward pass, by its label."""
        label = self._objective.asLabel(given)
        self.classes, self.batchSize = label.shape[featureAxis(label)], label.shape[-1]
        self._sum = self._sum + label.sum(axis=-1, keepdims=True, dtype=float)
        self._samples += self.batchSize
        self._answer = np.asarray(self._sum / self._samples)
        self._losses.append(self._objective.value(label))
        answers = np.broadcast_to(self._answer, label.shape).astype(label.dtype)
        loss = self._objective.loss
        self._guessed.append(loss.apply(label, loss.outputsOf(answers)))
        if self.classifies and self._accuracy is not None:
            self._accuracies.append(self._accuracy(label))

    def means(self, count: int) -> tuple[float, float]:
        """The loss and that of guessing, averaged over the last batches, `count` of them."""
        return _mean(self._losses[-count:]), _mean(self._guessed[-count:])

    def stays(self, count: int) -> bool:
        """Whether the loss has stopped falling, for certain: the mean of the last `count` batches against that of as
        many before, ± 2 standard errors.

        What is compared is the loss above that of guessing, which batches of another mixture change less.
        """
        if len(self._losses) < 2 * count:
            return False
        recent = zip(self._losses[-2 * count :], self._guessed[-2 * count :], strict=True)
        above = [loss - guessed for loss, guessed in recent]
        before, last = above[:count], above[count:]
        fall, error = _mean(before) - _mean(last), math.sqrt((_variance(before) + _variance(last)) / count)
        return fall < 2 * error and fall + 2 * error < SETTLED * self.means(count)[0]

    def isBetter(self, count: int) -> bool:
        """Whether the last batches, 2 `count` of them, are classified better than by guessing."""
        accuracies = self._accuracies[-2 * count :]
        return self._beats(accuracies, len(accuracies) * self.batchSize)

    def isBetterOnOthers(self, seen: Observation, guess: float) -> bool:
        """Whether accuracy or loss of a set that is not learnt from is better than by guessing."""
        return any(
            values.get("loss", math.inf) < STUCK * guess
            or (self.classifies and "accuracy" in values and self._beats([values["accuracy"]], self._sizes[split]))
            for split, values in seen.heldOut.items()
        )

    def _beats(self, accuracies: Collection[float], samples: int) -> bool:
        """Whether these accuracies are, beyond chance, above that of always giving the most frequent answer."""
        if not accuracies:
            return False
        axis, answer = featureAxis(self._answer), self._answer
        yes_or_no = self._perLabel or answer.shape[axis] == 1
        most = np.maximum(answer, 1 - answer) if yes_or_no else answer.max(axis=axis)
        share = float(most.mean())
        return _mean(accuracies) > share + 3 * math.sqrt(share * (1 - share) / samples)

    def __str__(self) -> str:
        return f"loss {self._losses[-1]:.4g}; {self._guessed[-1]:.4g} by guessing" if self._losses else ""


def _mean(numbers: Iterable[float]) -> float:
    return float(np.mean(list(numbers)))


def _variance(numbers: Iterable[float]) -> float:
    """Estimated from a sample, with n - 1."""
    return float(np.var(list(numbers), ddof=1))

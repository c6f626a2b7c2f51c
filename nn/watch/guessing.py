"""A training that does no better than guessing."""

from __future__ import annotations

import math
from collections.abc import Collection
from statistics import fmean, variance
from typing import TYPE_CHECKING

import numpy as np

from dataset import Dataset
from nn.watch.symptom import SEEN, Array, Finding, Look, Symptom, isUntrained, rootMeanSquare

if TYPE_CHECKING:
    from nn.models.mlp import MLP

FIRST = 16  # step from which on losses are noted
LOOKS, LONG = 3, 10  # over whose batches loss and guess are averaged, with 100 samples or more
STUCK = 0.98  # of the loss of guessing
SETTLED = 0.08  # of a loss that has stopped falling, by which it may have fallen
LEARNT, WELL = 0.9, 0.5  # of the loss of guessing, in training
WORSE = 1.3  # the same, for other samples
MOVED = 0.06  # of the last layer's weights
LATE, MANY = 30, 3000  # epochs, steps
ORDER = "Do inputs and labels belong together, in the same order?"


class Guessing(Symptom):
    """A loss that stays at the value of guessing, or sinks below it on the training set alone.

    Guessing is the same answer for every input, the mean of the labels: for one-hot labels the frequencies of the
    classes, with their entropy as its categorical cross-entropy. A loss stays if it has stopped falling, for long where
    that may be healthy: while the weights have hardly moved, and where labels are numbers or two classes, which may be
    hard to tell from the inputs.

    Parameters
    ----------
    network : an `MLP`.
    dataset : what it learns from.
    reconstructs : whether its labels are the inputs.
    """

    rank, patience = 5, 1
    epochs, steps = 3, 200

    def __init__(self, network: MLP, dataset: Dataset, reconstructs: bool = False) -> None:
        super().__init__()
        self._network, self._reconstructs = network, reconstructs
        self._sizes = {"test": dataset.test_size, "validation": dataset.validation_size}
        if reconstructs:  # the mean of the inputs is where every autoencoder begins, and some stay for a while
            self.epochs, self.steps = 5, 500
        self._last = next((layer for layer in reversed(network.layers) if layer.learns), network.layers[-1])
        self._start = self._last.parameterVector.copy()
        self._sum: Array | float = 0.0  # of the labels
        self._samples = self._batchSize = 0
        self._losses: list[float] = []
        self._guesses: list[float] = []
        self._accuracies: list[float] = []
        self._classifies = not reconstructs and bool(network._link())
        self._held: object = None  # the last entry, and how many in a row were bad
        self._bad = 0

    def find(self, look: Look) -> Finding | None:
        if look.step < FIRST and not look.thorough:
            return None
        label = self._network._label(look.inputs if self._reconstructs else look.labels)
        answer = self._note(label)
        easy = self._reconstructs or (self._classifies and len(label) > 2)
        quick = look.thorough or (easy and self._hasMoved())
        looks = max(LOOKS if quick else LONG, math.ceil(SEEN / self._batchSize))
        loss, guess = fmean(self._losses[-looks:]), fmean(self._guesses[-looks:])
        if not guess > 0 or (look.thorough and isUntrained(self._network.layers)):  # all labels are alike, or it is new
            return None
        if loss > STUCK * guess:
            late = quick or (look.epoch >= LATE and look.step >= MANY)
            stays = look.thorough or (late and self._stays(looks, loss) and not self._holds(answer, guess, look))
            if not stays or self._isBetter(answer, looks):
                return None
            rates = "try ten times the learning rate, and a tenth."
            return self._finding(
                "guessing",
                f"the loss is no better than guessing: {loss:.4g}, and {guess:.4g} with the mean of the labels as the "
                f"answer to every input. {rates.capitalize() if self._reconstructs else f'{ORDER} If so, {rates}'}",
            )
        if failure := self._failure(loss / guess, guess, answer, looks, look):
            return self._finding(
                "memorising",
                f"it learns the training set by heart: the loss there is {loss:.4g}, where guessing has {guess:.4g}, "
                f"but the {failure}. {ORDER}",
            )
        return None

    def _note(self, label: Array) -> Array:
        """Notes loss, guess and accuracy of this batch; returns the mean of the labels so far."""
        self._sum = self._sum + label.sum(axis=-1, keepdims=True, dtype=float)
        self._batchSize = label.shape[-1]
        self._samples += self._batchSize
        answer = np.asarray(self._sum / self._samples)
        self._losses.append(self._network._outputLoss(label))
        self._guesses.append(self._network.loss.apply(label, np.broadcast_to(answer, label.shape).astype(label.dtype)))
        if self._classifies:
            self._accuracies.append(self._network.getAccuracy(label))
        return answer

    def _hasMoved(self) -> bool:
        """Whether the weights of the last layer have."""
        return rootMeanSquare(self._last.parameterVector - self._start) > MOVED * rootMeanSquare(self._start)

    def _stays(self, looks: int, loss: float) -> bool:
        """Whether the loss has stopped falling, for certain: its last mean against that before, ± 2 standard errors.

        What is compared is the loss above that of guessing, which batches of another mixture change less.
        """
        if len(self._losses) < 2 * looks:
            return False
        recent = zip(self._losses[-2 * looks :], self._guesses[-2 * looks :], strict=True)
        above = [loss - guessed for loss, guessed in recent]
        before, last = above[:looks], above[looks:]
        fall, error = fmean(before) - fmean(last), math.sqrt((variance(before) + variance(last)) / looks)
        return fall < 2 * error and fall + 2 * error < SETTLED * loss

    def _isBetter(self, answer: Array, looks: int) -> bool:
        """Whether the last batches are classified better than by guessing."""
        accuracies = self._accuracies[-2 * looks :]
        return _beats(answer, accuracies, len(accuracies) * self._batchSize)

    def _holds(self, answer: Array, guess: float, look: Look) -> bool:
        """Whether accuracy or loss of another set is better than by guessing."""
        return any(
            values.get("loss", math.inf) < STUCK * guess
            or (self._classifies and "accuracy" in values and _beats(answer, [values["accuracy"]], self._sizes[split]))
            for split, values in look.held.items()
        )

    def _failure(self, share: float, guess: float, answer: Array, looks: int, look: Look) -> str:
        """What was learnt and does not hold for other samples, in words; "" if it does, or nobody knows."""
        if self._reconstructs or self._holds(answer, guess, look):
            return ""
        for split, values in look.held.items():
            if self._classifies and "accuracy" in values:
                if share < LEARNT and self._isBetter(answer, looks):
                    return f"{split} accuracy of {values['accuracy']:.1%} is that of guessing"
            elif self._again(share < WELL and values.get("loss", 0) > WORSE * guess, look):
                return f"{split} loss of {values['loss']:.4g} is worse"
        return ""

    def _again(self, bad: bool, look: Look) -> bool:
        """Whether the entry before was bad, too: what is learnt fast is better by the next."""
        if look.held is not self._held:
            self._held, self._bad = look.held, self._bad + 1 if bad else 0
        return bad and self._bad >= min(2, look.patience)

    def figures(self) -> str:
        return f"loss {self._losses[-1]:.4g}; {self._guesses[-1]:.4g} by guessing" if self._losses else ""

    def _finding(self, kind: str, text: str) -> Finding:
        return Finding(kind, self._network.layers[-1].describe(), text)


def _beats(answer: Array, accuracies: Collection[float], samples: int) -> bool:
    """Whether these accuracies are, beyond chance, above that of always answering the most frequent class."""
    if not accuracies:
        return False
    share = float(max(answer.max(), 1 - answer.min() if len(answer) == 1 else 0))
    return fmean(accuracies) > share + 3 * math.sqrt(share * (1 - share) / samples)

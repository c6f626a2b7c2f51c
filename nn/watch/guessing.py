"""A training that does no better than guessing, or does so on its own samples alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from leibnet.arrays import rootMeanSquare
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from nn.watch import sentences
from nn.watch.guesses import STUCK, Guesses, Objective
from nn.watch.reading import isUntrained
from nn.watch.symptom import SEEN, Finding, Observation, Symptom

FIRST = 16  # step from which on losses are noted
FEW, LONG = 3, 10  # observations over whose batches loss and guess are averaged, with 100 samples or more
MOVED = 0.06  # of the last layer's weights
LATE, MANY = 30, 3000  # epochs, steps
LEARNT, WELL = 0.9, 0.5  # of the loss of guessing, in training
WORSE = 1.3  # the same, for other samples


class Guessing(Symptom):
    """A loss that stays at the value of guessing (see `Guesses`), or sinks below it on the training set alone.

    A loss stays if it has stopped falling, for long where that may be healthy: while the weights have hardly moved, and
    where labels are numbers or two classes, which may be hard to tell from the inputs.

    Parameters
    ----------
    objective : a network with its loss.
    dataset : what it learns from.
    accuracy : the accuracy of the last forward pass for a label; default none.
    reconstructs : whether its labels are the inputs; default False.
    perLabel : whether the accuracy counts every label of a sample, yes or no; default False.
    """

    rank, patience = 5, 1
    epochs, steps = 3, 200

    def __init__(
        self,
        objective: Objective,
        dataset: Dataset,
        accuracy: Callable[[Array], float] | None = None,
        reconstructs: bool = False,
        perLabel: bool = False,
    ) -> None:
        super().__init__()
        self._chain, self._reconstructs = objective.chain, reconstructs
        if reconstructs:  # the mean of the inputs is where every autoencoder begins, and some stay for a while
            self.epochs, self.steps = 5, 500
        self._guesses = Guesses(objective, dataset, None if reconstructs else accuracy, perLabel)
        self._memorising = Memorising(self._guesses)
        learning = self._chain.learning()
        self._vector = learning[-1].parameterVector if learning else np.empty(0)
        self._start = self._vector.copy()

    def find(self, seen: Observation) -> Finding | None:
        if seen.step < FIRST and not seen.thorough:
            return None
        guesses = self._guesses
        guesses.note(seen.inputs if self._reconstructs else seen.labels)
        easy = self._reconstructs or (guesses.classifies and guesses.classes > 2)
        quick = seen.thorough or (easy and self._hasMoved())
        count = max(FEW if quick else LONG, math.ceil(SEEN / guesses.batchSize))
        loss, guess = guesses.means(count)
        if not guess > 0 or (seen.thorough and isUntrained(self._chain.leaves().values())):
            return None  # all labels are alike, or the network is new
        if loss > STUCK * guess:
            late = quick or (seen.epoch >= LATE and seen.step >= MANY)
            stays = late and guesses.stays(count) and not guesses.isBetterOnOthers(seen, guess)
            if not (seen.thorough or stays) or guesses.isBetter(count):
                return None
            sentence = sentences.RECONSTRUCTING_THE_MEAN if self._reconstructs else sentences.GUESSING
            return self._finding(sentence, loss=loss, guess=guess)
        failure = "" if self._reconstructs else self._memorising.failure(seen, loss, guess, count)
        return self._finding(sentences.MEMORISING, loss=loss, guess=guess, failure=failure) if failure else None

    def _finding(self, sentence: sentences.Sentence, **figures: Any) -> Finding:
        return sentence.of(self._chain.layers[-1], **figures)

    def _hasMoved(self) -> bool:
        """Whether the weights of the last layer have."""
        return rootMeanSquare(self._vector - self._start) > MOVED * rootMeanSquare(self._start)

    def figures(self) -> str:
        return str(self._guesses)


class Memorising:
    """Notices that what was learnt does not hold for other samples.

    A loss of other samples above that of guessing counts from the second entry of the metrics in a row: what is learnt
    fast is better by the next.

    Parameters
    ----------
    guesses : the network's losses and accuracies, beside those of guessing.
    """

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses
        self._heldOut: object = None  # the last entry, and how many in a row were bad
        self._bad = 0

    def failure(self, seen: Observation, loss: float, guess: float, count: int) -> str:
        """What does not hold for other samples, in words; "" if all does, or nobody knows.

        `loss` and `guess` are means over the last `count` batches.
        """
        if self._guesses.isBetterOnOthers(seen, guess):
            return ""
        share = loss / guess
        for split, values in seen.heldOut.items():
            if self._guesses.classifies and "accuracy" in values:
                if share < LEARNT and self._guesses.isBetter(count):
                    return f"{split} accuracy of {values['accuracy']:.1%} is that of guessing"
            elif self._again(share < WELL and values.get("loss", 0) > WORSE * guess, seen):
                return f"{split} loss of {values['loss']:.4g} is worse"
        return ""

    def _again(self, bad: bool, seen: Observation) -> bool:
        """Whether the entry before was bad, too."""
        if seen.heldOut is not self._heldOut:
            self._heldOut, self._bad = seen.heldOut, self._bad + 1 if bad else 0
        return bad and self._bad >= min(2, seen.patience)

"""A training that does no better than guessing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from nn.symptom import SEEN, Array, Finding, Look, Symptom, rootMeanSquare

if TYPE_CHECKING:
    from nn.mlp import MLP

LOOKS = 5  # over whose batches loss and guess are averaged, with 100 samples or more
STUCK = 0.98  # of the loss of guessing
LEARNT = 0.9  # the same
MOVED = 0.06  # of the last layer's weights
LATE, MANY = 10, 1000  # epochs, steps
ORDER = "Do inputs and labels belong together, in the same order?"


class Guessing(Symptom):
    """A loss that stays at the value of guessing, or sinks below it on the training set alone.

    Guessing is the same answer for every input, the mean of the labels: for one-hot labels the frequencies of the
    classes, with their entropy as its categorical cross-entropy.

    Parameters
    ----------
    network : an `MLP`.
    reconstructs : whether its labels are the inputs.
    testSize : samples in the test set, for an accuracy that is that of guessing up to chance.
    """

    rank, patience = 5, 1
    epochs, steps = 3, 200

    def __init__(self, network: MLP, reconstructs: bool = False, testSize: int = 0) -> None:
        super().__init__()
        self._network, self._reconstructs, self._testSize = network, reconstructs, testSize
        if reconstructs:  # the mean of the inputs is where every autoencoder begins, and some stay for a while
            self.epochs, self.steps = 5, 500
        self._last = next((layer for layer in reversed(network.layers) if layer.learns), network.layers[-1])
        self._start = self._last.parameterVector.copy()
        self._sum: Array | float = 0.0  # of the labels
        self._samples = 0
        self._open(LOOKS)
        self._classifies = not reconstructs and bool(network._link())

    def _open(self, looks: int) -> None:
        """Averages are over so many looks from now on."""
        self._losses, self._guesses, self._accuracies = (deque[float](maxlen=looks) for _ in range(3))

    def find(self, look: Look) -> Finding | None:
        label = self._network._label(look.inputs if self._reconstructs else look.labels)
        if not self._samples:
            self._open(max(LOOKS, math.ceil(SEEN / label.shape[-1])))
        self._sum = self._sum + label.sum(axis=-1, keepdims=True, dtype=float)
        self._samples += label.shape[-1]
        answer = np.asarray(self._sum / self._samples)
        self._losses.append(self._network._outputLoss(label))
        self._guesses.append(self._network.loss.apply(label, np.broadcast_to(answer, label.shape).astype(label.dtype)))
        if self._classifies:
            self._accuracies.append(self._network.getAccuracy(label))
        loss, guess = fmean(self._losses), fmean(self._guesses)
        if not guess > 0:  # all labels are alike
            return None
        if loss > STUCK * guess and not _beats(answer, self._accuracies, len(self._accuracies) * label.shape[-1]):
            rates = "try ten times the learning rate, and a tenth."
            return self._finding(
                "guessing",
                f"the loss is no better than guessing: {loss:.4g}, and {guess:.4g} with the mean of the labels as the "
                f"answer to every input. {rates.capitalize() if self._reconstructs else f'{ORDER} If so, {rates}'}",
            )
        tested = [look.test["accuracy"]] if self._classifies and "accuracy" in look.test else []
        if loss < LEARNT * guess and tested and not _beats(answer, tested, self._testSize):
            return self._finding(
                "memorising",
                f"it learns the training set by heart: the loss there is {loss:.4g}, where guessing has {guess:.4g}, "
                f"but the test accuracy of {tested[0]:.1%} is that of guessing. {ORDER}",
            )
        return None

    def _isEarly(self, look: Look) -> bool:
        """Also while the weights have hardly moved: who learns slowly is not stuck, for a while."""
        moved = rootMeanSquare(self._last.parameterVector - self._start) > MOVED * rootMeanSquare(self._start)
        full = len(self._losses) == self._losses.maxlen
        return super()._isEarly(look) or not full or not (moved or look.epoch >= LATE or look.step >= MANY)

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

"""Metrics of decisions: precision, recall and what is made of them, from counts of right and wrong decisions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from leibnet.types import Array

import numpy as np

from dataset.facts import Labels
from nn.metrics.metric import Answers, Metric


class Counted(Metric):
    """A figure from the numbers of true and false positives and negatives, by class; base of those below. 0/0 is 0."""

    def tally(self, answers: Answers) -> Array:
        """(classes, 4): Σ w of true positives, false positives, false negatives and true negatives."""
        assert answers.truth is not None
        assert answers.decisions is not None
        truth, decisions = answers.rows(answers.truth, answers.decisions)
        w = answers.weightsOfRows()
        if answers.byClass and len(truth) == 2:
            truth, decisions = truth[1:], decisions[1:]
        kinds = truth & decisions, ~truth & decisions, truth & ~decisions, ~truth & ~decisions
        return np.stack([kind @ w for kind in kinds], axis=1)

    def whyNot(self, labels: Labels, isClassifier: bool) -> str:
        return "" if isClassifier else "it is of decisions between classes, or yes and no, and the labels are neither"


class Macro(Counted):
    """A figure of each class, and its mean over those that occur (macro average), each of them against the others.

    Of one yes-or-no output, or of two classes, it is that of the yes, or of the second class.
    """

    def value(self, tallies: Sequence[Array]) -> float:
        counts = np.sum(tallies, axis=0)
        if len(counts) > 1:
            counts = counts[counts[:, :3].any(axis=1)]
        return float(self._ofClasses(counts).mean()) if len(counts) else 0.0

    @abstractmethod
    def _ofClasses(self, counts: Array) -> Array:
        """The figure of every class, (classes,)."""


class Precision(Macro):
    """TP / (TP + FP): the share of the decisions for a class that are right."""

    def _ofClasses(self, counts: Array) -> Array:
        tp, fp, _, _ = counts.T
        return _ratio(tp, tp + fp)


class Recall(Macro):
    """TP / (TP + FN): the share of a class that is found."""

    def _ofClasses(self, counts: Array) -> Array:
        tp, _, fn, _ = counts.T
        return _ratio(tp, tp + fn)


class F1(Macro):
    """2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall."""

    def _ofClasses(self, counts: Array) -> Array:
        tp, fp, fn, _ = counts.T
        return _ratio(2 * tp, 2 * tp + fp + fn)


class BalancedAccuracy(Counted):
    """The mean over the classes of the share of each that is found; of a yes-or-no output over yes and no."""

    def value(self, tallies: Sequence[Array]) -> float:
        counts = _both(np.sum(tallies, axis=0))
        tp, _, fn, _ = counts[counts[:, 0] + counts[:, 2] > 0].T
        return float(_ratio(tp, tp + fn).mean()) if len(tp) else 0.0


class MeanIoU(Counted):
    """TP / (TP + FP + FN), intersection over union, in mean over the classes; of a yes-or-no output over yes and no."""

    def value(self, tallies: Sequence[Array]) -> float:
        counts = _both(np.sum(tallies, axis=0))
        tp, fp, fn, _ = counts[counts[:, :3].any(axis=1)].T
        return float(_ratio(tp, tp + fp + fn).mean()) if len(tp) else 0.0


def _both(counts: Array) -> Array:
    """Of one yes-or-no output the counts of yes and no, of several classes as they are."""
    return np.concatenate((counts, counts[:, ::-1])) if len(counts) == 1 else counts


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)

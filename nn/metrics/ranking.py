"""Metrics of scores: how well they put the yes before the no, whatever the threshold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from leibnet.types import Array

import numpy as np

from dataset.facts import Labels
from nn.metrics.metric import Answers, Metric

Tally = tuple[Array, Array, Array]


def rocCurve(truth: Array, scores: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """False and true positive rate, each rising from 0 to 1, as the threshold falls through all scores.

    Parameters
    ----------
    truth : (M,) of bool.
    scores : (M,), larger where yes is more likely; equal ones are told apart by no threshold.
    weights : (M,), default all 1.

    Raises
    ------
    ValueError : there is no yes, or no no.
    """
    tp, fp = _cumulated(truth, scores, weights)
    if tp[-1] == 0 or fp[-1] == 0:
        raise ValueError("a ROC curve needs samples of both kinds, yes and no: these are all of one")
    return fp / fp[-1], tp / tp[-1]


def precisionRecallCurve(truth: Array, scores: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """Recall, rising to 1, and precision, as the threshold falls through all scores; as for `rocCurve`."""
    tp, fp = _cumulated(truth, scores, weights)
    if tp[-1] == 0:
        raise ValueError("a precision-recall curve needs samples that are yes: there are none")
    return tp / tp[-1], np.divide(tp, tp + fp, out=np.ones_like(tp), where=tp + fp > 0)


def areaUnderROC(falsePositives: Array, truePositives: Array) -> float:
    """The area under a `rocCurve`."""
    return float(np.sum(np.diff(falsePositives) * (truePositives[1:] + truePositives[:-1]) / 2))


def averagePrecision(recall: Array, precision: Array) -> float:
    """Σ (Rₙ - Rₙ₋₁) Pₙ of a `precisionRecallCurve`."""
    return float(np.sum(np.diff(recall) * precision[1:]))


def _cumulated(truth: Array, scores: Array, weights: Array | None) -> tuple[Array, Array]:
    """Σ w of the true and of the false positives at each threshold, from 0 on."""
    w = np.ones(len(scores)) if weights is None else weights.astype(float)
    order = np.argsort(-scores, kind="stable")
    falls = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    yes = truth[order].astype(bool)
    tp, fp = np.cumsum(w[order] * yes)[falls], np.cumsum(w[order] * ~yes)[falls]
    return np.append(0.0, tp), np.append(0.0, fp)


class Ranked(Metric):
    """A figure from a curve over all thresholds; base of those below.

    Of one yes-or-no output, or of two classes, it is that of the yes, or of the second class; of several classes or
    labels the mean over those that have samples of both kinds (macro average, one against the others).
    """

    def tally(self, answers: Answers) -> Tally:
        """Truth and scores (classes, M), and the weights (M,)."""
        assert answers.truth is not None
        truth, scores = answers.rows(answers.truth, answers.scores)
        if answers.byClass and len(truth) == 2:
            truth, scores = truth[1:], scores[1:]
        return truth.copy(), scores.copy(), answers.weightsOfRows()

    def value(self, tallies: Sequence[Tally]) -> float:
        truth, scores, weights = (np.concatenate(arrays, axis=-1) for arrays in zip(*tallies, strict=True))
        counted = weights > 0
        truth, scores, weights = truth[:, counted], scores[:, counted], weights[counted]
        values = [
            self._ofClass(yes, score, weights)
            for yes, score in zip(truth, scores, strict=True)
            if yes.any() and not yes.all()
        ]
        if not values:
            raise ValueError("it needs samples of at least two classes, or of both yes and no: these are all alike")
        return float(np.mean(values))

    @abstractmethod
    def _ofClass(self, truth: Array, scores: Array, weights: Array) -> float:
        """The figure of one class."""

    def whyNot(self, labels: Labels, isClassifier: bool) -> str:
        return "" if isClassifier else "it is of classes, or yes and no, and the labels are neither"


class AreaUnderROC(Ranked):
    """The area under the ROC curve: the chance that a yes has a higher score than a no (ties count half)."""

    def _ofClass(self, truth: Array, scores: Array, weights: Array) -> float:
        return areaUnderROC(*rocCurve(truth, scores, weights))


class AveragePrecision(Ranked):
    """Σ (Rₙ - Rₙ₋₁) Pₙ over the thresholds, R the recall and P the precision: the area under their curve."""

    def _ofClass(self, truth: Array, scores: Array, weights: Array) -> float:
        return averagePrecision(*precisionRecallCurve(truth, scores, weights))

"""Metrics of measurements."""

from __future__ import annotations

from collections.abc import Sequence

from leibnet.types import Array

import numpy as np

from dataset.facts import Labels
from nn.metrics.metric import Answers, Metric
from nn.training.metrics import Direction


class Moments(Metric):
    """A figure from errors and the spread of the targets, in mean over the outputs; base of those below."""

    def tally(self, answers: Answers) -> Array:
        """(5, outputs): Σ w, the mean of y, Σ w (y - mean)², Σ w e² and Σ w |e|, in double precision."""
        y, a = (array.astype(float) for array in answers.rows(answers.labels, answers.outputs))
        w = answers.weightsOfRows()
        total, e = np.full(len(y), w.sum()), a - y
        mean = y @ w / total if total.all() else np.zeros(len(y))
        return np.stack([total, mean, (y - mean[:, np.newaxis]) ** 2 @ w, e * e @ w, np.abs(e) @ w])

    @staticmethod
    def together(tallies: Sequence[Array]) -> Array:
        """The tally of all pieces: means and spreads are put together as by Chan, Golub & LeVeque 1983."""
        n, mean, spread, *errors = tallies[0]
        for tally in tallies[1:]:
            m, other, more, *_ = tally
            both = np.where(n + m > 0, n + m, 1.0)
            spread = spread + more + (other - mean) ** 2 * n * m / both
            mean, n = mean + (other - mean) * m / both, n + m
            errors = [one + further for one, further in zip(errors, tally[3:], strict=True)]
        return np.stack([n, mean, spread, *errors])

    def whyNot(self, labels: Labels, isClassifier: bool) -> str:
        return "it is of measurements, and the labels are classes: ask for accuracy or f1" if labels.oneHot else ""


class R2(Moments):
    """R² = 1 - Σ (y - a)² / Σ (y - ȳ)², the coefficient of determination, in mean over the outputs.

    Of a target that does not vary it is 1 if there are no errors, otherwise 0.
    """

    def value(self, tallies: Sequence[Array]) -> float:
        _, _, spread, squares, _ = self.together(tallies)
        constant = np.where(squares == 0, 1.0, 0.0)
        return float(np.where(spread > 0, 1 - squares / np.where(spread > 0, spread, 1.0), constant).mean())


class MeanAbsoluteError(Moments):
    """1/N Σ |y - a|, in mean over the outputs, in the unit of the targets."""

    direction = Direction.LOWER

    def value(self, tallies: Sequence[Array]) -> float:
        n, _, _, _, absolute = self.together(tallies)
        return float((absolute / n).mean())


class RootMeanSquaredError(Moments):
    """√(1/N Σ (y - a)²), in mean over the outputs, in the unit of the targets."""

    direction = Direction.LOWER

    def value(self, tallies: Sequence[Array]) -> float:
        n, _, _, squares, _ = self.together(tallies)
        return float(np.sqrt(squares / n).mean())

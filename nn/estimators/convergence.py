"""When a training has converged, by scikit-learn's rule."""

from __future__ import annotations

import math

from nn.training.course import Course
from nn.training.listener import Listener


class Convergence(Listener):
    """Ends a training when the loss of the training set has stopped falling.

    Parameters
    ----------
    tolerance : the least improvement over the best loss so far that counts.
    patience : more epochs than this in a row without improvement end the training.
    """

    def __init__(self, tolerance: float, patience: int) -> None:
        self._tolerance, self._patience = tolerance, patience
        self._best, self._waited = math.inf, 0

    def entered(self, course: Course) -> None:
        loss = course.history["train_loss"][-1]
        self._waited = self._waited + 1 if loss > self._best - self._tolerance else 0
        self._best = min(self._best, loss)
        if self._waited > self._patience:
            course.stop()

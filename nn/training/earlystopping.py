"""Early stopping."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import number, wholeNumber
from leibnet.plain import dictionary, isCount, isNumber, require
from leibnet.types import Array

from nn.training.arguments import checkIsMeasured
from nn.training.course import Course
from nn.training.listener import Listener
from nn.training.metrics import directionOf


class EarlyStopping(Listener):
    """Ends a training when a metric has not improved for a while, and gives the model its best weights back.

    Prechelt 1998, "Early stopping - but when?". The best weights are copies, and are restored at the end of every
    training, also of one that was not stopped, or was interrupted.

    Parameters
    ----------
    metric : what is watched, one of the metrics of the training, of a quantity that says which of two models is better
        (a loss, an accuracy; not a GAN's losses). Default "validation_loss".
    patience : this many entries in a row without improvement end the training; default 5.
    minDelta : the least improvement that counts; default 0, any.

    Attributes
    ----------
    best : the metric at the best entry, with its sign changed where higher is better; infinite before the first entry.
    bestIndex : the index of that entry, or None.
    bestWeights : copies of the model's weights at that entry, or None.
    """

    def __init__(self, metric: str = "validation_loss", patience: int = 5, minDelta: float = 0.0) -> None:
        self.metric = metric
        self.patience = wholeNumber("EarlyStopping", "patience", patience)
        self.minDelta = number("EarlyStopping", "minDelta", minDelta, low=0)
        self.reset()

    def reset(self) -> None:
        """Forgets an earlier training."""
        self.best = math.inf
        self.bestWeights: dict[str, Array] | None = None
        self.bestIndex: int | None = None
        self._waited = 0

    def prepare(self, course: Course) -> None:
        """Forgets an earlier training, and checks what `begin` will need."""
        self.reset()
        self._check(course)

    def _check(self, course: Course) -> None:
        """ValueError if this training does not measure the metric, or it does not say which of two models is better."""
        checkIsMeasured("EarlyStopping", self.metric, course.metrics)
        self._direction = directionOf("EarlyStopping", self.metric, course.model.directions)

    def begin(self, course: Course) -> None:
        self._check(course)
        if not course.resumed:
            self.reset()
        elif self._waited >= self.patience:
            course.stop()

    def entered(self, course: Course) -> None:
        value = self._direction.toMinimise(course.history[self.metric][-1])
        if value < self.best - self.minDelta:
            self.best, self.bestWeights, self._waited = value, course.model.weights(), 0
            self.bestIndex = course.index
            return
        self._waited += 1
        if self._waited >= self.patience:
            course.stop()

    def close(self, course: Course) -> None:
        if self.bestWeights is not None:
            course.model.setWeights(self.bestWeights)
            course.history.bestIndex = self.bestIndex

    def state(self) -> dict[str, Any]:
        weights = {} if self.bestWeights is None else {"bestWeights": self.bestWeights}
        return {"best": self.best, "bestIndex": self.bestIndex, "waited": self._waited, **weights}

    @staticmethod
    def checkState(state: Any, index: list[int]) -> None:
        """ValueError if this, from a file, is no state of early stopping in a history with entries at these places.

        The best weights are looked at by those who know the model.
        """
        dictionary("stopping", state)
        weights = state.get("bestWeights")
        dictionary("stopping", {name: one for name, one in state.items() if name != "bestWeights"}, KEYS)
        waited, best, best_index = state["waited"], state["best"], state["bestIndex"]
        fits = isCount(waited) and waited <= len(index)
        require("waited of stopping", fits, f"a whole number up to {len(index)}", waited)
        if weights is None:
            fits = best_index is None and best == math.inf
        else:
            fits = isCount(best_index) and best_index in index and isNumber(best)
        require("stopping", fits, "best and bestIndex of the best weights", state)

    def setState(self, state: dict[str, Any]) -> None:
        self.best, self.bestIndex, self._waited = float(state["best"]), state["bestIndex"], int(state["waited"])
        self.bestWeights = state.get("bestWeights")


KEYS = "best", "bestIndex", "waited"

"""Early stopping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.training.history import History


class EarlyStopping:
    """Ends a training when a metric has not improved for a while, and gives the model its best weights back.

    Prechelt 1998, "Early stopping - but when?". The best weights are copies, and are restored at the end of every
    training, also of one that was not stopped, or was interrupted.

    Parameters
    ----------
    metric : what is watched, one of the metrics of the training; larger is better if its name ends in "accuracy",
        smaller otherwise. Default "validation_loss".
    patience : so many entries in a row without improvement end the training; default 5.
    minDelta : what counts as an improvement; default 0, any.
    """

    def __init__(self, metric: str = "validation_loss", patience: int = 5, minDelta: float = 0.0) -> None:
        if patience < 1:
            raise ValueError(f"EarlyStopping needs patience >= 1 (entries), got {patience!r}")
        if not minDelta >= 0:
            raise ValueError(f"EarlyStopping needs minDelta >= 0, got {minDelta!r}")
        self.metric, self.patience, self.minDelta = metric, patience, minDelta
        self.reset()

    def reset(self) -> None:
        """Forgets an earlier training."""
        self.best = np.inf
        self.bestWeights: dict[str, Any] | None = None
        self.bestIndex: int | None = None
        self._waited = 0

    def shouldStop(self, model: Any, history: History) -> bool:
        """Looks at the last entry, keeps the model's weights if it is the best so far, says whether to end."""
        value = toMinimise(self.metric, history)
        if value < self.best - (self.minDelta if self.bestWeights is not None else 0):
            self.best, self.bestWeights, self.bestIndex, self._waited = value, model.weights(), history.index[-1], 0
            return False
        self._waited += 1
        return self.isOver

    @property
    def isOver(self) -> bool:
        """Whether the metric has not improved for long enough."""
        return self._waited >= self.patience

    def restore(self, model: Any, history: History) -> None:
        """Gives the model its best weights."""
        if self.bestWeights is not None:
            model.setWeights(self.bestWeights)
            history.bestIndex = self.bestIndex

    def state(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What it has seen, as plain values, and the best weights, for `setState`."""
        return {"best": self.best, "bestIndex": self.bestIndex, "waited": self._waited}, self.bestWeights

    def setState(self, state: Mapping[str, Any], bestWeights: dict[str, Any] | None) -> None:
        """Goes on from what `state()` described."""
        self.best, self.bestIndex, self._waited = float(state["best"]), state["bestIndex"], int(state["waited"])
        self.bestWeights = bestWeights


def toMinimise(metric: str, history: History) -> float:
    """The metric's last entry, with its sign changed where larger is better."""
    value = history[metric][-1]
    return -value if metric.endswith("accuracy") else value

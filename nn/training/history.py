"""The record of a training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leibnet.plain import dictionary, isCount, isNumber, require
from leibnet.terminal import shown


class History:
    """What `train` returns: the entries of every metric.

    >>> history = History(["train_loss"])
    >>> history.append(50, {"train_loss": 0.7})
    >>> history["train_loss"], history.index
    ([0.7], [50])

    Attributes
    ----------
    index : list of int, the number of training samples processed up to each entry.
    values : dict from a metric's name to the list of its entries; `history[name]` for short.
    seconds : duration of the training.
    folder : the run folder, where metrics.csv and TensorBoard's files are, or None.
    bestIndex : with early stopping, the index of the entry whose weights the model has now.
    """

    def __init__(self, metrics: Iterable[str], folder: Path | None = None) -> None:
        self.folder = folder
        self.index: list[int] = []
        self.values: dict[str, list[float]] = {name: [] for name in metrics}
        self.seconds = 0.0
        self.bestIndex: int | None = None

    def append(self, index: int, values: dict[str, float]) -> None:
        """Adds one entry of every metric."""
        self.index.append(index)
        for name, entries in self.values.items():
            entries.append(values[name])

    def state(self) -> dict[str, Any]:
        """The entries as plain values, for `setState`."""
        return {"index": self.index, "values": self.values, "seconds": self.seconds}

    def setState(self, state: Mapping[str, Any]) -> None:
        """Puts in the entries that `state()` described, of the same metrics."""
        self.index[:] = map(int, state["index"])
        for name, entries in self.values.items():
            entries[:] = map(float, state["values"][name])
        self.seconds = float(state["seconds"])

    def checkState(self, state: Any, samples: int) -> None:
        """ValueError if this, from a file, is no state of a history of these metrics and at most `samples` samples."""
        dictionary("history", state, ("index", "values", "seconds"))
        index, values = state["index"], dictionary("the metrics of history", state["values"], self.values)
        rising = isinstance(index, list) and all(map(isCount, index)) and index == sorted(set(index))
        require("index of history", rising, "rising whole numbers", index)
        require("index of history", not index or index[-1] <= samples, f"numbers up to {samples}", index)
        for name, entries in values.items():
            fits = isinstance(entries, list) and len(entries) == len(index) and all(map(isNumber, entries))
            require(f"{name} of history", fits, f"a list of {len(index)} numbers", entries)
        require("seconds of history", isNumber(state["seconds"]), "a number", state["seconds"])

    @property
    def last(self) -> dict[str, float]:
        """The last entry of every metric."""
        return {name: entries[-1] for name, entries in self.values.items() if entries}

    def __getitem__(self, metric: str) -> list[float]:
        if metric not in self.values:
            raise KeyError(f"no metric {metric!r} was asked for: there are {', '.join(self.values) or 'none'}")
        return self.values[metric]

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {value:.4g}" for name, value in self.last.items())
        return shown(f"History of {len(self.index)} entries in {self.seconds:.1f} s; last: {last or 'none'}")

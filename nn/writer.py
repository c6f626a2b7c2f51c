"""Where the metrics of a training go."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Callback = Callable[[int, float], Any]


class Writer:
    """Writes the entries of a training's metrics to a CSV file, to TensorBoard and to callbacks.

    `train` makes one; in a training loop of one's own it is used like this:

    >>> shown = []
    >>> with Writer(["loss"], callbacks={"loss": lambda index, value: shown.append((index, value))}) as writer:
    ...     writer.write(50, {"loss": 0.7})
    >>> shown
    [(50, 0.7)]

    Parameters
    ----------
    metrics : names of the metrics.
    callbacks : dict from a metric's name to a function of (index, value); index counts the samples processed.
    tensorboard : whether to write TensorBoard's event files, through tensorboardX, into `folder`. Default False.
    folder : run folder, made if need be. `metrics.csv` is written there, line by line; one that is already there is
        kept under another name (metrics.1.csv, ...). Default: none and no CSV file, or with `tensorboard`
        runs/<date>-<time>.
    """

    def __init__(
        self,
        metrics: Iterable[str],
        callbacks: Mapping[str, Callback] | None = None,
        tensorboard: bool = False,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.metrics = tuple(metrics)
        if callbacks is not None and not isinstance(callbacks, Mapping):
            raise TypeError(f"callbacks is a dict from metrics to functions of (index, value), got {callbacks!r}")
        self.callbacks = dict(callbacks or {})
        for name, callback in self.callbacks.items():
            if name not in self.metrics:
                raise ValueError(
                    f"a callback for {name!r}, which is no metric here: {', '.join(self.metrics) or 'none'}"
                )
            if not callable(callback):
                raise TypeError(f"the callback for {name!r} must be a function of (index, value), got {callback!r}")
        if folder is None and tensorboard:
            folder = Path("runs") / time.strftime("%Y%m%d-%H%M%S")
        self.folder = None if folder is None else Path(folder)
        self._file: Any = None
        self._events: Any = None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = open(  # noqa: SIM115 - closed by close()
                _free(self.folder / "metrics.csv"), "w", newline="", encoding="utf-8"
            )
            self._rows = csv.writer(self._file)
            self._rows.writerow(("index", *self.metrics))
            self._file.flush()
        if tensorboard:
            from tensorboardX import SummaryWriter

            self._events = SummaryWriter(str(self.folder))

    def write(self, index: int, values: Mapping[str, float]) -> None:
        """One entry of every metric, after `index` samples."""
        if self._file is not None:
            self._rows.writerow((index, *(repr(float(values[name])) for name in self.metrics)))
            self._file.flush()
        if self._events is not None:
            for name in self.metrics:
                self._events.add_scalar(name, values[name], index)
        for name, callback in self.callbacks.items():
            callback(index, values[name])

    def close(self) -> None:
        """Closes the files."""
        if self._file is not None:
            self._file.close()
        if self._events is not None:
            self._events.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _free(path: Path) -> Path:
    """The path itself, after a file that was there has moved to the next free number."""
    if path.exists():
        number = 1
        while (kept := path.with_suffix(f".{number}{path.suffix}")).exists():
            number += 1
        path.rename(kept)
    return path

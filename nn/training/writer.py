"""Where the metrics of a training go."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from leibnet.files import makeFolder, newFolder, reason, remedy
from leibnet.terminal import warn

from nn.training.course import Course
from nn.training.fingerprint import Fingerprint, Layered
from nn.training.history import History
from nn.training.listener import Listener
from nn.training.runfiles import Before, RunFiles

Callback = Callable[[int, float], Any]


class Writer(Listener):
    """Writes the entries of a training's metrics to a CSV file, to TensorBoard and to callbacks.

    `train` makes one; in a training loop of your own it is used like this:

    >>> shown = []
    >>> with Writer(["loss"], callbacks={"loss": lambda index, value: shown.append((index, value))}) as writer:
    ...     writer.write(50, {"loss": 0.7})
    >>> shown
    [(50, 0.7)]

    A folder that cannot be written to is an OSError at the beginning. If it vanishes or its disk fills later on, that
    is a RuntimeWarning: the training goes on, and the files are completed at the next entry where that is possible.

    Parameters
    ----------
    metrics : names of the metrics, of which equal ones count once.
    callbacks : dict from a metric's name to a function of (index, value); index counts the samples processed.
    tensorboard : whether to write TensorBoard's event files into `folder`. Default False.
    folder : run folder, made if need be, with the files metrics.csv, one line per entry, and steps.crc, a `Fingerprint`
        per step. What is already there is kept under another name (metrics.1.csv, ...). Default: none and no files, or
        with `tensorboard` a new one, runs/<date>-<time>. It stays the same when the working folder changes.

    The columns of metrics.csv are "index", in a training by `train` also "epoch", and the metrics. In TensorBoard,
    "train_loss" and "test_loss" are in one group, as "loss/train" and "loss/test".
    """

    def __init__(
        self,
        metrics: Iterable[str],
        callbacks: Mapping[str, Callback] | None = None,
        tensorboard: bool = False,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.metrics = (metrics,) if isinstance(metrics, str) else tuple(dict.fromkeys(metrics))
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
        self.folder = None if folder is None else makeFolder(folder)
        if folder is None and tensorboard:
            self.folder = newFolder(Path("runs") / time.strftime("%Y%m%d-%H%M%S"))
        self._tensorboard = tensorboard
        self._files: RunFiles | None = None
        self._samplesPerEpoch: int | None = None
        self._fingerprint = Fingerprint()
        self._warned = False

    def begin(self, course: Course) -> None:
        self._samplesPerEpoch = course.samplesPerEpoch
        if course.resumed:
            self.resume(course.history, course.steps)
        elif self.folder is not None:
            self._begun(self.folder)

    def stepped(self, course: Course) -> None:
        self.step(course.model)

    def entered(self, course: Course) -> None:
        self.write(course.index, course.history.last)

    def resume(self, history: History, steps: int) -> None:
        """Goes on where an earlier training in the same folder stood; to be called before anything is written.

        metrics.csv is written anew from the entries of the history, and of steps.crc the first `steps` fingerprints are
        kept; those that are missing become 0. A new event file has all entries, too. Files of another training are kept
        under another name.
        """
        if self.folder is None:
            return
        if tuple(history) != self.metrics:
            raise ValueError(f"expected a history of {', '.join(self.metrics)}, got one of {', '.join(history)}")
        entries = [
            (index, {name: history[name][place] for name in self.metrics}) for place, index in enumerate(history.index)
        ]
        self._samplesPerEpoch = history.samplesPerEpoch
        self._files = self._filesIn(self.folder, (steps, entries))
        self._files.save()

    def step(self, model: Layered) -> None:
        """Notes the model's `Fingerprint` after an update, which the next entry writes to steps.crc."""
        if self.folder is not None:
            self._begun(self.folder).steps.content += self._fingerprint.of(model)

    def write(self, index: int, values: Mapping[str, float]) -> None:
        """One entry of every metric, after `index` samples."""
        if self.folder is not None:
            self._begun(self.folder).entry(index, values)
            self.flush()
        for name, callback in self.callbacks.items():
            callback(index, values[name])

    def flush(self) -> None:
        """Writes what is not yet in the files."""
        if self.folder is None:
            return
        try:
            self._begun(self.folder).save()
            self._warned = False
        except OSError as error:
            if not self._warned:
                self._warned = True
                warn(
                    f"metrics.csv and the like cannot be written to the run folder {self.folder}: {reason(error)}. The "
                    "training goes on, its history has all entries, and the files are completed at the next entry "
                    f"where they can be. {remedy(error)}",
                    RuntimeWarning,
                )

    def close(self, course: Course | None = None) -> None:
        """Writes what is not yet in the files, for the last time."""
        self.flush()

    def __enter__(self) -> Writer:
        if self.folder is not None:
            self._begun(self.folder)
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _begun(self, folder: Path) -> RunFiles:
        """The files, which are made when they are first needed."""
        if self._files is None:
            self._files = self._filesIn(folder)
            self._files.save()
        return self._files

    def _filesIn(self, folder: Path, before: Before | None = None) -> RunFiles:
        return RunFiles(folder, self.metrics, self._tensorboard, before, self._samplesPerEpoch)

"""The listener that keeps a training in a file."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leibnet.arrays import isFinite
from leibnet.files import (
    Identity,
    identity,
    keepEarlier,
    reason,
    refuseSpecial,
    remedy,
    removeLeftovers,
    writeAtomically,
)
from leibnet.fused.choice import kernelDescription
from leibnet.plain import asStored
from leibnet.terminal import warn

from nn.storage.modelfile import serialize
from nn.training.arguments import checkIsMeasured
from nn.training.checkpoint import Checkpoint
from nn.training.checkpoints.contents import Remembering, contents
from nn.training.checkpoints.interruption import Interruption
from nn.training.checkpoints.resuming import resume
from nn.training.checkpoints.settings import settings
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from nn.training.listener import Listener
from nn.training.metrics import Direction, directionOf
from nn.training.records.notes import written


class Checkpointer(Listener):
    """Keeps a training in the file of a `Checkpoint`, with its best weights beside it.

    It is the last of the listeners: it keeps what all the others have become.

    Parameters
    ----------
    checkpoint : where, and how often.
    course : the training, at its beginning.
    listeners : the others, whose states it keeps.
    """

    def __init__(self, checkpoint: Checkpoint, course: Course, listeners: Sequence[Listener] = ()) -> None:
        if not checkpoint.path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {checkpoint.path.parent} for the checkpoint: make it first")
        for path in (checkpoint.path, checkpoint.bestPath):
            refuseSpecial(path, "give the path of a file as checkpoint")
        self._checkpoint, self._listeners = checkpoint, listeners
        self._remembering = Remembering.among(listeners)
        self._metric = checkpoint.metric or _default(course, self._remembering.stopping)
        self._direction = Direction.NONE
        if self._metric is not None:
            checkIsMeasured("Checkpoint", self._metric, course.metrics)
            self._direction = directionOf("Checkpoint", self._metric, course.model.directions)
        self._settings = settings(course, self._remembering.stopping, self._metric)
        course.model.checkRemaking()
        course.isCheckpointed = True
        self._config = self._began = asStored(course.model.config())  # the last one that was checked, and the first one
        self._best, self._bestFile = math.inf, b""
        self._entries = 0  # of the history, among which the best was looked for
        self._written = 0.0
        self._kept = ""  # what is in the file, in words
        self._files: dict[Path, Identity | None] = {}  # as this training has left them
        self._handled: BaseException | None = None
        self._interruption, self._ended = Interruption(), False

    def resume(self, course: Course) -> None:
        """Puts the training back to where the file says it was; nothing is changed if there is no file."""
        path = self._checkpoint.path
        if path.exists():
            found = {one: identity(one) for one in (path, self._checkpoint.bestPath)}
            held = resume(path, course, self._remembering, self._settings, self._began)
            self.setState({"began": held.part("began"), "best": held.number("best")})
            self._files = found
            if course.steps == course.epochs * course.stepsPerEpoch:
                warn(
                    f"nothing is left to be done: the training in {path} has gone through {course.epochs} epochs, and "
                    "the model has its weights now. To go on with it, give more epochs; to keep another training, give "
                    "it a checkpoint of its own",
                    RuntimeWarning,
                )

    def begin(self, course: Course) -> None:
        """Writes the file: what keeps it from being written shows before the first step."""
        path, best = self._checkpoint.path, self._checkpoint.bestPath
        for one in (path, best):
            removeLeftovers(one)
        if not course.resumed:
            keepEarlier(path.parent, (path.name, best.name))
            self._files = {path: None, best: None}
        self._handled = sys.exception()
        try:
            self._write(course)
        except TypeError as error:
            raise TypeError(
                f"this training cannot be kept in a checkpoint, which holds numbers, texts and arrays: {error}. See to "
                "the attributes of layers, optimizers and listeners of your own"
            ) from error
        self._interruption.install()

    def stepped(self, course: Course) -> None:
        if not course.entryIsDue:  # at an entry, everybody is told of that first
            self._keep(course)

    def entered(self, course: Course) -> None:
        with self._warningOnly(self._checkpoint.bestPath):
            self._compare(course)
        self._keep(course)

    def _keep(self, course: Course) -> None:
        """Writes the file if it is time. KeyboardInterrupt if Ctrl-C was pressed."""
        noted = self._interruption.noted or course.together.isInterrupted
        if noted or time.perf_counter() - self._written >= self._checkpoint.seconds:
            with self._warningOnly(self._checkpoint.path):
                self._write(course)
        if noted:
            raise KeyboardInterrupt

    def end(self, course: Course) -> None:
        with self._warningOnly(self._checkpoint.path):
            self._write(course)
        self._ended = True

    def close(self, course: Course) -> None:
        """However a training ends, its best weights are worth keeping."""
        with self._warningOnly(self._checkpoint.bestPath):
            self._compare(course)
            self._writeBest()
        self._interruption.remove()
        error = sys.exception()
        if isinstance(error, KeyboardInterrupt) and error is not self._handled and self._kept:
            error.add_note(self._kept)
        if self._ended and self._interruption.noted:
            raise KeyboardInterrupt

    def _compare(self, course: Course) -> None:
        """Keeps the weights of the last entry if they are the best so far."""
        entries = len(course.history.index)
        if self._metric is None or entries == self._entries:
            return
        self._entries = entries
        value = self._direction.toMinimise(course.history[self._metric][-1])
        if value < self._best:
            self._check(course)
            self._best, self._bestFile = value, serialize(course.model, notes=course.model.notes())

    def _writeBest(self) -> None:
        if self._bestFile:
            self._replace(self._checkpoint.bestPath, self._bestFile)
            self._bestFile = b""

    def _write(self, course: Course) -> None:
        """Writes the file, unless the last update has overflowed: the one before is then worth more."""
        model = course.model
        if not all(isFinite(array) for array in model.arrays().values()):
            return
        for listener in self._listeners:
            listener.flush()
        plain, arrays = contents(course, self._remembering)
        self._check(course)
        plain |= self.state() | {"config": self._config}
        self._writeBest()
        self._replace(self._checkpoint.path, serialize(model, plain, arrays, written(model.trainings[:-1])))
        self._written = time.perf_counter()
        self._kept = (
            f"the training is kept in {self._checkpoint.path}, after {course.epoch:.6g} of {course.epochs} epochs; "
            "resume=True goes on from there"
        )

    def _check(self, course: Course) -> None:
        """Makes sure that the model can be made again from its description, where that has changed."""
        config = asStored(course.model.config())
        if config != self._config:
            course.model.checkRemaking()
            self._config = config

    def _replace(self, path: Path, content: bytes) -> None:
        """Writes a file, if what is there is not another training's."""
        there = identity(path)
        try:
            if there not in (None, self._files[path]):
                raise FileExistsError
            self._files[path] = writeAtomically(path, content, isNew=there is None)
        except FileExistsError:
            message = f"another training has written {path} meanwhile; give each a checkpoint of its own"
            raise FileExistsError(message) from None

    @contextmanager
    def _warningOnly(self, path: Path) -> Iterator[None]:
        """A training is worth more than its checkpoint: what cannot be written is tried again."""
        try:
            yield
        except (OSError, TypeError, ValueError) as error:
            self._written = time.perf_counter()
            cause = f"{reason(error)}."
            if isinstance(error, OSError) and error.errno is not None:
                cause += f" {remedy(error)}"
            kept = ", what was written before still stands" if path.exists() else ""
            warn(
                f"the checkpoint {path} cannot be written: {cause} The training goes on{kept}, and it is tried again.",
                RuntimeWarning,
            )

    def state(self) -> dict[str, Any]:
        kernels = kernelDescription()
        return {"settings": self._settings, "began": self._began, "best": self._best, "kernels": kernels}

    def setState(self, state: dict[str, Any]) -> None:
        self._began, self._best = state["began"], state["best"]


def _default(course: Course, stopping: EarlyStopping | None) -> str | None:
    """The metric for the best weights: early stopping's, or the first loss or accuracy that has a direction."""
    if stopping is not None:
        return stopping.metric
    directions = course.model.directions
    quantities = [name for name in ("loss", "accuracy") if directions.get(name, Direction.NONE) is not Direction.NONE]
    names = [f"{split}_{quantity}" for split in ("validation", "test", "train") for quantity in quantities]
    return next((name for name in names if name in course.metrics), None)

"""Where a training is kept, and how often."""

from __future__ import annotations

import os
from pathlib import Path

from leibnet.arguments import number
from leibnet.files import absolute
from leibnet.terminal import shown


class Checkpoint:
    """Where a training is kept, and how often.

        model.train(dataset, epochs=100, checkpoint="run.safetensors")
        model.train(dataset, epochs=100, checkpoint="run.safetensors", resume=True)     # after an interruption

    The file holds the last state: weights, optimizers, random-number generators, the place in the epoch, the history.
    It is written every `seconds` seconds, at the end, and on Ctrl-C, which ends the training after the step that is
    under way (a second one ends it at once). Every time it is written in full before it replaces the one before, so a
    training that is killed goes on from there. Every training has a file of its own: what another one has written
    meanwhile is not replaced, with a warning. `Model.load` opens it as the model with its last weights.

    Where several ranks train the model (`communicator`), rank 0 writes the file; a training goes on from it on any
    number of ranks. What each has for itself, an RBM's chains or a CycleGAN's buffers, all then begin with as copies
    of rank 0's.

    The best weights so far are in a file beside it, "run.best.safetensors", a model for `Model.load`. So a second
    training in this folder must not be kept in "run.best.safetensors".

    Parameters
    ----------
    path : the file, in a folder that exists; it stays the same when the working folder changes.
    seconds : from one writing to the next, at least; default 30. 0 writes after every step.
    metric : by which the best weights are chosen: one of the training's, of a quantity that says which of two models is
        better. Default: that of the early stopping, otherwise the first loss or accuracy of the validation set, or of
        the test set, or of the training set. A training without any of them has no file of the best weights.
    """

    def __init__(self, path: str | os.PathLike[str], seconds: float = 30.0, metric: str | None = None) -> None:
        self.path, self.metric = absolute(path), metric
        self.seconds = number("Checkpoint", "seconds", seconds, low=0)

    @staticmethod
    def at(place: Checkpoint | str | os.PathLike[str]) -> Checkpoint:
        """The checkpoint of that path; a checkpoint is taken as it is."""
        return place if isinstance(place, Checkpoint) else Checkpoint(place)

    @property
    def bestPath(self) -> Path:
        """The file of the best weights."""
        return self.path.with_name(f"{self.path.stem}.best{self.path.suffix}")

    def __repr__(self) -> str:
        return shown(f"Checkpoint({str(self.path)!r}, seconds={self.seconds:g}, metric={self.metric!r})")


class CheckpointError(ValueError):
    """A file is no checkpoint from which this training could go on; says why, and what to do."""

"""The listeners of a training, in the order in which they are told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from leibnet.arguments import refusal

from nn.training.checkpoint import Checkpoint
from nn.training.checkpoints.checkpointer import Checkpointer
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from nn.training.listener import Listener
from nn.training.progress import progressOf
from nn.training.writer import Writer
from nn.watch.symptom import Symptom
from nn.watch.trainingwatch import Watch


def listening(
    course: Course,
    shown: Iterable[str],
    symptoms: Iterable[Symptom],
    writer: Writer | None,
    earlyStopping: EarlyStopping | None,
    own: Sequence[Listener],
    checkpoint: Checkpoint | str | os.PathLike[str] | None,
    resume: bool,
    progress: Any,
) -> list[Listener]:
    """The progress bar, the watch, the writer, early stopping, those of the user, and at last the checkpointer.

    Where the training goes on from a checkpoint, it is put back to there. None where there is no writer: on all ranks
    but the first.

    Parameters
    ----------
    course : the training, at its beginning.
    shown : the quantities in the progress bar.
    symptoms : what the watch looks for; none: no watch.
    writer, earlyStopping, own, checkpoint, resume, progress : see `Model.train`.
    """
    if resume and checkpoint is None:
        raise ValueError(refusal("train", "checkpoint", "the file to go on from", None, "say which one"))
    if writer is None:
        return []
    watching = list(symptoms)
    told: list[Listener] = progressOf(progress, shown)
    told += [Watch(watching)] if watching else []
    told += [writer]
    told += [] if earlyStopping is None else [earlyStopping]
    told += own
    if checkpoint is not None:
        told.append(checkpointer := Checkpointer(Checkpoint.at(checkpoint), course, tuple(told)))
        if resume:
            checkpointer.resume(course)
    return told

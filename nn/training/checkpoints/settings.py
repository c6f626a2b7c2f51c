"""What a training that goes on must have in common with the one in the file."""

from __future__ import annotations

import zlib
from typing import Any

from leibnet.terminal import warn

import numpy as np

from dataset import Dataset
from nn.training.course import Course
from nn.training.earlystopping import EarlyStopping
from optimizer.schedule import Schedule

Plain = dict[str, Any]

ALL = "data (checksum of all samples)"
BEGINNING = "data (checksum)"  # of the first samples
FIRST = 1000


def settings(course: Course, stopping: EarlyStopping | None, best: str | None) -> Plain:
    """The settings of a training as plain values, by names that stand in messages; `best` is the metric of the best
    weights."""
    return {
        "metrics": list(course.metrics),
        "entriesPerEpoch": course.entriesPerEpoch,
        "schedule": describedSchedule(course.schedule),
        "earlyStopping": None if stopping is None else f"{stopping.metric}, minDelta={stopping.minDelta:g}",
        "metric of the best weights": best,
        **_fingerprint(course.dataset),
    }


def compare(then: Plain, now: Plain, data: Dataset) -> None:
    """ValueError that names the first setting that differs, of those that there are now.

    A file of before knows the first 1,000 training samples of its data: those of `data` are compared with it.
    """
    earlier = BEGINNING in then and ALL not in then
    if earlier:
        now = {name: value for name, value in now.items() if name != ALL} | {BEGINNING: _beginning(data)}
    for name, value in now.items():
        if then.get(name) != value:
            raise ValueError(
                f"{name} was {then.get(name)!r} there and is {value!r} here; make them equal, or train without "
                "resume=True"
            )
    if earlier and (data.train_size > FIRST or data.validation_size or data.test_size):
        warn(
            f"the checkpoint is of a version that knew its data by the first {FIRST:,} training samples alone: whether "
            "all others are the same, also those for test and validation, cannot be told"
        )


def describedSchedule(schedule: Any) -> str | None:
    """A schedule as text, by which it is known again."""
    if schedule is None:
        return None
    if isinstance(schedule, Schedule):
        return f"{type(schedule).__name__}({', '.join(f'{k}={_inner(v)}' for k, v in vars(schedule).items())})"
    name: str = getattr(schedule, "__qualname__", type(schedule).__qualname__)
    return name


def _inner(value: Any) -> str | None:
    return describedSchedule(value) if isinstance(value, Schedule) or callable(value) else repr(value)


def _fingerprint(data: Dataset) -> Plain:
    """What tells data sets from one another."""
    return {
        "data set": data.name,
        "training samples": data.train_size,
        "batch size": data.batch_size,
        "shuffle": data.shuffle,
        "dropLast": data.dropLast,
        "augment": None if data.augment is None else repr(data.augment),
        "precision": str(data.dtype),
        ALL: data.fingerprint(),
    }


def _beginning(data: Dataset) -> int:
    """CRC-32 of the first 1,000 training samples, as they are delivered."""
    inputs, labels = next(iter(data.chunks("train", FIRST)))
    return zlib.crc32(np.ascontiguousarray(labels).data, zlib.crc32(np.ascontiguousarray(inputs).data))

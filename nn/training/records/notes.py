"""The trainings of a model in the metadata of its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from leibnet.plain import dictionary, require, toJson

from nn.training.records.trainingrecord import TrainingRecord

KEY, RECORD = "trainings", "record"  # in the metadata; and in what a checkpoint says of its training
LONGEST = 50  # trainings that a model remembers

Trainings = tuple[TrainingRecord, ...]


def joined(trainings: Iterable[TrainingRecord]) -> Trainings:
    """Those that trained: two in a row that are alike as one, and of many the last `LONGEST`."""
    found: list[TrainingRecord] = []
    for one in trainings:
        if found and one.epochs and one.goesOn(found[-1]):
            found[-1] = one.after(found[-1])
        elif one.epochs:
            found.append(one)
    return tuple(found[-LONGEST:])


def written(trainings: Iterable[TrainingRecord]) -> dict[str, str]:
    """The metadata for a file; none of a model that was not trained."""
    said = [one.config() | {"history": one.entries()} for one in trainings if one.epochs]
    return {KEY: toJson(said)} if said else {}


def earlier(metadata: Mapping[str, str]) -> Trainings:
    """The trainings that the file names, of a checkpoint without the one that it keeps.

    ValueError, LookupError or RecursionError if that is nonsense.
    """
    said: Any = json.loads(metadata.get(KEY, "[]"))
    require("trainings", isinstance(said, list), "a list", said)
    return tuple(TrainingRecord.fromConfig(one, dictionary("a training", one)["history"]) for one in said)


def read(metadata: Mapping[str, str]) -> Trainings:
    """All trainings that the file names; none in files of before. Errors as `earlier`."""
    found = earlier(metadata)
    training = dictionary("the state of the training", json.loads(metadata.get("training", "{}")))
    if RECORD not in training:
        return found
    last = TrainingRecord.fromConfig(training[RECORD], training["history"])
    return (*found, last) if last.epochs else found

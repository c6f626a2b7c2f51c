"""What all ranks of a training have alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from leibnet.plain import asStored

import numpy as np

from dataset import Batch, Dataset
from nn.training.checkpoints.optimizers import OptimizerState, learning
from nn.training.step import Trainable

Plain = dict[str, Any]
TAKEN = "sampleShape", "classNames", "standardization"  # of a model, from the data that it is trained on
SOME = 100  # samples of each split by which data sets are told from one another


def kept(model: Trainable) -> tuple[dict[str, Any], dict[str, OptimizerState], Plain]:
    """What a model has learnt, its optimizers, and what it remembers."""
    moved = {place: layer.optimizer for place, layer in learning(model.namedLayers()).items()}
    optimizers = {place: OptimizerState(one.settings(), dict(one.state)) for place, one in moved.items()}
    return model.weights(), optimizers, model.state()


def identity(model: Trainable, dataset: Dataset) -> Plain:
    """By what models and data sets are told from one another."""
    config = {name: value for name, value in model.config().items() if name not in TAKEN}
    found: Plain = {"the model": crc32(repr(asStored(config)).encode())}
    for name in ("train_size", "validation_size", "test_size", "batch_size", "shuffle", "dropLast"):
        found[name] = getattr(dataset, name)
    for split in ("train", "validation", "test"):
        found[f"the {split} samples"] = sum(
            crc32(np.ascontiguousarray(part).data)
            for batch in _first(dataset, split)
            for part in (batch.inputs, batch.labels)
        )
    return found


def _first(dataset: Dataset, split: str) -> Iterator[Batch]:
    """Some samples of a split, if it has any."""
    for batch in dataset.chunks(split, SOME):
        yield batch
        return

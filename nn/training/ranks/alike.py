"""What all ranks of a training have alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from reprlib import repr as short
from typing import Any
from zlib import crc32

from leibnet.configurable import Configurable
from leibnet.fused.choice import kernelDescription
from leibnet.plain import asStored, differences
from leibnet.ranks import Ranks

import numpy as np

from dataset import Batch, Dataset
from nn.training.checkpoints.optimizers import OptimizerState, learning
from nn.training.checkpoints.settings import describedSchedule
from nn.training.earlystopping import EarlyStopping
from nn.training.step import Trainable, generators
from optimizer.schedule import Schedule

Plain = dict[str, Any]
TAKEN = "sampleShape", "classNames", "standardization"  # of a model, from the data that it is trained on
SOME = 100  # samples of each split by which data sets are told from one another


def kept(model: Trainable) -> tuple[dict[str, Any], dict[str, OptimizerState], Plain]:
    """What a model has learnt, its optimizers, and what it remembers."""
    moved = {place: layer.optimizer for place, layer in learning(model.namedLayers()).items()}
    optimizers = {place: OptimizerState(one.settings(), dict(one.state)) for place, one in moved.items()}
    return model.weights(), optimizers, model.state()


def described(settings: Mapping[str, Any]) -> Plain:
    """The arguments of a training as plain values, by their names in messages."""
    return {name: _described(value) for name, value in settings.items()}


def identity(model: Trainable, dataset: Dataset) -> Plain:
    """By what models and data sets are told from one another, and what computes."""
    config = {name: value for name, value in model.config().items() if name not in TAKEN}
    found: Plain = {"the model": asStored(config)}
    found["what has a random generator of its own"] = _own(generators(model, dataset))
    for name in ("train_size", "validation_size", "test_size", "batch_size", "shuffle", "dropLast"):
        found[name] = getattr(dataset, name)
    found |= {"dtype": str(dataset.dtype), "augment": None if dataset.augment is None else repr(dataset.augment)}
    for split in ("train", "validation", "test"):
        found[f"the {split} samples"] = sum(
            crc32(np.ascontiguousarray(part).data)
            for batch in _first(dataset, split)
            for part in (batch.inputs, batch.labels, batch.weights, batch.mask)
            if part is not None
        )
    return found | {"the kernels (LEIBNET_KERNELS)": kernelDescription(), "the version of NumPy": np.__version__}


def requireAlike(owner: str, ranks: Ranks, settings: Plain) -> None:
    """ValueError, with the first one that differs, if these plain values are not the same on all ranks."""
    said = ranks.everywhere(settings)
    for rank, other in enumerate(said):
        for (name, *inside), value, got in differences(said[0], other):
            what = f"{name} ({'.'.join(inside)})" if inside else name
            raise ValueError(
                f"{owner}: expected {what} to be the same on every rank, got {short(value)} on rank 0 and {short(got)} "
                f"on rank {rank}; every rank runs the same script, and nn.seed(0) before the data set lets all draw "
                "the same"
            )


def _described(value: Any) -> Any:
    if isinstance(value, EarlyStopping):
        return f"{type(value).__name__}({value.metric!r}, {value.patience}, {value.minDelta})"
    if isinstance(value, Configurable) and not isinstance(value, Schedule):
        with suppress(TypeError):  # one of the user's own may hold what no file does
            return asStored(value.config())
        return value.name
    return describedSchedule(value) if callable(value) else value


def _own(drawing: Mapping[str, np.random.Generator]) -> str:
    """Which of these do not draw from the library's generators, and which from the same as another."""
    first = {id(one): name for name, one in reversed(list(drawing.items()))}
    own = {name: first[id(one)] for name, one in drawing.items() if first[id(one)] not in ("layers", "dataset")}
    return ", ".join(name if name == as_of else f"{name} as {as_of}" for name, as_of in own.items())


def _first(dataset: Dataset, split: str) -> Iterator[Batch]:
    """Some samples of a split, if it has any."""
    for batch in dataset.chunks(split, SOME):
        yield batch
        return

"""What a model is worth: its quantities, measured over whole sets."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from leibnet.arguments import refusal
from leibnet.arrays import isFinite
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset
from layers import Layer
from nn.training.metrics import EVALUATION, Direction, Meter, MetricName
from nn.watch.divergence import DivergenceError

Pair = tuple[Array, Array]


class Measurable(Protocol):
    """What an evaluation wants of a model; see `nn.Model`."""

    @property
    def quantities(self) -> Mapping[str, Direction]:
        """What it measures."""

    @property
    def labelled(self) -> bool:
        """Whether labels play a part."""

    def namedLayers(self) -> dict[str, Layer]:
        """The layers by name."""

    def prepare(self, loss: None) -> None:
        """Checks that all of it fits together."""

    def randomness(self, rng: np.random.Generator, name: str | None = None) -> AbstractContextManager[None]:
        """A stretch in the pass of this name, in which all random numbers come from this generator."""

    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        """The quantities, as means over these samples."""

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Quantities of all samples together."""


def evaluate(
    model: Measurable, data: Dataset | Pair | Array, quantities: Iterable[str] | None = None, split: str = "test"
) -> dict[str, float]:
    """Means of the quantities over all samples; see `nn.Model.evaluate`."""
    if isinstance(data, np.ndarray) and not model.labelled:
        if data.ndim < 2:
            raise ValueError(refusal("evaluate", "data", "samples as columns, (inputDim, N)", data.shape))
        data = data, np.empty((0, data.shape[-1]))
    if not isinstance(data, Dataset) and not (isinstance(data, (tuple, list)) and len(data) == 2):
        raise TypeError(
            f"evaluate: expected data to be a Dataset or a pair (inputs, labels), got {type(data).__name__}"
        )
    asked = (quantities,) if isinstance(quantities, str) else tuple(quantities or model.quantities)
    for name in asked:
        if name not in model.quantities:
            raise ValueError(f"unknown quantity {name!r}: this model has {', '.join(model.quantities)}")
    model.prepare(None)
    meter = Meter()
    with model.randomness(np.random.default_rng(EVALUATION), "inference"):
        for inputs, labels in data.chunks(split) if isinstance(data, Dataset) else _chunks(*data):
            meter.add(model.measure(Batch.of(inputs, labels), frozenset(asked)), inputs.shape[-1])
    if not meter.samples:
        raise ValueError(f"there are no {split} samples to measure")
    means = meter.means() | model.overall(frozenset(asked))
    return {name: means[name] for name in asked}


def measureSets(model: Measurable, dataset: Dataset, metrics: Collection[MetricName]) -> dict[str, dict[str, float]]:
    """The metrics of the test and validation set, by split and quantity, if they and the parameters are finite."""
    for place, layer in model.namedLayers().items():
        for name, parameter in layer.parameters.items():
            if not isFinite(parameter):
                cause = f"Its {name} overflowed in an update: try a tenth of the learning rate, or clipNorm=1."
                raise DivergenceError(layer.describe() or place, cause)
    means = {}
    for split in {metric.split for metric in metrics} - {"train"}:
        asked = [metric.quantity for metric in metrics if metric.split == split]
        means[split] = evaluate(model, dataset, asked, split)
        for quantity, value in means[split].items():
            if not math.isfinite(value):
                cause = f"The {quantity} of the {split} set is {value}: try a tenth of the learning rate."
                raise DivergenceError(f"the {split} set", cause)
    return means


def _chunks(inputs: Array, labels: Array, size: int = 1000) -> Iterator[Pair]:
    inputs, labels = np.asarray(inputs), np.asarray(labels)
    if inputs.ndim < 2 or inputs.shape[-1] == 0 or inputs.shape[-1:] != labels.shape[-1:]:
        raise ValueError(
            f"expected inputs and labels with as many columns (samples), got {inputs.shape} and {labels.shape}"
        )
    if inputs.dtype.kind not in "fiub":
        raise TypeError(f"expected inputs of real numbers, got dtype {inputs.dtype}")
    if inputs.dtype.kind == "f" and not isFinite(inputs):
        raise ValueError("the inputs hold NaN or infinity: clean the data")
    for start in range(0, inputs.shape[-1], size):
        yield inputs[..., start : start + size], labels[..., start : start + size]

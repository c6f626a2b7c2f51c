"""What a model is worth: its quantities, measured over whole sets."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from leibnet.arguments import refusal
from leibnet.arrays import asArray, isFinite, realNumbers
from leibnet.types import Array, Shape

import numpy as np

from dataset import Batch, Dataset, Standardization
from dataset.facts import Facts
from layers import Chain, Layer
from nn.metrics.metric import Answers, Metric, Own
from nn.metrics.named import METRICS
from nn.training.metrics import EVALUATION, SPLITS, Direction, Meter, MetricName
from nn.watch.divergence import DivergenceError

Pair = tuple[Array, Array]
NUMBERS = frozenset({"inputs", "labels", "weights", "sampleWeights"})  # parts of a batch that a model computes with
SAMPLES, AT_ONCE = 1000, 2**21  # at most so many samples are measured at a time, and inputs, or labels, in them


class Measurable(Protocol):
    """What an evaluation wants of a model; see `nn.Model`."""

    @property
    def quantities(self) -> Mapping[str, Direction]:
        """What it measures."""

    @property
    def directions(self) -> Mapping[str, Direction]:
        """The same and the scores."""

    @property
    def scores(self) -> Mapping[str, Metric]:
        """Figures of the answers to all samples together, by name."""

    def answers(self, batch: Batch) -> Answers:
        """The answers to the batch that was measured last."""

    @property
    def labelled(self) -> bool:
        """Whether labels play a part."""

    @property
    def standardization(self) -> Standardization | None:
        """What samples go through before they come to the layers."""

    def networks(self) -> dict[str, Chain]:
        """The networks by name."""

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

    def meaningless(self, facts: Facts) -> Mapping[str, str]:
        """The quantities that mean nothing for such data, and why."""


class Measured(dict[str, float]):
    """Quantities by name, which says why one of them is not there."""

    def __init__(self, values: Mapping[str, float], missing: Mapping[str, str]) -> None:
        super().__init__(values)
        self._missing = dict(missing)

    def __missing__(self, name: str) -> float:
        raise KeyError(self._missing.get(name, name))


def evaluate(
    model: Measurable,
    data: Dataset | Batch | Pair | Array,
    quantities: Iterable[str] | None = None,
    split: str = "test",
) -> dict[str, float]:
    """Means of the quantities over all samples; see `nn.Model.evaluate`."""
    if isinstance(data, np.ndarray) and not model.labelled:
        data = asArray(data, "evaluate", "data")
        if data.ndim < 2:
            raise ValueError(refusal("evaluate", "data", "samples as columns, (inputDim, N)", data.shape))
        data = data, np.empty((0, data.shape[-1]))
    if not isinstance(data, (Dataset, Batch)) and not (isinstance(data, (tuple, list)) and len(data) == 2):
        raise TypeError(
            f"evaluate: expected data to be a Dataset or a pair (inputs, labels), got {type(data).__name__}"
        )
    scores, known = model.scores, model.directions
    usual = [name for name in known if name not in METRICS]
    asked = (quantities,) if isinstance(quantities, str) else tuple(quantities or usual)
    for name in asked:
        if name not in known:
            raise ValueError(f"unknown quantity {name!r}: this model has {', '.join(known)}")
    model.prepare(None)
    if isinstance(data, Dataset):
        data = data.standardizedBy(model.standardization)
        size = None if data.continues else _at_once(data.sampleShape, data.labelShape)
        batches, facts = data.chunks(split, size), data.facts
    else:
        inputs, labels = _checked(*data)
        arrays = {"inputs": inputs, "labels": labels}
        if isinstance(data, Batch):
            arrays |= {name: part for name, part in data.parts.items() if name not in arrays}
            arrays |= {} if data.sampleWeights is None else {"sampleWeights": data.sampleWeights}
        facts = data.facts if isinstance(data, Batch) else Facts.of(inputs, labels)
        if model.standardization is not None:
            arrays["inputs"] = inputs = model.standardization.apply(inputs)
            facts = Facts.of(inputs, labels, data.mask if isinstance(data, Batch) else None)
        batches = _batches(arrays, facts, next(iter(model.namedLayers().values())).dtype)
    missing = model.meaningless(facts)
    for name in missing if quantities else ():
        if name in asked:
            raise ValueError(missing[name])
    asked = tuple(name for name in asked if name not in missing)
    meter, measured = Meter(), frozenset(asked) - scores.keys()
    tallies: dict[str, list[Any]] = {name: [] for name in asked if name in scores}
    with model.randomness(np.random.default_rng(EVALUATION), "inference"):
        for batch in batches:
            meter.add(model.measure(batch, measured), batch.size, batch.weight)
            if tallies:
                answers = model.answers(batch)
                for name, kept in tallies.items():
                    kept.append(scores[name].tally(answers))
    if not meter.samples:
        splits = ", ".join(repr(name) for name in ("train", "validation", "test") if name != split)
        remedy = f"; split= takes {splits} as well" if isinstance(data, Dataset) else ""
        raise ValueError(f"there are no {split} samples to measure, or all have the weight 0{remedy}")
    means = meter.means() | model.overall(measured)
    for name, kept in tallies.items():
        try:
            means[name] = scores[name].value(kept)
        except ValueError as error:
            raise ValueError(f"{name} of the {split} samples: {error}") from error
    others = {name: f"{name} is not measured unless asked for: evaluate(data, [{name!r}])" for name in known}
    return Measured({name: means[name] for name in asked}, others | dict(missing))


def measureSets(model: Measurable, dataset: Dataset, metrics: Collection[MetricName]) -> dict[str, dict[str, float]]:
    """The metrics of the test and validation set, by split and quantity, if they and the parameters are finite."""
    for network in model.networks().values():
        if not all(isFinite(layer.parameterVector) for layer in network.learning()):
            _refuse_parameters(model)
    means: dict[str, dict[str, float]] = {}
    scores = model.scores  # of the training set the other figures come from the steps
    asked = [metric for metric in metrics if metric.split != "train" or metric.quantity in scores]
    for split in SPLITS if asked else ():
        of_split = [metric.quantity for metric in asked if metric.split == split]
        if not of_split:
            continue
        means[split] = evaluate(model, dataset, of_split, split)
        for quantity, value in means[split].items():
            if not math.isfinite(value):
                remedy = (
                    "look at its function"
                    if isinstance(scores.get(quantity), Own)
                    else "try a tenth of the learning rate"
                )
                cause = f"The {quantity} of the {split} set is {value}: {remedy}."
                raise DivergenceError(f"the {split} set", cause)
    return means


def _refuse_parameters(model: Measurable) -> None:
    for place, layer in model.namedLayers().items():
        for name, parameter in layer.parameters.items():
            if not isFinite(parameter):
                cause = f"Its {name} overflowed in an update: try a tenth of the learning rate, or clipNorm=1."
                raise DivergenceError(layer.describe() or place, cause)


def checkMeaning(model: Measurable, dataset: Dataset, metrics: Mapping[str, MetricName]) -> None:
    """ValueError if one of the metrics means nothing for the data set."""
    asked = {metric.quantity for metric in metrics.values()}
    for name, why in model.meaningless(dataset.facts).items() if asked - {"loss"} else ():
        if name in asked:
            raise ValueError(why)


def _checked(inputs: Any, labels: Any) -> Pair:
    """Arrays of finite real numbers, with as many samples."""
    inputs, labels = asArray(inputs, "evaluate", "inputs"), asArray(labels, "evaluate", "labels")
    if inputs.ndim < 2 or inputs.shape[-1] == 0 or inputs.shape[-1:] != labels.shape[-1:]:
        raise ValueError(
            f"expected inputs and labels with as many columns (samples), got {inputs.shape} and {labels.shape}"
        )
    return (
        realNumbers("evaluate", "inputs", inputs, finite=True, scaled=True),
        realNumbers("evaluate", "labels", labels, finite=True),
    )


def _at_once(*shapes: Shape) -> int:
    """How many samples, with parts of these shapes, are measured at a time: fewer of large images."""
    return max(1, min(SAMPLES, AT_ONCE // max(1, *map(math.prod, shapes))))


def _batches(arrays: Mapping[str, Array], facts: Facts, dtype: np.dtype[Any]) -> Iterator[Batch]:
    """The samples in pieces; inputs, labels and weights in the model's precision, where they must be finite as well."""
    size = _at_once(*(array.shape[:-1] for array in arrays.values()))
    for start in range(0, arrays["inputs"].shape[-1], size):
        parts = {}
        for name, array in arrays.items():
            part = array[..., start : start + size]
            if name in NUMBERS:
                part = realNumbers("evaluate", f"{name} from sample {start} on", part, dtype, finite=True)
            parts[name] = part
        yield Batch(parts["inputs"].shape[-1], parts.__getitem__, tuple(parts), facts)

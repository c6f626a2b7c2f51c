"""What a model is like inside: a report on demand, of the samples of a data set."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from leibnet.arguments import choice, refusal, wholeNumber
from leibnet.terminal import shown
from leibnet.types import Array

import numpy as np

from dataset import Batch, Dataset, Standardization
from layers import Layer
from nn.training.metrics import EVALUATION, SPLITS
from nn.watch import pictures
from nn.watch.layerstate import LayerState, stateOf
from nn.watch.reading import isUntrained
from nn.watch.symptom import Finding, Observation, Symptom

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Diagnosable(Protocol):
    """What a diagnosis wants of a model; see `nn.Model`, which says the same in more words."""

    standardization: Standardization | None

    @property
    def quantities(self) -> Mapping[str, Any]:
        """What it measures, by name."""

    def prepare(self, loss: None, dataset: Dataset) -> None:
        """Checks that data set and model fit together."""

    def evaluate(self, data: Any, *, split: str = "test") -> dict[str, float]:
        """All that it measures, of a batch or of a set of a data set."""

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        """What can go wrong in a training."""

    def losses(self, batch: Batch) -> Mapping[str, tuple[Mapping[str, Layer], Callable[[], float]]]:
        """By name: layers, and a function that computes their loss, and leaves its gradients in them."""

    def namedLayers(self) -> Mapping[str, Layer]:
        """The layers by name."""

    def randomness(self, rng: np.random.Generator) -> AbstractContextManager[None]:
        """A stretch in which all random numbers come from this generator."""


@dataclass(frozen=True)
class Diagnosis:
    """What `Model.diagnose` found: readable when printed, with pictures; true if nothing is wrong.

    Attributes
    ----------
    subject : the model, and the samples.
    quantities : what the model measures, of these samples, by name.
    layers : a `LayerState` for each layer, but for those whose output is several arrays.
    special : what else is to be said of this kind of model, in words.
    bars : title and numbers of further pictures, by name; a VAE's "codes" are their KL divergences in nats.
    findings : what is wrong, from causes to consequences; each has `kind`, `layer` and `text`.
    """

    subject: str
    quantities: Mapping[str, float]
    layers: list[LayerState]
    special: list[str]
    bars: Mapping[str, tuple[str, Array]]
    findings: list[Finding]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def figures(self) -> dict[str, Figure]:
        """Pictures by name: "activations" (a histogram of the outputs of every layer), "gradients" (their size in every
        layer, beside that of the weights), "units" (the shares that are flat), and for a VAE "codes".

        Example
        -------
        >>> for name, figure in classifier.diagnose(dataset).figures().items():  # doctest: +SKIP
        ...     figure.savefig(f"{name}.png")
        """
        figures = {"activations": pictures.histograms(self.layers)}
        if any(layer.gradient is not None for layer in self.layers):
            figures["gradients"] = pictures.sizes(self.layers)
        if any(layer.flat is not None for layer in self.layers):
            figures["units"] = pictures.units(self.layers)
        return figures | {name: pictures.bars(title, values) for name, (title, values) in self.bars.items()}

    def __bool__(self) -> bool:
        return self.healthy

    def __str__(self) -> str:
        rows: list[tuple[str, ...]]
        rows = [("layer", "mean", "deviation", "dead", "flat", "gradient", "weights", "ratio")]
        for layer in self.layers:
            sizes = [_number(value) for value in (layer.gradient, layer.weights, layer.ratio)]
            outputs = [f"{layer.mean:.3g}", f"{layer.deviation:.3g}", _share(layer.dead), _share(layer.flat)]
            rows.append((f"{layer.place} ({layer.kind})", *outputs, *sizes))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        table = ["  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]) for name, *cells in rows]
        measured = ", ".join(f"{name} {value:.4g}" for name, value in self.quantities.items())
        ending = [f"- {finding}" for finding in self.findings] or ["healthy"]
        return shown("\n".join([f"{self.subject}: {measured}", *table, *self.special, *ending]))

    __repr__ = __str__


def diagnose(model: Diagnosable, dataset: Dataset, split: str = "train", samples: int = 1000) -> Diagnosis:
    """Looks at a model after one pass, forward and back, of samples chosen at random; see `nn.Model.diagnose`.

    A copy is looked at: the model stays as it is, and so do all generators of random numbers.
    """
    batch, dataset = _chosen(dataset, split, samples, model.standardization)
    inputs, labels = batch
    model = copy.deepcopy(model)
    model.standardization = None  # as the layers see them, the samples are here
    model.prepare(None, dataset)
    quantities = model.evaluate(batch)
    held_out = {}
    if "accuracy" in model.quantities:
        splits = [name for name in ("test", "validation") if getattr(dataset, f"{name}_size")]
        held_out = {name: model.evaluate(dataset, split=name) for name in splits}
    symptoms = sorted(model.symptoms(dataset), key=lambda symptom: symptom.rank)
    states: dict[str, LayerState | None] = {}
    with np.errstate(all="ignore"), model.randomness(np.random.default_rng(EVALUATION)):
        for layers, compute in model.losses(batch).values():
            compute()
            states |= {name: stateOf(layer) for name, layer in layers.items()}
        seen = Observation(inputs, labels, patience=1, heldOut=held_out)
        findings = [finding for symptom in symptoms if (finding := symptom.examine(seen)) is not None]
    return Diagnosis(
        f"{type(model).__name__}, {inputs.shape[-1]:,} {split} samples of {dataset.name!r}",
        quantities,
        [state for name in model.namedLayers() if (state := states[name]) is not None],
        ["not trained yet"] * isUntrained(model.namedLayers().values())
        + [words for symptom in symptoms if (words := symptom.figures())],
        {name: bars for symptom in symptoms for name, bars in symptom.bars().items()},
        findings,
    )


def _chosen(
    dataset: Dataset, split: str, samples: int, standardization: Standardization | None
) -> tuple[Batch, Dataset]:
    """So many samples of a split, or all, chosen at random, the same ones every time; and the data set they are of."""
    if not isinstance(dataset, Dataset):
        remedy = "make one with Dataset.fromArrays(inputs, labels)"
        raise TypeError(refusal("diagnose", "dataset", "a Dataset", dataset, remedy))
    size = getattr(dataset, f"{choice('diagnose', 'split', split, SPLITS)}_size")
    if not size:
        remedy = f"the data set {dataset.name!r} has no {split} samples: give {split}_size"
        raise ValueError(refusal("diagnose", "split", "a set that has samples", split, remedy))
    samples = min(size, wholeNumber("diagnose", "samples", samples))
    chosen = np.sort(np.random.default_rng(EVALUATION).choice(size, samples, replace=False))
    dataset = dataset.standardizedBy(standardization)
    pieces: dict[str, list[Array]] = {}
    start = 0
    for batch in dataset.chunks(split):
        here = chosen[(chosen >= start) & (chosen < start + batch.size)] - start
        for name, part in batch.parts.items():
            pieces.setdefault(name, []).append(part[..., here])
        start += batch.size
    parts = {name: np.concatenate(arrays, axis=-1) for name, arrays in pieces.items()}
    return Batch(samples, parts.__getitem__, tuple(parts), dataset.facts), dataset


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2e}"

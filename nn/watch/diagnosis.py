"""What a model is like inside: a report on demand, of the samples of a data set."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset import Dataset
from layers import Layer
from leibnet.arguments import positive
from nn.models.model import EVALUATION, Array, Model, Pair
from nn.training.step import Samples
from nn.watch.symptom import Finding, Look, isUntrained, rootMeanSquare
from nn.watch.symptoms import isFlat, steepest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 60  # of a histogram


@dataclass(frozen=True)
class LayerState:
    """One layer, after a pass forward and back.

    Attributes
    ----------
    place, kind : where it stands, and what it is.
    mean, deviation : of its outputs, over units and samples.
    dead : share of its units that are flat for every sample; None where no activation could be.
    flat : share of its outputs at which the activation is flat, see `nn.watch.symptoms.Units`.
    gradient, weights : √(1/n Σ x²) of its parameters' gradients, and of the parameters; None where it learns none.
    counts, edges : the histogram of its outputs, (60,) and (61,).
    """

    place: str
    kind: str
    mean: float
    deviation: float
    dead: float | None
    flat: float | None
    gradient: float | None
    weights: float | None
    counts: Array
    edges: Array

    @property
    def ratio(self) -> float | None:
        """The gradient's size against that of the weights."""
        return self.gradient / self.weights if self.gradient is not None and self.weights else None


@dataclass(frozen=True)
class Diagnosis:
    """What `Model.diagnose` found: readable when printed, with pictures; true if nothing is wrong.

    Attributes
    ----------
    subject : the model, and the samples.
    quantities : what the model measures, of these samples, by name.
    layers : a `LayerState` for each layer.
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
        from nn.watch import pictures

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
        for one in self.layers:
            sizes = [_number(value) for value in (one.gradient, one.weights, one.ratio)]
            outputs = [f"{one.mean:.3g}", f"{one.deviation:.3g}", _share(one.dead), _share(one.flat)]
            rows.append((f"{one.place} ({one.kind})", *outputs, *sizes))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        table = ["  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]) for name, *cells in rows]
        measured = ", ".join(f"{name} {value:.4g}" for name, value in self.quantities.items())
        ending = [f"- {finding}" for finding in self.findings] or ["healthy"]
        return "\n".join([f"{self.subject}: {measured}", *table, *self.special, *ending])

    __repr__ = __str__


def diagnose(model: Model, dataset: Dataset, split: str = "train", samples: int = 1000) -> Diagnosis:
    """Looks at a model after one pass, forward and back, of samples chosen at random; see `Model.diagnose`.

    A copy is looked at: the model stays as it is, and so do all generators of random numbers.
    """
    if not isinstance(dataset, Dataset):
        raise TypeError(f"diagnose needs a Dataset, got {type(dataset).__name__}: make one with Dataset.fromArrays")
    size = getattr(dataset, f"{split}_size", 0) if split in ("train", "validation", "test") else None
    if not size:
        raise ValueError(f"diagnose needs samples, and there is no {split!r} set with any")
    inputs, labels = _chosen(dataset, split, min(size, positive("samples", samples)), size)
    model = copy.deepcopy(model)
    model.prepare(None, dataset)
    quantities = model.evaluate((inputs, labels))
    held = {}
    if "accuracy" in model.quantities:
        splits = [name for name in ("test", "validation") if getattr(dataset, f"{name}_size")]
        held = {name: model.evaluate(dataset, split=name) for name in splits}
    symptoms = sorted(model.symptoms(dataset), key=lambda symptom: symptom.rank)
    states: dict[str, LayerState] = {}
    with np.errstate(all="ignore"), model.randomness(np.random.default_rng(EVALUATION)):
        for layers, compute in model.losses(Samples(inputs, labels)).values():
            compute()
            states |= {name: _state(layer) for name, layer in layers.items()}
        look = Look(inputs, labels, patience=1, held=held)
        findings = [finding for symptom in symptoms if (finding := symptom.examine(look)) is not None]
    return Diagnosis(
        f"{type(model).__name__}, {inputs.shape[-1]:,} {split} samples of {dataset.name!r}",
        quantities,
        [states[name] for name in model.namedLayers()],
        ["not trained yet"] * isUntrained(model.namedLayers().values())
        + [words for symptom in symptoms if (words := symptom.figures())],
        {name: bars for symptom in symptoms for name, bars in symptom.bars().items()},
        findings,
    )


def _chosen(dataset: Dataset, split: str, samples: int, size: int) -> Pair:
    """So many samples of a split, chosen at random, the same ones every time."""
    chosen = np.sort(np.random.default_rng(EVALUATION).choice(size, samples, replace=False))
    parts, start = [], 0
    for inputs, labels in dataset.chunks(split):
        here = chosen[(chosen >= start) & (chosen < start + inputs.shape[-1])] - start
        parts.append((inputs[..., here], labels[..., here]))
        start += inputs.shape[-1]
    inputs, labels = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
    return inputs, labels


def _state(layer: Layer) -> LayerState:
    """The layer after its last pass."""
    output, slope = layer.output, steepest(layer.activation)
    flat = None if slope is None else isFlat(layer, slope)
    counts, edges = np.histogram(output, BINS)
    return LayerState(
        place=layer.place,
        kind=repr(layer),
        mean=float(output.mean(dtype=float)),
        deviation=float(output.std(dtype=float)),
        dead=None if flat is None else float(flat.all(axis=1).mean()),
        flat=None if flat is None else float(flat.mean()),
        gradient=rootMeanSquare(layer.gradientVector) if layer.learns else None,
        weights=rootMeanSquare(layer.parameterVector) if layer.learns else None,
        counts=counts,
        edges=edges,
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2e}"

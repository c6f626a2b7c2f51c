"""Units through which nothing passes, because their activation is flat."""

from __future__ import annotations

import math
from collections.abc import Iterable

from leibnet.types import Array

import numpy as np

from activations import Activation
from layers import Activated, KSparse, Layer
from nn.watch import sentences
from nn.watch.reading import byUnit, unitsOf
from nn.watch.symptom import SEEN, Finding, Observation, Symptom

COLUMNS = 256  # samples of a batch whose units are looked at
FLAT = 0.005  # of an activation's largest slope
DEAD = 0.6  # share of units that are flat everywhere
SATURATED = 0.9  # share of flat outputs of an activation with two bounds
OFTEN = 5  # times that each unit of a `KSparse` would have been among the largest
NAMED = 16  # dead channels whose numbers are said


class Units(Symptom):
    """Units whose activation is flat for every sample, and layers whose outputs are nearly all at their bounds.

    Flat is what has less than 0.005 of the activation's largest slope: a ReLU below 0, a Sigmoid beyond ±6.7. A unit of
    an image is a channel, flat if it is so in every place. A few dead channels are usual (of eight ReLU channels in the
    code of an autoencoder, up to two): a report names them, and a warning comes when there are many. A unit of a
    `KSparse` layer is flat where it is not among the k largest; it is judged after as many samples as would have had it
    there five times if all units were alike.

    Parameters
    ----------
    hidden : the layers that are looked at; those without an activation have no such units.
    """

    rank, patience = 3, 1

    def __init__(self, hidden: Iterable[Layer]) -> None:
        super().__init__()
        units = [layer for layer in hidden if isinstance(layer, (Activated, KSparse))]
        self._watched = [(layer, slope) for layer in units if (slope := steepestOf(layer)) is not None]
        self._flatFor = [np.zeros(1, int) for _ in self._watched]  # observations in a row, for every unit
        self._saturatedFor = [0 for _ in self._watched]

    def find(self, seen: Observation) -> Finding | None:
        dead, saturated = [], []
        for place, (layer, slope) in enumerate(self._watched):
            flat = isFlat(layer, slope, None if seen.thorough else COLUMNS)
            everywhere, share = flat.all(axis=1), np.count_nonzero(flat) / flat.size
            self._flatFor[place] = np.where(everywhere, self._flatFor[place] + 1, 0)
            bounded = isBounded(layer.activation)
            self._saturatedFor[place] = self._saturatedFor[place] + 1 if share > SATURATED and bounded else 0
            samples = layer.output.shape[-1] if seen.thorough else min(layer.output.shape[-1], COLUMNS)
            enough = 1 if seen.thorough else max(seen.patience, math.ceil(SEEN / samples))
            if isinstance(layer, KSparse):
                enough = max(enough, math.ceil(OFTEN * len(flat) / (layer.count * samples)))
            count = int(np.count_nonzero(self._flatFor[place] >= enough))
            if count > DEAD * len(flat):
                dead.append((count / len(flat), count, len(flat), layer))
            elif self._saturatedFor[place] >= seen.patience:
                saturated.append((share, layer))
        if dead:
            (_, count, total, layer), *others = sorted(dead, key=lambda one: -one[0])
            sentence = sentences.NEVER_LARGEST if isinstance(layer, KSparse) else sentences.DEAD_UNITS
            return sentence.of(
                layer,
                [layer for *_, layer in others],
                explains=count == total,
                count=count,
                total=total,
                units=unitsOf(layer.output),
                activation=layer.activation,
            )
        if saturated:
            (share, layer), *less = sorted(saturated, key=lambda one: -one[0])
            return sentences.SATURATED_UNITS.of(
                layer, [layer for _, layer in less], share=share, activation=layer.activation
            )
        return None

    def figures(self) -> str:
        lines = []
        for (layer, _), flat_for in zip(self._watched, self._flatFor, strict=True):
            dead = np.flatnonzero(flat_for)
            if dead.size and unitsOf(layer.output) == "channels":
                shown = ", ".join(map(str, dead[:NAMED])) + (f" and {dead.size - NAMED} more" * (dead.size > NAMED))
                lines.append(f"{dead.size} of {len(flat_for)} channels of {layer.describe()} are dead: {shown}")
        return "\n".join(lines)


def steepest(activation: Activation) -> float | None:
    """The largest slope of an activation, in [-5, 5]; None where it works on several numbers at once."""
    z = np.linspace(-5, 5, 101)[np.newaxis]
    slope = activation.derivative(z)
    return float(np.abs(slope).max()) if slope.shape == z.shape else None


def steepestOf(layer: Activated | KSparse) -> float | None:
    """The largest slope of its activation, see `steepest`; that of a `KSparse` is 1."""
    return 1.0 if isinstance(layer, KSparse) else steepest(layer.activation)


def isFlat(layer: Activated | KSparse, slope: float, columns: int | None = None) -> Array:
    """Where no gradient passed in the last pass, by unit: (units, values), see `byUnit`.

    Parameters
    ----------
    layer : a layer with an activation, or a `KSparse`.
    slope : its largest, see `steepestOf`.
    columns : how many samples to look at; default all.
    """
    if isinstance(layer, KSparse):
        return byUnit(layer.passed().kept[..., :columns] == 0)
    z = layer.preactivation[..., :columns]
    return byUnit(np.abs(layer.activation.derivative(z)) < FLAT * slope)


def isBounded(activation: Activation | None) -> bool:
    """Whether the activation's values lie between two bounds."""
    return activation is not None and all(map(math.isfinite, activation.range))

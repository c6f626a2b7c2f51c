"""One layer as a pass left it: the row of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

from leibnet.arrays import rootMeanSquare
from leibnet.types import Array

import numpy as np

from layers import Activated, KSparse, Layer, Learning
from nn.watch.inside.units import isFlat, steepestOf

BINS = 60  # of a histogram
FINEST = 1e-6  # difference of outputs against the largest of them; what differs less is drawn as one value


@dataclass(frozen=True)
class LayerState:
    """One layer, after a pass forward and back.

    Attributes
    ----------
    place, kind : where it stands, and what it is.
    mean, deviation : of its outputs, over units and samples.
    dead : share of its units that are flat for every sample; None where no unit could be.
    flat : share of its outputs at which no gradient passes, see `nn.watch.inside.units.Units`.
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


def stateOf(layer: Layer) -> LayerState | None:
    """The layer after its last pass; None for a layer whose output is several arrays."""
    output = layer.output
    if isinstance(output, tuple):
        return None
    slope = steepestOf(layer) if isinstance(layer, (Activated, KSparse)) else None
    flat = isFlat(layer, slope) if isinstance(layer, (Activated, KSparse)) and slope is not None else None
    learning = layer if isinstance(layer, Learning) and layer.learns else None
    counts, edges = _histogram(output)
    return LayerState(
        place=layer.place,
        kind=repr(layer),
        mean=float(output.mean(dtype=float)),
        deviation=float(output.std(dtype=float)),
        dead=None if flat is None else float(flat.all(axis=1).mean()),
        flat=None if flat is None else float(flat.mean()),
        gradient=None if learning is None else rootMeanSquare(learning.gradientVector),
        weights=None if learning is None else rootMeanSquare(learning.parameterVector),
        counts=counts,
        edges=edges,
    )


def _histogram(output: Array) -> tuple[Array, Array]:
    """Counts and edges, in float64: in a narrow range far from 0, float32 has not enough numbers for the edges."""
    low, high = float(output.min()), float(output.max())
    largest = max(abs(low), abs(high))
    if high - low < FINEST * largest:
        low, high = low - 0.1 * largest, high + 0.1 * largest
    return np.histogram(output.astype(float), BINS, (low, high))

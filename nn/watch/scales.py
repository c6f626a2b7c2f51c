"""Scales: inputs, labels, weights, signals and updates that are too large or too small."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from leibnet.arrays import rootMeanSquare
from leibnet.types import Array

import numpy as np

from layers import Embedding, Layer, Learning
from nn.watch import sentences
from nn.watch.reading import initialScales, inner, isNew, learning, preactivation, weightOf
from nn.watch.symptom import PATIENCE, Finding, Observation, Symptom

SAMPLE = 4096  # parameters of a layer whose updates are measured
UNSCALED = 10.0  # root mean square of inputs
FADING = 0.02  # weights against Glorot's initialisation
LOUD = 5.0  # weights against He's initialisation
BLARING = 10.0  # root mean square of what loud weights give
DEAFENING = 100.0  # deviation of what no hidden layer gives
JUMP = 0.5  # an update against the initial weights
RISEN = 1.5  # a loss against that of the observation before
USUAL, STILL = 0.01, 1e-7  # an update against the initial weights
EARLY = 32  # steps in which gradients have not yet become small

LossOf = Callable[[Observation], float]


class Inputs(Symptom):
    """Inputs that are not scaled: √(1/n Σ x²) above 10, where pixels have 0.3 to 0.6 and standardised features 1.

    The numbers that an `Embedding` takes have no scale.

    Parameters
    ----------
    first : the layer that the data enter.
    """

    rank, patience, once = 0, 1, True

    def __init__(self, first: Layer) -> None:
        super().__init__()
        self._first = first

    def find(self, seen: Observation) -> Finding | None:
        size = rootMeanSquare(seen.inputs)
        if size <= UNSCALED or isinstance(self._first, Embedding):
            return None
        low, high = float(seen.inputs.min()), float(seen.inputs.max())
        return sentences.INPUTS.of(self._first, low=low, high=high, size=size)


class Targets(Symptom):
    """Labels that the last activation cannot give.

    Parameters
    ----------
    last : the last layer of the network.
    """

    rank, patience = 0, 1

    def __init__(self, last: Layer) -> None:
        super().__init__()
        self._last = last

    def find(self, seen: Observation) -> Finding | None:
        if self._last.activation is None or not seen.labels.size:
            return None
        (least, most), low, high = self._last.activation.range, float(seen.labels.min()), float(seen.labels.max())
        if least <= low and high <= most:
            return None
        return sentences.TARGETS.of(self._last, low=low, high=high, least=least, most=most)


class _Initial(NamedTuple):
    """A layer with its initial weights' root mean square, and the standard deviation it is compared with."""

    layer: Layer
    size: float
    usual: float


class Weights(Symptom):
    """Initial weights that are all 0, all alike, too small, or so large that pre-activations exceed 10.

    The arrays called "weight" are compared with Glorot's and He's initialisation, see `initialScales`. The output layer
    of a network may begin with 0, and what was trained before may be as it is.

    Parameters
    ----------
    chains : see `nn.watch.symptoms.general`.
    """

    rank, patience, once = 1, 1, True

    def __init__(self, chains: Sequence[Sequence[Layer]]) -> None:
        super().__init__()
        self._faint: list[_Initial] = []
        self._loud: list[_Initial] = []
        for chain in chains:
            hidden = len(inner(chain))
            for place, layer in enumerate(chain):
                weight = weightOf(layer)
                if weight is None or not isNew(layer):
                    continue
                size, (glorot, he) = rootMeanSquare(weight), initialScales(weight)
                if place < hidden and (size < FADING * glorot or _is_equal(weight)):
                    self._faint.append(_Initial(layer, size, glorot))
                if size > LOUD * he:
                    self._loud.append(_Initial(layer, size, he))

    def find(self, seen: Observation) -> Finding | None:
        results = [(one, _result(one.layer)) for one in self._loud]
        if loud := [(one, result) for one, result in results if result > BLARING]:
            (layer, size, he), result = loud[0]
            also = [one.layer for one, _ in loud[1:]]
            return sentences.LARGE_WEIGHTS.of(layer, also, size=size, he=he, result=result)
        if not self._faint:
            return None
        layer, size, glorot = self._faint[0]
        sentence = sentences.EQUAL_WEIGHTS
        if size < FADING * glorot:
            sentence = sentences.SMALL_WEIGHTS if size else sentences.ZERO_WEIGHTS
        return sentence.of(layer, [one.layer for one in self._faint[1:]], size=size, glorot=glorot)


class Signals(Symptom):
    """Pre-activations that grow from layer to layer, to a deviation above 100, though no weights are too large alone.

    Threefold weights in ten layers multiply a signal by 60,000.

    Parameters
    ----------
    hidden : the layers that are looked at; those without parameters only hand on what they are given.
    """

    rank, patience, once = 1, 1, True

    def __init__(self, hidden: Iterable[Layer]) -> None:
        super().__init__()
        self._hidden = [layer for layer in hidden if isinstance(layer, Learning)]

    def find(self, seen: Observation) -> Finding | None:
        arrays = [(layer, preactivation(layer)) for layer in self._hidden]
        sizes = [(layer, _deviation(z)) for layer, z in arrays if z is not None]
        loud = [(layer, size) for layer, size in sizes if size > DEAFENING]
        if not loud:
            return None
        (layer, size), *others = loud
        return sentences.EXPLODING_SIGNALS.of(layer, [layer for layer, _ in others], size=size)


class _Watched(NamedTuple):
    """Parameters whose updates are measured: some of a layer's, all their gradients, and their initial size."""

    layer: Layer
    parameters: Array
    gradients: Array
    scale: float


class Updates(Symptom):
    """Updates of half the initial weights (or Glorot's, where those are larger) after which the loss has risen, and
    updates that are lost in rounding.

    The size of an update is that of the difference it makes, whatever the optimizer, to the weights: biases may have a
    long way to go.

    Parameters
    ----------
    chains, loss : see `nn.watch.symptoms.general`.
    """

    rank, patience = 2, 1

    def __init__(self, chains: Sequence[Sequence[Layer]], loss: LossOf) -> None:
        super().__init__()
        self._loss = loss
        self._jump: tuple[float, Layer, float] | None = None  # its size, where, and the loss before it
        self._watched: list[_Watched] = []
        self._before: list[Array] = []
        self._stillFor = 0
        for layer in (layer for chain in chains for layer in learning(chain)):
            weight, vector, gradients = weightOf(layer), layer.parameterVector, layer.gradientVector
            glorot = 0.0
            if weight is not None:
                vector, gradients, glorot = weight.reshape(-1), layer.gradients["weight"], initialScales(weight)[0]
            scale = max(glorot, rootMeanSquare(vector))
            if scale > 0:
                some = vector[:: max(1, vector.size // SAMPLE)]
                self._watched.append(_Watched(layer, some, gradients, scale))

    def prepare(self) -> None:
        self._before = [one.parameters.copy() for one in self._watched]

    def find(self, seen: Observation) -> Finding | None:
        if not self._before:
            return None
        ratios = [
            (rootMeanSquare(one.parameters - before) / one.scale, one.layer)
            for one, before in zip(self._watched, self._before, strict=True)
        ]
        ratio, layer = max(ratios, key=lambda pair: pair[0])
        still = ratio < STILL and seen.step <= EARLY and any(one.gradients.any() for one in self._watched)
        self._stillFor = self._stillFor + 1 if still else 0
        if jump := self._harmful(ratio, layer, seen):
            ratio, layer = jump
            divisor = 10 ** round(min(3.0, math.log10(ratio / USUAL)))
            return sentences.LARGE_UPDATES.of(layer, ratio=ratio, divisor=divisor)
        return sentences.LOST_UPDATES.of(layer, ratio=ratio) if self._stillFor >= PATIENCE else None

    def _harmful(self, ratio: float, layer: Layer, seen: Observation) -> tuple[float, Layer] | None:
        """The jump at the observation before, if the loss has not come down since."""
        before, now = self._jump, ratio > JUMP
        loss = self._loss(seen) if before or now else math.nan
        self._jump = (ratio, layer, loss) if now else None
        return before[:2] if before and not loss <= RISEN * before[2] else None


def _is_equal(weight: Array) -> bool:
    """Whether several rows of several numbers are all equal."""
    rows = weight.reshape(len(weight), -1)
    return min(rows.shape) > 1 and np.array_equal(rows[0], rows[-1]) and bool((rows == rows[0]).all())


def _result(layer: Layer) -> float:
    """The root mean square of the layer's pre-activations."""
    z = preactivation(layer)
    return 0.0 if z is None else rootMeanSquare(z)


def _deviation(z: Array) -> float:
    """√ of the variance over the samples, averaged over the units."""
    return rootMeanSquare(z - z.mean(axis=-1, keepdims=True))

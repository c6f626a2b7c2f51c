"""What can go wrong in every model: scales, units, gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from activations import Activation
from layers import Layer
from nn.watch.symptom import PATIENCE, SEEN, Array, Finding, Look, Symptom, isNew, rootMeanSquare

COLUMNS = 256  # samples of a batch whose units are looked at
SAMPLE = 4096  # parameters of a layer whose updates are measured
FLAT = 0.005  # of an activation's largest slope
DEAD = 0.6  # share of units that are flat everywhere
SATURATED = 0.9  # share of flat outputs of an activation with two bounds
UNSCALED = 10.0  # root mean square of inputs
FADING = 0.02  # weights against Glorot's initialisation
LOUD = 5.0  # weights against He's initialisation
BLARING = 10.0  # root mean square of what loud weights give
DEAFENING = 100.0  # deviation of what no hidden layer gives
JUMP = 0.5  # an update against the initial weights
RISEN = 1.5  # a loss against that of the look before
USUAL, STILL = 0.01, 1e-7  # the same
EARLY = 32  # steps in which gradients have not yet become small
VANISHING = 1e-3  # the smallest against the largest gradient among the layers of a network

LossOf = Callable[[Look], float]


# Scales --------------------------------------------------------------------------------------------------------------


class Inputs(Symptom):
    """Inputs that are not scaled: √(1/n Σ x²) above 10, where pixels have 0.3 to 0.6 and standardised features 1."""

    rank, patience, once = 0, 1, True

    def __init__(self, first: Layer) -> None:
        super().__init__()
        self._first = first

    def find(self, look: Look) -> Finding | None:
        size = rootMeanSquare(look.inputs)
        if size <= UNSCALED:
            return None
        low, high = float(look.inputs.min()), float(look.inputs.max())
        return Finding(
            "inputs",
            self._first.describe(),
            f"its inputs are not scaled: they go from {low:.4g} to {high:.4g}, with a root mean square of {size:.3g}. "
            "Scale them, to 0 ... 1 or to mean 0 and variance 1 (Dataset does it for grey values of type uint8).",
        )


class Targets(Symptom):
    """Labels that the last activation cannot give."""

    rank, patience = 0, 1

    def __init__(self, last: Layer) -> None:
        super().__init__()
        self._last = last

    def find(self, look: Look) -> Finding | None:
        if self._last.activation is None or not look.labels.size:
            return None
        (least, most), low, high = self._last.activation.range, float(look.labels.min()), float(look.labels.max())
        if least <= low and high <= most:
            return None
        return Finding(
            "targets",
            self._last.describe(),
            f"labels go from {low:.4g} to {high:.4g}, its outputs only from {least:g} to {most:g}. Scale the labels, "
            "or end in Identity() with MSE().",
        )


class Weights(Symptom):
    """Initial weights that are all 0, all alike, too small, or so large that pre-activations exceed 10.

    The arrays called "weight" are compared with Glorot's and He's initialisation, √(2 / (fanIn + fanOut)) and
    √(2 / fanIn). The last layer of a network may begin with 0, and what was trained before may be as it is.
    """

    rank, patience, once = 1, 1, True

    def __init__(self, chains: Sequence[Sequence[Layer]]) -> None:
        super().__init__()
        self._faint: list[tuple[Layer, float, float]] = []
        self._loud: list[tuple[Layer, float, float]] = []
        for chain in chains:
            for layer in chain:
                weight = _weight(layer)
                if weight is None or not isNew(layer):
                    continue
                size, (glorot, he) = rootMeanSquare(weight), _scales(weight)
                if layer is not chain[-1] and (size < FADING * glorot or _alike(weight)):
                    self._faint.append((layer, size, glorot))
                if size > LOUD * he:
                    self._loud.append((layer, size, he))

    def find(self, look: Look) -> Finding | None:
        if loud := [one for one in self._loud if rootMeanSquare(one[0].preactivation) > BLARING]:
            layer, size, he = loud[0]
            return Finding(
                "weights",
                layer.describe(),
                f"its weights are too large, {size:.2g} (root mean square) where He's initialisation has {he:.2g}, and "
                f"make its pre-activations {rootMeanSquare(layer.preactivation):.3g}{_also(loud)}. Leave initializer "
                "away, or divide the weights.",
            )
        if not self._faint:
            return None
        layer, size, glorot = self._faint[0]
        return Finding(
            "weights",
            layer.describe(),
            f"its weights {_faint(size, glorot)}{_also(self._faint)}. Leave initializer away: weights are then drawn "
            "at random, in a size that fits.",
        )


class Signals(Symptom):
    """Pre-activations that grow from layer to layer, to a deviation above 100, though no weights are too large alone.

    Threefold weights in ten layers multiply a signal by 60,000.
    """

    rank, patience, once = 1, 1, True

    def __init__(self, hidden: Iterable[Layer]) -> None:
        super().__init__()
        self._hidden = list(hidden)

    def find(self, look: Look) -> Finding | None:
        loud = [(layer, size) for layer in self._hidden if (size := _deviation(layer.preactivation)) > DEAFENING]
        if not loud:
            return None
        layer, size = loud[0]
        return Finding(
            "weights",
            layer.describe(),
            f"signals explode on their way here, its pre-activations differ by {size:.3g} from sample to sample"
            f"{_also(loud)}. Leave initializer away, or divide the weights of the layers up to it.",
        )


class Updates(Symptom):
    """Updates of half the initial weights (or Glorot's, where those are larger) after which the loss has risen, and
    updates that are lost in rounding.

    The size of an update is that of the difference it makes, whatever the optimizer, to the weights: biases may have a
    long way to go.

    Parameters
    ----------
    chains : see `general`.
    loss : see `general`.
    """

    rank, patience = 2, 1

    def __init__(self, chains: Sequence[Sequence[Layer]], loss: LossOf) -> None:
        super().__init__()
        self._loss = loss
        self._jump: tuple[float, Layer, float] | None = None  # its size, where, and the loss before it
        self._watched: list[tuple[Layer, Array, Array, float]] = []
        self._before: list[Array] = []
        self._stillFor = 0
        for layer in (layer for chain in chains for layer in chain if layer.learns):
            weight = _weight(layer)
            glorot = 0.0 if weight is None else _scales(weight)[0]
            vector, gradient = layer.parameterVector, layer.gradientVector
            if weight is not None:
                vector, gradient = weight.reshape(-1), layer.gradients["weight"]
            scale = max(glorot, rootMeanSquare(vector))
            if scale > 0:
                self._watched.append((layer, vector[:: max(1, vector.size // SAMPLE)], gradient, scale))

    def prepare(self) -> None:
        self._before = [parameters.copy() for _, parameters, *_ in self._watched]

    def find(self, look: Look) -> Finding | None:
        if not self._before:
            return None
        ratios = [
            (rootMeanSquare(parameters - before) / scale, layer)
            for (layer, parameters, _, scale), before in zip(self._watched, self._before, strict=True)
        ]
        ratio, layer = max(ratios, key=lambda pair: pair[0])
        still = ratio < STILL and look.step <= EARLY and any(gradient.any() for *_, gradient, _ in self._watched)
        self._stillFor = self._stillFor + 1 if still else 0
        if jump := self._harmful(ratio, layer, look):
            ratio, layer = jump
            divisor = 10 ** round(min(3.0, math.log10(ratio / USUAL)))
            text = (
                f"one update moved its weights by {ratio:.3g} times their initial size. The learning rate is too "
                f"large: divide it by {divisor:,}."
            )
        elif self._stillFor >= PATIENCE:
            text = (
                f"its updates are {ratio:.1g} times its weights, those of the other layers even less: rounding takes "
                "them away. The learning rate is too small: try a hundred times as much."
            )
        else:
            return None
        return Finding("updates", layer.describe(), text)

    def _harmful(self, ratio: float, layer: Layer, look: Look) -> tuple[float, Layer] | None:
        """The jump of the look before, if the loss has not come down since."""
        before, now = self._jump, ratio > JUMP
        loss = self._loss(look) if before or now else math.nan
        self._jump = (ratio, layer, loss) if now else None
        return before[:2] if before and not loss <= RISEN * before[2] else None


# Units ---------------------------------------------------------------------------------------------------------------


class Units(Symptom):
    """Units whose activation is flat for every sample, and layers whose outputs are nearly all at their bounds.

    Flat is what has less than 0.005 of the activation's largest slope: a ReLU below 0, a Sigmoid beyond ±6.7.
    """

    rank, patience = 3, 1

    def __init__(self, hidden: Iterable[Layer]) -> None:
        super().__init__()
        self._watched = [(layer, slope) for layer in hidden if (slope := steepest(layer.activation)) is not None]
        self._flatFor = [np.zeros(1, int) for _ in self._watched]  # looks in a row, for every unit
        self._saturatedFor = [0 for _ in self._watched]

    def find(self, look: Look) -> Finding | None:
        dead, saturated = [], []
        for place, (layer, slope) in enumerate(self._watched):
            flat = isFlat(layer, slope, None if look.thorough else COLUMNS)
            everywhere, share = flat.all(axis=1), np.count_nonzero(flat) / flat.size
            self._flatFor[place] = np.where(everywhere, self._flatFor[place] + 1, 0)
            self._saturatedFor[place] = self._saturatedFor[place] + 1 if share > SATURATED else 0
            enough = 1 if look.thorough else max(look.patience, math.ceil(SEEN / flat.shape[1]))
            count = int(np.count_nonzero(self._flatFor[place] >= enough))
            if count > DEAD * len(flat):
                dead.append((layer, count, len(flat)))
            elif self._saturatedFor[place] >= look.patience and _bounded(layer.activation):
                saturated.append((layer, share))
        if dead:
            dead.sort(key=lambda one: -one[1] / one[2])
            layer, count, units = dead[0]
            return Finding(
                "units",
                layer.describe(),
                f"{count} of its {units} units are dead: {layer.activation!r} is flat there for every sample, so that "
                f"no gradient passes{_also(dead)}. Try a tenth of the learning rate, LeakyReLU(), and biases of 0.",
                explains=count == units,
            )
        if saturated:
            saturated.sort(key=lambda one: -one[1])
            layer, share = saturated[0]
            return Finding(
                "units",
                layer.describe(),
                f"{share:.0%} of its outputs are saturated: {layer.activation!r} is flat there, so that hardly "
                f"any gradient passes{_also(saturated)}. Try a tenth of the learning rate, and smaller weights.",
            )
        return None


class Gradients(Symptom):
    """Gradients that vanish or explode on their way back: √(1/n Σ g²) differs a thousandfold between two layers."""

    rank = 4

    def __init__(self, chains: Sequence[Sequence[Layer]]) -> None:
        super().__init__()
        self._chains = [[layer for layer in chain if layer.learns] for chain in chains]

    def find(self, look: Look) -> Finding | None:
        for chain in self._chains:
            sizes = [rootMeanSquare(layer.gradientVector) for layer in chain]
            if not sizes or not min(sizes) < VANISHING * max(sizes):
                continue
            small, large = (chain[sizes.index(size)] for size in (min(sizes), max(sizes)))
            vanishing = chain.index(small) < chain.index(large)
            layer, other = (small, large) if vanishing else (large, small)
            ratio = rootMeanSquare(layer.gradientVector) / max(rootMeanSquare(other.gradientVector), 1e-300)
            what, remedy = "explode", "the default initializer, or smaller weights"
            if vanishing:
                instead = f"ReLU() in place of {layer.activation!r}" if _bounded(layer.activation) else "larger weights"
                what, remedy = "vanish", f"{instead}, and fewer layers"
            return Finding(
                "gradients",
                layer.describe(),
                f"gradients {what} on their way back, to {ratio:.2g} times those of {_place(other)}. Try {remedy}.",
            )
        return None


def steepest(activation: Activation | None) -> float | None:
    """The largest slope of an activation, in [-5, 5]; None for none, and where it works on several numbers at once."""
    if activation is None:
        return None
    z = np.linspace(-5, 5, 101)[np.newaxis]
    slope = activation.derivative(z)
    return float(np.abs(slope).max()) if slope.shape == z.shape else None


def isFlat(layer: Layer, slope: float, columns: int | None = None) -> Array:
    """Where the activation was flat in the last pass, (units, samples).

    Parameters
    ----------
    layer : a layer with an activation.
    slope : the activation's largest, see `steepest`.
    columns : how many samples to look at; default all.
    """
    z = layer.preactivation[..., :columns]
    assert layer.activation is not None
    return (np.abs(layer.activation.derivative(z)) < FLAT * slope).reshape(-1, z.shape[-1])


def general(chains: Sequence[Sequence[Layer]], loss: LossOf, hidden: Iterable[Layer] | None = None) -> list[Symptom]:
    """What can go wrong in every model.

    Parameters
    ----------
    chains : the layers of each network, in the order of the forward pass; the data enter the last network.
    loss : the loss of the step that is looked at, before its update; NaN where it does not tell what went well.
    hidden : the layers whose units are looked at; default all but the last of each network.
    """
    inside = [layer for chain in chains for layer in chain[:-1]]
    new = all(isNew(layer) for chain in chains for layer in chain)
    return [
        Inputs(chains[-1][0]),
        Weights(chains),
        Signals(inside if new else ()),
        Updates(chains, loss),
        Units(inside if hidden is None else hidden),
        Gradients(chains),
    ]


# Helpers -------------------------------------------------------------------------------------------------------------


def _weight(layer: Layer) -> Array | None:
    """The layer's weights as a matrix (outputs, inputs), if it has such and learns them."""
    weight = layer.parameters.get("weight") if layer.learns else None
    return None if weight is None or weight.ndim < 2 else weight.reshape(len(weight), -1)


def _scales(weight: Array) -> tuple[float, float]:
    """The standard deviations of Glorot's and of He's initialisation."""
    fanOut, fanIn = weight.shape
    return math.sqrt(2 / (fanIn + fanOut)), math.sqrt(2 / fanIn)


def _alike(weight: Array) -> bool:
    """Whether several rows of several numbers are all equal."""
    return min(weight.shape) > 1 and np.array_equal(weight[0], weight[-1]) and bool((weight == weight[0]).all())


def _faint(size: float, glorot: float) -> str:
    """What is wrong with weights of this size, or with its being that of all units."""
    if size == 0:
        return "are all 0, so that its units are alike and nothing gets through"
    if size < FADING * glorot:
        return (
            f"are too small, {size:.2g} (root mean square) where Glorot's initialisation has {glorot:.2g}: signals and "
            "gradients fade"
        )
    return "are the same for all its units, which will all learn the same"


def _bounded(activation: Activation | None) -> bool:
    return activation is not None and all(map(math.isfinite, activation.range))


def _deviation(z: Array) -> float:
    """√ of the variance over the samples, averaged over the units."""
    return rootMeanSquare(z - z.mean(axis=-1, keepdims=True))


def _place(layer: Layer) -> str:
    return layer.place or repr(layer)


def _also(found: Sequence[tuple[Any, ...]]) -> str:
    """The other layers where it was found, for the sentence of one."""
    others = [_place(layer) for layer, *_ in found[1:]]
    return f"; so it is in {', '.join(others)}" if others else ""

"""Noticing numbers that are not finite, and saying where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from leibnet.arrays import isFinite
from leibnet.types import Array

import numpy as np

from layers import Layer, Learning, Recurrent
from nn.watch.gradients.throughtime import horizonOfExplosion
from nn.watch.reading import preactivation


class DivergenceError(ArithmeticError):
    """A training met a number that is not finite.

    Found in a forward or backward pass, it ends the step before anything is updated. Parameters that overflow in an
    update are found by the next step, or at the next entry of the metrics.

    Attributes
    ----------
    layer : name of the layer where it first appeared, or "input", "label", "loss", ...
    cause : the likely cause, and what to try.
    step : number of the update, from 1; None outside `train`.
    """

    subject: ClassVar[str] = "the loss"

    def __init__(self, layer: str, cause: str, step: int | None = None) -> None:
        super().__init__(layer, cause, step)  # from which it is made again where it is copied or pickled
        self.layer, self.cause, self.step = layer, cause, step

    def __str__(self) -> str:
        where = "" if self.step is None else f" at step {self.step}"
        return f"{self.subject} is not finite{where}: it first appeared in {self.layer}. {self.cause}"


class StateOverflowError(DivergenceError):
    """A number overflowed in what an optimizer keeps of the gradients: its parameter would stand still from then on."""

    subject = "the state of the optimizer"


def explain(
    layers: Mapping[str, Layer], name: str, given: Any, remedy: str = "check the scale of the labels"
) -> DivergenceError:
    """The error for a network whose last forward and backward pass were not finite: the first place in their order.

    Parameters
    ----------
    layers : the layers in the order of the forward pass.
    name, given : what the backward pass began with and how it is called, such as the "label".
    remedy : what to do where all layers are finite, and the loss alone is not.
    """
    for what, value in (("input", next(iter(layers.values())).input), (name, given)):
        for array in _arrays(value):
            if not isFinite(array):
                return DivergenceError(what, f"The {what} holds {_places(array)}: find their source.")
    for layer in layers.values():
        if cause := _cause(layer):
            return DivergenceError(layer.describe(), cause)
    for layer in reversed(list(layers.values())):
        for parameter, gradient in _gradients(layer).items():
            if not isFinite(gradient):
                likely = _through_time(layer) or (
                    "Most likely the learning rate is too large or the loss badly scaled: try a tenth of the rate, or "
                    "clipNorm=1."
                )
                cause = (
                    f"The gradient of its {parameter} overflowed {layer.dtype}, the forward pass is finite. {likely}"
                )
                return DivergenceError(layer.describe(), cause)
    return DivergenceError("loss", f"All layers are finite, but the loss itself overflowed: {remedy}.")


def explainUpdate(layers: Iterable[Layer], error: OverflowError) -> DivergenceError | None:
    """The error for an update that ended with this one; None if no optimizer's state is to blame."""
    for layer in layers:
        if isinstance(layer, Learning) and not all(map(isFinite, layer.optimizer.state.values())):
            return StateOverflowError(layer.describe(), str(error))
    return None


class Guard(AbstractContextManager[None]):
    """A stretch in which numbers that are not finite raise no warnings; a DivergenceError from there names the step.

    Every step of a training is one: so it is an object, which is made faster than a generator.

    Parameters
    ----------
    layers : a function that gives the layers by name.
    step : the number of the step, or None.
    """

    def __init__(self, layers: Callable[[], Mapping[str, Layer]], step: int | None) -> None:
        self._layers, self._step = layers, step
        self._silence = np.errstate(all="ignore")

    def __enter__(self) -> None:
        self._silence.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._silence.__exit__(kind, error, trace)
        found = explainUpdate(self._layers().values(), error) if isinstance(error, OverflowError) else error
        if isinstance(found, DivergenceError):
            raise type(found)(found.layer, found.cause, self._step) from None


def _cause(layer: Layer) -> str:
    """What in the layer's forward pass is not finite, and why; "" if all is."""
    for name, parameter in layer.parameters.items():
        if not isFinite(parameter):
            return (
                f"Its {name} was not finite before this step: an update overflowed (then try a tenth of the learning "
                "rate, or clipNorm=1 in the optimizer), or it was set or loaded so."
            )
    for name, statistic in layer.statistics.items():
        if not isFinite(statistic):
            return (
                f"Its {name}, which is taken from its inputs and not learnt, is not finite: it overflowed "
                f"{layer.dtype} (inputs up to {_largest(layer.input):.3g}; then check that the inputs are scaled, and "
                "try a tenth of the learning rate), or it was set or loaded so."
            )
    if all(map(isFinite, (*_arrays(layer.output), *_arrays(preactivation(layer))))):
        return ""
    own = f"parameters up to {_largest(tuple(layer.parameters.values())):.3g}, " if layer.parameters else ""
    return (
        f"Its output overflowed {layer.dtype}: {own}inputs up to {_largest(layer.input):.3g}. "
        "Most likely the learning rate is too large: try a tenth of it, or clipNorm=1 in the optimizer; check that the "
        "inputs are scaled (0 to 1, or mean 0 and variance 1)."
    )


def _through_time(layer: Layer) -> str:
    """What is to be said of gradients that overflow on their way back through time; "" if they do not."""
    if not isinstance(layer, Recurrent) or (horizon := horizonOfExplosion(layer)) is None:
        return ""
    return (
        f"Gradients explode through time: {horizon} steps before the end of {len(layer.output)} they are more than a "
        "thousand times those that come from the layers above. Try the default initializer, smaller recurrent weights, "
        "or shorter sequences."
    )


def _gradients(layer: Layer) -> Mapping[str, Array]:
    return layer.gradients if isinstance(layer, Learning) and layer.learns else {}


def _places(array: Array) -> str:
    """How many values of an array are not finite, and where the first of them is."""
    places = np.argwhere(~np.isfinite(array))
    first = places[0].tolist()
    where = f"row {first[0]}, column {first[1]}" if len(first) == 2 else f"place {tuple(first)}"
    return f"{len(places)} values that are NaN or infinite, the first in {where}"


def _largest(value: Any) -> float:
    return max((float(np.abs(array).max(initial=0.0)) for array in _arrays(value)), default=0.0)


def _arrays(value: Any) -> list[Array]:
    """The array, or those of a tuple; none of None."""
    if isinstance(value, tuple):
        return [array for one in value for array in _arrays(one)]
    return [] if value is None else [value]

"""Noticing numbers that are not finite, and saying where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers import Layer
from optimizer.optimizer import euclidean_norm

Array = NDArray[Any]


class DivergenceError(ArithmeticError):
    """A training met a number that is not finite.

    Found in a forward or backward pass, it ends the step before anything is updated. What overflows in an update is
    found by the next step, or at the next entry of the metrics.

    Attributes
    ----------
    step : number of the update, from 1; None outside `train`.
    layer : name of the layer where it first appeared, or "input", "label", "loss", ...
    cause : the likely cause, and what to try.
    """

    def __init__(self, layer: str, cause: str, step: int | None = None) -> None:
        self.layer, self.cause, self.step = layer, cause, step
        where = "" if step is None else f" at step {step}"
        super().__init__(f"the loss is not finite{where}: it first appeared in {layer}. {cause}")


def isFinite(array: Array) -> bool:
    """Whether all numbers of an array are finite."""
    return math.isfinite(euclidean_norm(array)) or bool(np.isfinite(array).all())


def explain(layers: Mapping[str, Layer], name: str, given: Array) -> DivergenceError:
    """The error for a network whose last forward and backward pass were not finite: the first place in their order.

    `given` is what the backward pass began with: the "label", or whatever `name` says.
    """
    for what, array in (("input", next(iter(layers.values())).input), (name, given)):
        if not isFinite(array):
            places = np.argwhere(~np.isfinite(array))
            first = f"the first in row {places[0][0]}, column {places[0][-1]}"
            cause = f"The {what} holds {len(places)} values that are NaN or infinite, {first}: find their source."
            return DivergenceError(what, cause)
    for layer in layers.values():
        for name, parameter in layer.parameters.items():
            if not isFinite(parameter):
                cause = (
                    f"Its {name} was not finite before this step: an update overflowed (then try a tenth of the "
                    "learning rate, or clipNorm=1 in the optimizer), or it was set or loaded so."
                )
                return DivergenceError(layer.describe(), cause)
        if not isFinite(layer.output) or (layer.activation is not None and not isFinite(layer.preactivation)):
            size = max(map(_largest, layer.parameters.values()), default=0.0)
            cause = (
                f"Its output overflowed {layer.dtype}: parameters up to {size:.3g}, inputs up to "
                f"{_largest(layer.input):.3g}. Most likely the learning rate is too large: try a tenth of it, or "
                "clipNorm=1 in the optimizer; check that the inputs are scaled (0 to 1, or mean 0 and variance 1)."
            )
            return DivergenceError(layer.describe(), cause)
    for layer in reversed(list(layers.values())):
        for name, gradient in layer.gradients.items():
            if layer.learns and not isFinite(gradient):
                cause = (
                    f"The gradient of its {name} overflowed {layer.dtype}, the forward pass is finite. Most likely the "
                    "learning rate is too large or the loss badly scaled: try a tenth of the rate, or clipNorm=1."
                )
                return DivergenceError(layer.describe(), cause)
    return DivergenceError(
        "loss", "All layers are finite, but the loss itself overflowed: check the scale of the labels."
    )


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))

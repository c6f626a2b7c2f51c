"""The contract of a penalty."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from leibnet.arrays import besideFeatures, positionsOf
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

from activations import Activation
from layers.passes import Pass


class Penalty(Configurable, ABC, family="penalty"):
    """A layer's own term of the loss, a mean over the samples. A network adds its value to its loss.

    Where `now.weights` are given, every sample's share is multiplied by its weight, as it is in a loss. Those of steps
    or pixels count in layers whose outputs have these steps or pixels; elsewhere, as in a code, samples count alike.
    Steps that a sample does not have (`now.mask`) do not count.

    A penalty of your own writes `value` and `gradient`, and keeps the arguments of its constructor in attributes of the
    same names. If it depends on the layer's parameters themselves, as `Contractive` does, it finds them in
    `now.parameters`, and says `parameterGradients`.
    """

    @abstractmethod
    def value(self, now: Pass) -> float:
        """The term for the layer's last forward pass."""

    @abstractmethod
    def gradient(self, now: Pass) -> Any:
        """Its gradient with respect to the layer's output y; the layer adds it to the one that comes from above."""

    def parameterGradients(self, now: Pass) -> Mapping[str, Array]:
        """Its gradients with respect to the layer's parameters where y is held fixed, by name; none by default."""
        return {}

    def check(self, layer: str, activation: Activation | None, parameters: Mapping[str, Array]) -> None:
        """ValueError if it can be none of a layer with this activation and these parameters; `layer` names it."""


def weightsBeside(array: Array, now: Pass) -> Array | None:
    """The weights of a pass, to be multiplied with an array of its samples; None where all of them count alike."""
    weights, positions = now.weights, positionsOf(array.shape)
    if weights is not None and weights.shape[-1] != array.shape[-1]:  # inside `Contracting`, which sees them twice
        weights = np.concatenate([weights, weights], axis=-1)
    if weights is not None and weights.ndim > 1 and weights.shape != positions:
        weights = None
    if now.mask is not None and now.mask.shape == positions:
        weights = now.mask if weights is None else weights * now.mask
    return None if weights is None else besideFeatures(weights, array)

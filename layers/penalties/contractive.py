"""How much a layer's outputs change with its inputs."""

from __future__ import annotations

from collections.abc import Mapping

from leibnet import arguments
from leibnet.ranks import samplesOf
from leibnet.types import Array

import numpy as np

from activations import Activation
from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside


class Contractive(Penalty):
    """λ ‖∂y/∂x‖²_F, averaged over the samples: codes are to change little where the input changes a little.

    For one layer y = f(W x + b) with an element-wise f, in closed form:

        ‖∂y/∂x‖²_F = Σⱼ f'(zⱼ)² ‖Wⱼ‖²        ∂/∂yⱼ = 2 f''(zⱼ) ‖Wⱼ‖²        ∂/∂Wⱼ = 2 f'(zⱼ)² Wⱼ    (yⱼ held fixed)

    Rifai et al. 2011, "Contractive auto-encoders"; second lecture. For several layers see `Contracting`.

    Parameters
    ----------
    weight : λ ≥ 0; default 0.1.

    Example
    -------
    >>> from activations import Sigmoid
    >>> from layers import Dense
    >>> layer = Dense(784, 1000, Sigmoid(), penalty=Contractive(0.1))
    """

    def __init__(self, weight: float = 0.1) -> None:
        self.weight = arguments.number("Contractive", "weight", weight, low=0)

    def check(self, layer: str, activation: Activation | None, parameters: Mapping[str, Array]) -> None:
        if "weight" not in parameters or parameters["weight"].ndim != 2:
            expected = "on a Dense layer"
            raise ValueError(
                arguments.refusal(layer, "penalty=Contractive", expected, layer, "put others into Contracting([...])")
            )
        if activation is None or not activation.isTwiceDifferentiable:
            expected = "on an activation with a secondDerivative"
            raise ValueError(
                arguments.refusal(layer, "penalty=Contractive", expected, activation, "put it into Contracting([...])")
            )

    def value(self, now: Pass) -> float:
        return self.weight * float(np.vdot(self._slopes(now).astype(float), self._sizes(now).astype(float)))

    def gradient(self, now: Pass) -> Array:
        curvature = now.activation.secondDerivative(now.z) * self._sizes(now)
        curvature *= 2 * self.weight / max(samplesOf(now.z.shape[-1]), 1)
        weights = weightsBeside(curvature, now)
        return curvature if weights is None else curvature * weights

    def parameterGradients(self, now: Pass) -> Mapping[str, Array]:
        return {"weight": 2 * self.weight * self._slopes(now) * now.parameters["weight"]}

    def _slopes(self, now: Pass) -> Array:
        """f'(zⱼ)², averaged over the samples, (outputs, 1)."""
        squares = np.square(now.activation.derivative(now.z))
        weights = weightsBeside(squares, now)
        if weights is not None:
            squares *= weights
        return squares.sum(axis=1, keepdims=True) / max(samplesOf(squares.shape[1]), 1)

    def _sizes(self, now: Pass) -> Array:
        """‖Wⱼ‖², (outputs, 1)."""
        weight = now.parameters["weight"]
        return np.einsum("ji,ji->j", weight, weight)[:, None]

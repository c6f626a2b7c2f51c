"""How far the mean activity of each unit is from what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leibnet import arguments
from leibnet.arrays import featureAxis
from leibnet.ranks import averaged, current, samplesOf, summed
from leibnet.types import Array

import numpy as np

from activations import Activation
from layers.passes import Pass
from layers.penalties.penalty import Penalty, weightsBeside

NEAREST = 1e-6  # to 0 and 1, where the divergence is infinite


class KLSparsity(Penalty):
    """β Σⱼ KL(ρ ‖ ρ̂ⱼ): every output is to be active, in the mean of the batch, as often as the target ρ says.

        ρ̂ⱼ = mean of yⱼ        KL = ρ ln(ρ/ρ̂) + (1-ρ) ln((1-ρ)/(1-ρ̂))        ∂/∂yⱼₙ = β/N ((1-ρ)/(1-ρ̂ⱼ) - ρ/ρ̂ⱼ)

    The outputs are probabilities, as those of a Sigmoid. ρ̂ is that of a batch: small batches make it uncertain. Images
    and sequences have one mean for every channel or feature. With weights w, ρ̂ is the weighted mean Σ w y / Σ w, and
    the whole is multiplied by the mean weight. Second lecture, sparse autoencoder; A. Ng, "Sparse
    autoencoder", CS294A lecture notes.

    Parameters
    ----------
    target : ρ, 0 < ρ < 1; default 0.05.
    weight : β ≥ 0; default 1.

    Example
    -------
    >>> from activations import Sigmoid
    >>> from layers import Dense
    >>> layer = Dense(784, 1000, Sigmoid(), penalty=KLSparsity(0.05, weight=0.1))
    """

    def __init__(self, target: float = 0.05, weight: float = 1.0) -> None:
        self.target = arguments.number("KLSparsity", "target", target, low=0, high=1, excluding="low high")
        self.weight = arguments.number("KLSparsity", "weight", weight, low=0)

    def check(self, layer: str, activation: Activation | None, parameters: Mapping[str, Array]) -> None:
        low, high = (-np.inf, np.inf) if activation is None else activation.range
        if low < 0 or high > 1:
            expected = "on a layer whose outputs lie in [0, 1]"
            raise ValueError(
                arguments.refusal(layer, "penalty=KLSparsity", expected, activation, "take Sigmoid(), or penalty=L1()")
            )

    def value(self, now: Pass) -> float:
        if not now.y.size:
            return 0.0
        active, target = self._activity(now).astype(float), self.target
        divergences = target * np.log(target / active) + (1 - target) * np.log((1 - target) / (1 - active))
        weights = weightsBeside(now.y, now)
        counting = averaged(np.array([1.0 if weights is None else weights.mean()], float))
        return self.weight * float(divergences.sum()) * float(counting[0])

    def gradient(self, now: Pass) -> Array:
        y = now.y
        if not y.size:
            return np.zeros_like(y)
        active, target = self._activity(now), self.target
        count = samplesOf(y.size // y.shape[featureAxis(y)])
        slope = (self.weight / count) * ((1 - target) / (1 - active) - target / active)
        weights = weightsBeside(y, now)
        return np.broadcast_to(slope, y.shape) if weights is None else np.broadcast_to(slope * weights, y.shape)

    def _activity(self, now: Pass) -> Any:
        """ρ̂, one for every feature, beside which axes of length 1 stand for all others."""
        y = now.y
        weights, axis = weightsBeside(y, now), featureAxis(y)
        others = tuple(i for i in range(y.ndim) if i != axis % y.ndim)
        active, total = y.mean(axis=others, keepdims=True), y.size // y.shape[axis]
        if weights is not None:
            weights = np.broadcast_to(weights, y.shape)
            total = weights.sum(axis=others, keepdims=True)
            active = (y * weights).sum(axis=others, keepdims=True) / np.where(total > 0, total, 1)
        if current() is not None:  # of the samples of all ranks
            sums = summed(np.stack(np.broadcast_arrays(active * total, total)).astype(float))
            active = (sums[0] / np.where(sums[1] > 0, sums[1], 1)).astype(y.dtype)
        return np.clip(active, NEAREST, 1 - NEAREST)

"""A penalty on the slopes of a critic."""

from __future__ import annotations

from leibnet.arguments import number, refusal
from leibnet.arrays import isFinite
from leibnet.types import Array

import numpy as np

from layers import BatchNormalization, Chain, Corrupt, Dropout, NoisySigmoid, Sampler, Wanted
from nn.models.adversarial.constraint import CriticConstraint
from nn.watch.divergence import explain

UNFIT = BatchNormalization, Corrupt, Dropout, NoisySigmoid, Sampler  # which mix samples, or draw anew in every pass
SHORTEST = 1e-12  # a slope below it has no direction


class GradientPenalty(CriticConstraint):
    """D descends λ mean (‖∇z(x̂)‖ - k)² as well, z the pre-activation of its output, at points between samples and data.

        x̂ = ε x + (1 - ε) G(z),    ε ~ U(0, 1) for every pair

    Gulrajani et al. 2017, arXiv:1704.00028 (WGAN-GP), k = 1: the best critic has slopes of 1 almost everywhere on the
    straight lines between the two. With k = 0 it pulls all slopes towards 0, as do the zero-centred penalties of
    Mescheder et al. 2018, arXiv:1801.04406, for games that are to come to rest.

    The gradient with respect to D's parameters θ needs a second derivative. With the direction u = ∇z(x̂)/‖∇z(x̂)‖ held
    fixed, ‖∇z(x̂)‖ is the slope of z along u, so

        ∂/∂θ ‖∇z(x̂)‖ = ∂/∂θ u·∇z(x̂) = [∂z/∂θ (x̂ + h u) - ∂z/∂θ (x̂ - h u)] / 2h + O(h²)

    two backward passes, whatever the layers. h is the third root of the precision, times the mean length of x̂: in
    float64 the gradient is exact to about 1e-9 of its length, in float32 to about 1e-3.

    Parameters
    ----------
    weight : λ ≥ 0; default 10, the paper's.
    target : k ≥ 0, the slope that is wanted; default 1.

    Raises
    ------
    ValueError : for a discriminator with layers that draw random numbers or let samples depend on one another
        (`BatchNormalization`): the slope is that of every sample by itself. Or with a penalty on a layer's outputs.
    """

    def __init__(self, weight: float = 10.0, target: float = 1.0) -> None:
        self.weight = number("GradientPenalty", "weight", weight, low=0)
        self.target = number("GradientPenalty", "target", target, low=0)

    def check(self, owner: str, critic: Chain) -> None:
        for layer in critic.parts():
            if isinstance(layer, UNFIT):
                expected = "without layers that draw random numbers or mix samples, because of GradientPenalty"
                raise ValueError(refusal(owner, "a discriminator", expected, layer, "leave that layer out"))
            if layer.penalty is not None:
                expected = "without penalties on its layers' outputs, because of GradientPenalty"
                raise ValueError(refusal(owner, "a discriminator", expected, layer.penalty))

    def addGradient(self, critic: Chain, samples: Array, data: Array, rng: np.random.Generator) -> float:
        n = min(samples.shape[-1], data.shape[-1])
        share = rng.random(n, dtype=samples.dtype)
        with critic.use("constraint") as D:
            between = D.now.buffer("between", (*samples.shape[:-1], n), samples)
            np.multiply(data[..., :n], share, out=between)
            between += (1 - share) * samples[..., :n]
            z = D.forwardLogits(between, training=True)
            D.backwardLogits(np.ones_like(z), Wanted(parameters=False))
            slope = D.gradient
            size = np.sqrt(_squares(slope))
            excess = size - self.target

            length = float(np.sqrt(_squares(between).mean(dtype=float)))
            h = float(np.cbrt(np.finfo(between.dtype).eps)) * (length or 1.0)
            move = slope * (h / np.maximum(size, SHORTEST))  # h u
            both = D.now.buffer("beside", (*samples.shape[:-1], 2 * n), samples)
            both[..., :n], both[..., n:] = between + move, between - move
            z = D.forwardLogits(both, training=True)
            dz = np.empty_like(z)
            dz[..., :n] = excess * (self.weight / (n * h))  # 2 λ/n (‖∇z‖ - k) / 2h
            dz[..., n:] = -dz[..., :n]
            wanted = Wanted(input=False, add=True)
            D.backwardLogits(dz, wanted)
            if not isFinite(size) or not D.isFinite(wanted):
                raise explain(D.leaves(), "gradient penalty", size)
        return self.weight * float(np.mean(excess * excess, dtype=float))


def _squares(columns: Array) -> Array:
    """‖x‖² of every sample, (n,)."""
    rows = columns.reshape(-1, columns.shape[-1])
    return np.einsum("in,in->n", rows, rows)

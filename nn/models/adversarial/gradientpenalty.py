"""A penalty on the slopes of a critic."""

from __future__ import annotations

from leibnet.arguments import number, refusal
from leibnet.arrays import isFinite, uniform
from leibnet.types import Array

import numpy as np

from layers import Chain, Wanted
from nn.models.adversarial.constraint import CriticConstraint
from nn.watch.divergence import explain

SHORTEST = 1e-12  # a slope below it has no direction


class GradientPenalty(CriticConstraint):
    """D descends λ mean (‖∇z(x̂)‖ - k)² as well, z the pre-activation of its output, at points between samples and data.

        x̂ = ε x + (1 - ε) G(z),    ε ~ U(0, 1) for every pair

    Gulrajani et al. 2017, arXiv:1704.00028 (WGAN-GP), k = 1: the best critic has slopes of 1 almost everywhere on the
    straight lines between the two. With k = 0 it pulls all slopes towards 0, as do the zero-centred penalties of
    Mescheder et al. 2018, arXiv:1801.04406, for games that are to come to rest.

    The gradient with respect to D's parameters θ needs a second derivative. With the direction u = ∇z(x̂)/‖∇z(x̂)‖ held
    fixed, ‖∇z(x̂)‖ is the slope of z along u, which a forward pass of x̂ with u as its tangent gives, see `Layer.dual`:

        ∂/∂θ ‖∇z(x̂)‖ = ∂/∂θ u·∇z(x̂)

    Parameters
    ----------
    weight : λ ≥ 0; default 10, the paper's.
    target : k ≥ 0, the slope that is wanted; default 1.

    Raises
    ------
    ValueError : for a discriminator with layers that are more than linear with an activation, such as `MaxPooling2D`,
        that draw random numbers, or in which samples depend on one another, as in `BatchNormalization`: the slope is
        that of every sample by itself. For an activation without a `secondDerivative`, and a layer with a penalty. A
        layer of your own that is linear says so: `isLinear = True`, in the class that writes `_forward`.
    """

    def __init__(self, weight: float = 10.0, target: float = 1.0) -> None:
        self.weight = number("GradientPenalty", "weight", weight, low=0)
        self.target = number("GradientPenalty", "target", target, low=0)

    def check(self, owner: str, critic: Chain) -> None:
        for layer in critic.parts():
            f = layer.activation
            if layer.penalty is not None:
                expected = "without penalties on its layers' outputs, because of GradientPenalty"
                raise ValueError(refusal(owner, "a discriminator", expected, layer.penalty))
            if not layer.hasDual or not (f is None or f.isTwiceDifferentiable):
                expected = "of layers that are linear with an activation whose secondDerivative is known"
                remedy = (
                    "GradientPenalty needs it; leave that layer out, exchange it, or say isLinear = True in its class"
                )
                raise ValueError(refusal(owner, "a discriminator", expected, layer, remedy))

    def addGradient(self, critic: Chain, samples: Array, data: Array, rng: np.random.Generator) -> float:
        n = min(samples.shape[-1], data.shape[-1])
        share = uniform(rng, (n,), samples)
        with critic.use("constraint") as D:
            between = D.now.buffer("between", (*samples.shape[:-1], n), samples)
            np.multiply(data[..., :n], share, out=between)
            between += (1 - share) * samples[..., :n]
            z = D.forwardLogits(between, training=True)
            D.backwardLogits(np.ones_like(z), Wanted(parameters=False))
            slope = D.gradient
            size = np.sqrt(_squares(slope))
            excess = size - self.target

            both = D.now.buffer("withDirections", (*samples.shape[:-1], 2 * n), samples)
            both[..., :n], both[..., n:] = between, slope / np.maximum(size, SHORTEST)
            wanted = Wanted(input=False, add=True)
            with D.dual():
                dz = np.zeros_like(D.forwardLogits(both, training=True))
                dz[..., n:] = excess * (2 * self.weight / n)
                D.backwardLogits(dz, wanted)
            if not isFinite(size) or not D.isFinite(wanted):
                raise explain(D.leaves(), "gradient penalty", size)
        return self.weight * float(np.mean(excess * excess, dtype=float))


def _squares(columns: Array) -> Array:
    """‖x‖² of every sample, (n,)."""
    rows = columns.reshape(-1, columns.shape[-1])
    return np.einsum("in,in->n", rows, rows)

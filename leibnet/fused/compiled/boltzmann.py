"""The draw of binary units, see `nn.models.energy.units`."""

from __future__ import annotations

from leibnet.fused.compiled.activations import addBias
from leibnet.fused.compiled.compiler import Compiled
from leibnet.fused.compiled.mathematics import exp


@Compiled
def bernoulliDraw(z, b, offset, noise, mean, u):
    zero, one = z.dtype.type(0), z.dtype.type(1)
    addBias(z, b)
    inputs, noises, means, draws = z.reshape(-1), noise.reshape(-1), mean.reshape(-1), u.reshape(-1)
    for j in range(inputs.size):
        x = inputs[j]
        t = exp(-abs(x))
        means[j] = p = (t if x < zero else one) / (one + t)
        draws[j] = one if noises[j] < p else zero
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            u[i, j] -= offset[i, 0]

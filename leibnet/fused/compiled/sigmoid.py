"""The cross-entropy after a Sigmoid, see `loss.sigmoid`."""

from __future__ import annotations

from leibnet.fused.compiled.compiler import STRETCH, Compiled, sumOf
from leibnet.fused.compiled.mathematics import exp, log1p

import numpy as np


@Compiled
def sigmoidCrossEntropy(y, z, dz):
    zero, one, share = z.dtype.type(0), z.dtype.type(1), z.dtype.type(1 / z.shape[-1])
    labels, inputs, outputs = y.reshape(-1), z.reshape(-1), dz.reshape(-1)
    terms = np.empty(STRETCH, z.dtype)
    total = 0.0
    for start in range(0, inputs.size, STRETCH):  # loops over slices that begin at 0 are the ones that are vectorised
        y_here, z_here = labels[start : start + STRETCH], inputs[start : start + STRETCH]
        dz_here = outputs[start : start + STRETCH]
        for j in range(z_here.size):
            label, x = y_here[j], z_here[j]
            t = exp(-abs(x))
            smaller = t / (one + t)
            terms[j] = (x if x > zero else zero) - label * x + log1p(t)
            dz_here[j] = (smaller - label if x < zero else (one - label) - smaller) * share
        total += sumOf(terms[: z_here.size])
    return total / z.shape[-1]

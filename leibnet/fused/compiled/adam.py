"""Adam's update, see `optimizer.adam`."""

from __future__ import annotations

import math

from leibnet.fused.compiled.compiler import Compiled

import numpy as np


@Compiled
def adam(theta, gradient, M, V, work, beta1, beta2, epsilon, c):
    beta1, beta2 = theta.dtype.type(beta1), theta.dtype.type(beta2)
    epsilon, c = theta.dtype.type(epsilon), theta.dtype.type(c)
    overflows = False
    for i in range(theta.size):
        g = gradient[i]
        M[i] = m = beta1 * M[i] + g
        V[i] = v = beta2 * V[i] + g * g
        overflows |= v == np.inf
        theta[i] -= c * (m / (math.sqrt(v) + epsilon))
    return overflows

"""Activations with the bias before them, see `layers.activated`: forward z ← z + b, a = f(z); backward dz, db = Σ dz.

What takes an exponential runs over all numbers at once: a row may be shorter than what is computed side by side.

z, a, da and dz are (features, N), b and db (features, 1); `setting` is the activation's parameter, if it has one.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled, sumOf
from leibnet.fused.compiled.mathematics import exp, expm1, tanh


@Compiled
def addBias(z, b):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] += b[i, 0]


@Compiled
def reluForward(z, b, a, setting):
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] = x = z[i, j] + b[i, 0]
            a[i, j] = zero if x < zero else x


@Compiled
def reluBackward(da, z, a, dz, db, setting):
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            dz[i, j] = da[i, j] * (z.dtype.type(1) if z[i, j] > zero else zero)
        db[i, 0] = sumOf(dz[i])


@Compiled
def leakyReLUForward(z, b, a, setting):
    zero, slope = z.dtype.type(0), z.dtype.type(setting)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] = x = z[i, j] + b[i, 0]
            a[i, j] = slope * x if x < zero else x


@Compiled
def leakyReLUBackward(da, z, a, dz, db, setting):
    zero, one, slope = z.dtype.type(0), z.dtype.type(1), z.dtype.type(setting)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            dz[i, j] = da[i, j] * (one if z[i, j] > zero else slope)
        db[i, 0] = sumOf(dz[i])


@Compiled
def eluForward(z, b, a, setting):
    zero, alpha = z.dtype.type(0), z.dtype.type(setting)
    addBias(z, b)
    inputs, outputs = z.reshape(-1), a.reshape(-1)
    for j in range(inputs.size):
        x = inputs[j]
        below = alpha * expm1(min(x, zero))
        outputs[j] = x if x > zero else below


@Compiled
def eluBackward(da, z, a, dz, db, setting):
    zero, one, alpha = z.dtype.type(0), z.dtype.type(1), z.dtype.type(setting)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            dz[i, j] = da[i, j] * (one if z[i, j] > zero else a[i, j] + alpha)
        db[i, 0] = sumOf(dz[i])


@Compiled
def sigmoidForward(z, b, a, setting):
    zero, one = z.dtype.type(0), z.dtype.type(1)
    addBias(z, b)
    inputs, outputs = z.reshape(-1), a.reshape(-1)
    for j in range(inputs.size):
        x = inputs[j]
        t = exp(-abs(x))
        outputs[j] = (t if x < zero else one) / (one + t)


@Compiled
def sigmoidBackward(da, z, a, dz, db, setting):
    one = z.dtype.type(1)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            dz[i, j] = da[i, j] * a[i, j] * (one - a[i, j])
        db[i, 0] = sumOf(dz[i])


@Compiled
def tanhForward(z, b, a, setting):
    addBias(z, b)
    inputs, outputs = z.reshape(-1), a.reshape(-1)
    for j in range(inputs.size):
        outputs[j] = tanh(inputs[j])


@Compiled
def tanhBackward(da, z, a, dz, db, setting):
    one = z.dtype.type(1)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            dz[i, j] = da[i, j] * (one - a[i, j] * a[i, j])
        db[i, 0] = sumOf(dz[i])

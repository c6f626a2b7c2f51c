"""The cross-entropies after a Softmax, see `loss.softmax`; y, z and dz are (classes, M), of at least two classes.

The loss is the sum over M, divided by the number of samples, `size`: of vectors M, of images M over the pixels of one.
"""

from __future__ import annotations

import math

from leibnet.fused.compiled.compiler import Compiled
from leibnet.fused.compiled.mathematics import exp, log1p

import numpy as np


@Compiled
def softmaxCategoricalCrossEntropy(y, z, dz, size):
    classes, samples = z.shape
    one, divisor = z.dtype.type(1), z.dtype.type(size)
    best, largest = np.zeros(samples, np.int32), z[0].copy()
    for i in range(1, classes):
        for j in range(samples):
            is_larger = z[i, j] > largest[j]
            largest[j] = z[i, j] if is_larger else largest[j]
            best[j] = i if is_larger else best[j]
    rest, labels, below = np.zeros_like(largest), np.zeros_like(largest), np.zeros_like(largest)
    for i in range(classes):
        for j in range(samples):
            d = z[i, j] - largest[j]
            dz[i, j] = e = exp(d)
            rest[j] += z.dtype.type(0) if best[j] == i else e
            labels[j] += y[i, j]
            below[j] -= y[i, j] * d
    total = 0.0
    for j in range(samples):
        total += labels[j] * math.log1p(rest[j]) + below[j]
    others = np.zeros_like(largest)
    for i in range(classes):
        for j in range(samples):
            g = (dz[i, j] * (labels[j] / (one + rest[j])) - y[i, j]) / divisor
            dz[i, j] = g
            others[j] += z.dtype.type(0) if best[j] == i else g
    for j in range(samples):
        dz[best[j], j] = -others[j]
    return total / size


@Compiled
def softmaxCrossEntropy(y, z, dz, size):
    classes, samples = z.shape
    zero, one, divisor = z.dtype.type(0), z.dtype.type(1), z.dtype.type(size)
    best, largest, second = np.zeros(samples, np.int32), z[0].copy(), np.full(samples, -np.inf, z.dtype)
    for i in range(1, classes):
        for j in range(samples):
            x = z[i, j]
            is_larger = x > largest[j]
            second[j] = largest[j] if is_larger else max(second[j], x)
            largest[j] = x if is_larger else largest[j]
            best[j] = i if is_larger else best[j]
    among = np.zeros_like(largest)  # Σ exp(z - second) over all but the best
    for i in range(classes):
        for j in range(samples):
            dz[i, j] = e = exp(min(z[i, j] - second[j], zero))
            among[j] += zero if best[j] == i else e
    rest, logarithm, label = np.empty_like(largest), np.empty_like(largest), np.empty_like(largest)
    total = 0.0
    for j in range(samples):
        gap = second[j] - largest[j]
        rest[j] = math.exp(gap) * among[j]
        logarithm[j] = math.log1p(rest[j])
        label[j] = y[best[j], j]
        total += label[j] * logarithm[j] - (one - label[j]) * (gap + math.log(among[j]) - logarithm[j])
    R, others = np.zeros_like(largest), np.zeros_like(largest)
    terms = np.zeros_like(largest)
    for i in range(classes):
        for j in range(samples):
            a = dz[i, j] * (rest[j] / (among[j] * (one + rest[j])))
            a = zero if best[j] == i else a
            r = (one - y[i, j]) * a / (one - a) - y[i, j]
            R[j] += zero if best[j] == i else r
            term = y[i, j] * (logarithm[j] - (z[i, j] - largest[j])) - (one - y[i, j]) * log1p(-a)
            terms[j] += zero if best[j] == i else term
    for i in range(classes):
        for j in range(samples):
            other = dz[i, j] / among[j]
            a = other * (rest[j] / (one + rest[j]))
            r = (one - y[i, j]) * a / (one - a) - y[i, j]
            g = a * (one + label[j] - R[j] + r) - y[i, j] - other * ((one - label[j]) / (one + rest[j]))
            dz[i, j] = g = g / divisor
            others[j] += zero if best[j] == i else g
    for j in range(samples):
        dz[best[j], j] = -others[j]
        total += terms[j]
    return total / size

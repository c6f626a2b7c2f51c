"""Batch normalisation, see `layers.normalization.batchnormalization`; x, normal, y, dy and dx are (features, n).

All that is of a feature, such as its mean, is (features, 1).
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus, sumOf


@Compiled
def batchMoments(x, mean, variance):
    for i in range(x.shape[0]):
        total, square = 0.0, 0.0
        for start in range(0, x.shape[1], STRETCH):
            total += sumOf(x[i, start : start + STRETCH])
        mean[i, 0] = middle = x.dtype.type(total / x.shape[1])
        for start in range(0, x.shape[1], STRETCH):
            here, part = x[i, start : start + STRETCH], x.dtype.type(0)
            for j in range(here.size):
                part = plus(part, (here[j] - middle) * (here[j] - middle))
            square += part
        variance[i, 0] = square / x.shape[1]


@Compiled
def batchNormalize(x, mean, deviation, scale, shift, normal, y):
    for i in range(x.shape[0]):
        middle, width, gamma, beta = mean[i, 0], deviation[i, 0], scale[i, 0], shift[i, 0]
        inputs, normals, outputs = x[i], normal[i], y[i]
        for j in range(inputs.size):
            normals[j] = (inputs[j] - middle) / width
        for j in range(inputs.size):
            outputs[j] = normals[j] * gamma + beta


@Compiled
def batchNormalizationSlopes(dy, normal, dscale, dshift):
    for i in range(dy.shape[0]):
        slope, level = 0.0, 0.0
        for start in range(0, dy.shape[1], STRETCH):
            here, normals = dy[i, start : start + STRETCH], normal[i, start : start + STRETCH]
            level += sumOf(here)
            part = dy.dtype.type(0)
            for j in range(here.size):
                part = plus(part, here[j] * normals[j])
            slope += part
        dscale[i, 0], dshift[i, 0] = slope, level


@Compiled
def batchNormalizationBackward(dy, normal, dscale, dshift, factor, n, dx):
    for i in range(dy.shape[0]):
        slope, level, by = -dscale[i, 0] / dy.dtype.type(n), dshift[i, 0] / dy.dtype.type(n), factor[i, 0]
        here, normals, outputs = dy[i], normal[i], dx[i]
        for j in range(here.size):
            outputs[j] = (normals[j] * slope + here[j] - level) * by

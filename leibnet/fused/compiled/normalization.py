"""Batch and layer normalisation, see `layers.normalization`.

Of batches, x, normal, y, dy and dx are (features, n), and all that is of a feature, such as its mean, is (features, 1).
Of layers, they are (before, features, n), and what is of a position, such as its mean, is (before, 1, n).
"""

from __future__ import annotations

import math

from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus, sumOf

import numpy as np


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


@Compiled
def layerNormalize(x, scale, shift, epsilon, normal, deviation, y):
    features, dtype = x.shape[1], x.dtype.type
    n, epsilon = dtype(features), dtype(epsilon)
    for t in range(x.shape[0]):
        for start in range(0, x.shape[2], STRETCH):
            here, width = slice(start, start + STRETCH), deviation[t, 0, start : start + STRETCH]
            mean, variance = np.zeros_like(width), np.zeros_like(width)
            for i in range(features):
                inputs = x[t, i, here]
                for j in range(inputs.size):
                    mean[j] += inputs[j]
            for j in range(mean.size):
                mean[j] /= n
            for i in range(features):
                inputs = x[t, i, here]
                for j in range(inputs.size):
                    variance[j] += (inputs[j] - mean[j]) * (inputs[j] - mean[j])
            for j in range(width.size):
                width[j] = math.sqrt(variance[j] / n + epsilon)
            for i in range(features):
                inputs, normals, outputs = x[t, i, here], normal[t, i, here], y[t, i, here]
                gamma, beta = scale[i, 0], shift[i, 0]
                for j in range(inputs.size):
                    normals[j] = u = (inputs[j] - mean[j]) / width[j]
                    outputs[j] = u * gamma + beta


@Compiled
def layerNormalizationBackward(dy, normal, deviation, scale, dscale, dshift, dx):
    features = dy.shape[1]
    n, slopes, levels = dy.dtype.type(features), np.zeros(features), np.zeros(features)
    for t in range(dy.shape[0]):
        for start in range(0, dy.shape[2], STRETCH):
            here, width = slice(start, start + STRETCH), deviation[t, 0, start : start + STRETCH]
            level, slope = np.zeros_like(width), np.zeros_like(width)
            for i in range(features):
                gradients, normals, gamma, part = dy[t, i, here], normal[t, i, here], scale[i, 0], dy.dtype.type(0)
                for j in range(gradients.size):
                    g = gradients[j] * gamma
                    level[j] += g
                    slope[j] += g * normals[j]
                for j in range(gradients.size):
                    part = plus(part, gradients[j] * normals[j])
                slopes[i] += part
                levels[i] += sumOf(gradients)
            for j in range(width.size):
                level[j] /= n
                slope[j] /= n
            for i in range(features):
                gradients, normals, outputs, gamma = dy[t, i, here], normal[t, i, here], dx[t, i, here], scale[i, 0]
                for j in range(gradients.size):
                    outputs[j] = (gradients[j] * gamma - level[j] - normals[j] * slope[j]) / width[j]
    dscale[:, 0], dshift[:, 0] = slopes, levels

"""Layer normalisation, see `layers.normalization.layernormalization`; x, normal, y, dy and dx are (before, features, n).

What is of a position, its mean for instance, is (before, 1, n); scale, shift and their gradients are (features, 1).
"""

from __future__ import annotations

import math

from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus, sumOf

import numpy as np


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
                inputs, normals = x[t, i, here], normal[t, i, here]
                for j in range(inputs.size):
                    normals[j] = d = inputs[j] - mean[j]
                    variance[j] += d * d
            for j in range(width.size):
                width[j] = math.sqrt(variance[j] / n + epsilon)
            for i in range(features):
                normals, outputs, gamma, beta = normal[t, i, here], y[t, i, here], scale[i, 0], shift[i, 0]
                for j in range(normals.size):
                    normals[j] = u = normals[j] / width[j]
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

"""Max-pooling and its reverse, see `layers.images.pooling`.

x is (channels, height, width, N), y and winners (channels, rows, columns, N); `size`, `step` and `before` are, for
height and width, how large the windows are, in which steps they move, and how many places are thought before the first
number.
`place` is a work array (N,): what chooses between bytes by comparing floats is not vectorised with AVX2.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled

import numpy as np


@Compiled
def maxima(x, y, winners, place, size, step, before):
    lowest, kind = x.dtype.type(-np.inf), x.dtype.type
    for c in range(y.shape[0]):
        for a in range(y.shape[1]):
            for b in range(y.shape[2]):
                best, won = y[c, a, b], winners[c, a, b]
                best[:] = lowest
                place[:] = 0
                row, column = a * step[0] - before[0], b * step[1] - before[1]
                for i in range(max(0, -row), min(size[0], x.shape[1] - row)):
                    for j in range(max(0, -column), min(size[1], x.shape[2] - column)):
                        here, number = x[c, row + i, column + j], kind(i * size[1] + j)
                        for t in range(best.size):
                            place[t] = number if here[t] > best[t] else place[t]
                        for t in range(best.size):
                            v = here[t]
                            best[t] = v if v > best[t] or v != v else best[t]
                for t in range(best.size):
                    won[t] = np.int32(place[t])


@Compiled
def unpool(values, winners, x, size, step, before):
    zero, one = x.dtype.type(0), x.dtype.type(1)
    x[...] = 0
    for c in range(values.shape[0]):
        for a in range(values.shape[1]):
            for b in range(values.shape[2]):
                value, won = values[c, a, b], winners[c, a, b]
                row, column = a * step[0] - before[0], b * step[1] - before[1]
                for i in range(max(0, -row), min(size[0], x.shape[1] - row)):
                    for j in range(max(0, -column), min(size[1], x.shape[2] - column)):
                        here, number = x[c, row + i, column + j], i * size[1] + j
                        for t in range(value.size):
                            here[t] += value[t] * (one if won[t] == number else zero)

"""Convolutions of 3 x 3 in steps of 1 without columns, see `layers.images.conv2d`.

x is (in, height, width, N), z (out, rows, columns, N), W (out, in, 3, 3). `padded` is a work array (in, rows + 2, columns
+ 2, N), in which x stands behind `top` rows and `left` columns of zeros: so all nine numbers of a window lie in rows of
equal length. A stretch of them stays in the processor's nearest cache.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus


@Compiled
def pad(x, padded, top, left):
    padded[...] = 0
    for c in range(x.shape[0]):
        for a in range(x.shape[1]):
            padded[c, a + top, left : left + x.shape[2]] = x[c, a]


@Compiled
def convolve(x, W, z, padded, top, left):
    pad(x, padded, top, left)
    rows, n = z.shape[1], z.shape[3]
    size = z.shape[2] * n
    inputs, outputs = padded.reshape(padded.shape[0], rows + 2, size + 2 * n), z.reshape(z.shape[0], rows, size)
    for a in range(rows):
        for start in range(0, size, STRETCH):
            length = min(STRETCH, size - start)
            for o in range(W.shape[0]):
                out = outputs[o, a, start : start + length]
                out[:] = 0
                for c in range(W.shape[1]):
                    w, x0, x1, x2 = W[o, c], inputs[c, a, start:], inputs[c, a + 1, start:], inputs[c, a + 2, start:]
                    w00, w01, w02, x00, x01, x02 = w[0, 0], w[0, 1], w[0, 2], x0[:length], x0[n:], x0[2 * n :]
                    w10, w11, w12, x10, x11, x12 = w[1, 0], w[1, 1], w[1, 2], x1[:length], x1[n:], x1[2 * n :]
                    w20, w21, w22, x20, x21, x22 = w[2, 0], w[2, 1], w[2, 2], x2[:length], x2[n:], x2[2 * n :]
                    for t in range(length):
                        first = w00 * x00[t] + w01 * x01[t] + w02 * x02[t]
                        second = w10 * x10[t] + w11 * x11[t] + w12 * x12[t]
                        out[t] += first + second + (w20 * x20[t] + w21 * x21[t] + w22 * x22[t])


@Compiled
def convolveGradient(x, dz, dW, padded, top, left):
    pad(x, padded, top, left)
    rows, n, zero = dz.shape[1], dz.shape[3], x.dtype.type(0)
    size = dz.shape[2] * n
    inputs, outputs = padded.reshape(padded.shape[0], rows + 2, size + 2 * n), dz.reshape(dz.shape[0], rows, size)
    dW[...] = 0
    for a in range(rows):
        for start in range(0, size, STRETCH):
            length = min(STRETCH, size - start)
            for c in range(dW.shape[1]):
                x0, x1, x2 = inputs[c, a, start:], inputs[c, a + 1, start:], inputs[c, a + 2, start:]
                x00, x01, x02 = x0[:length], x0[n:], x0[2 * n :]
                x10, x11, x12 = x1[:length], x1[n:], x1[2 * n :]
                x20, x21, x22 = x2[:length], x2[n:], x2[2 * n :]
                for o in range(dW.shape[0]):
                    d, g = outputs[o, a, start : start + length], dW[o, c]
                    g00 = g01 = g02 = g10 = g11 = g12 = g20 = g21 = g22 = zero
                    for t in range(length):
                        e = d[t]
                        g00, g01, g02 = plus(g00, e * x00[t]), plus(g01, e * x01[t]), plus(g02, e * x02[t])
                        g10, g11, g12 = plus(g10, e * x10[t]), plus(g11, e * x11[t]), plus(g12, e * x12[t])
                        g20, g21, g22 = plus(g20, e * x20[t]), plus(g21, e * x21[t]), plus(g22, e * x22[t])
                    g[0, 0], g[0, 1], g[0, 2] = g[0, 0] + g00, g[0, 1] + g01, g[0, 2] + g02
                    g[1, 0], g[1, 1], g[1, 2] = g[1, 0] + g10, g[1, 1] + g11, g[1, 2] + g12
                    g[2, 0], g[2, 1], g[2, 2] = g[2, 0] + g20, g[2, 1] + g21, g[2, 2] + g22

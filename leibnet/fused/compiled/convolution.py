"""Convolutions of 3 x 3 without columns, in steps of 1 (`layers.images.conv2d`), and transposed ones in steps of 2.

x is (in, height, width, N), z (out, rows, columns, N), W (out, in, 3, 3). The images stand in a work array such that
the nine numbers of all windows of a row lie in nine stretches of equal length; those that are computed with stay in the
processor's nearest cache.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus

from numba import njit


@njit(inline="always")
def addWindows(out, w, x0, x1, x2, x3, x4, x5, x6, x7, x8):
    w0, w1, w2, w3, w4 = w[0, 0], w[0, 1], w[0, 2], w[1, 0], w[1, 1]
    w5, w6, w7, w8 = w[1, 2], w[2, 0], w[2, 1], w[2, 2]
    for t in range(out.size):
        first, second = w0 * x0[t] + w1 * x1[t] + w2 * x2[t], w3 * x3[t] + w4 * x4[t] + w5 * x5[t]
        out[t] += first + second + (w6 * x6[t] + w7 * x7[t] + w8 * x8[t])


@njit(inline="always")
def addGradient(g, d, x0, x1, x2, x3, x4, x5, x6, x7, x8):
    g0 = g1 = g2 = g3 = g4 = g5 = g6 = g7 = g8 = d.dtype.type(0)
    for t in range(d.size):
        e = d[t]
        g0, g1, g2 = plus(g0, e * x0[t]), plus(g1, e * x1[t]), plus(g2, e * x2[t])
        g3, g4, g5 = plus(g3, e * x3[t]), plus(g4, e * x4[t]), plus(g5, e * x5[t])
        g6, g7, g8 = plus(g6, e * x6[t]), plus(g7, e * x7[t]), plus(g8, e * x8[t])
    g[0, 0], g[0, 1], g[0, 2] = g[0, 0] + g0, g[0, 1] + g1, g[0, 2] + g2
    g[1, 0], g[1, 1], g[1, 2] = g[1, 0] + g3, g[1, 1] + g4, g[1, 2] + g5
    g[2, 0], g[2, 1], g[2, 2] = g[2, 0] + g6, g[2, 1] + g7, g[2, 2] + g8


@njit(nogil=True, error_model="numpy")
def pad(x, padded, top, left):
    padded[...] = 0
    for c in range(x.shape[0]):
        for a in range(x.shape[1]):
            padded[c, a + top, left : left + x.shape[2]] = x[c, a]


@Compiled
def convolve(x, W, z, padded, top, left):
    """`padded` (in, rows + 2, columns + 2, N): x behind `top` rows and `left` columns of zeros."""
    pad(x, padded, top, left)
    rows, n = z.shape[1], z.shape[3]
    size = z.shape[2] * n
    inputs, outputs = padded.reshape(padded.shape[0], rows + 2, size + 2 * n), z.reshape(z.shape[0], rows, size)
    for a in range(rows):
        for start in range(0, size, STRETCH):
            stop = min(start + STRETCH, size)
            i, j, k = slice(start, stop), slice(start + n, stop + n), slice(start + 2 * n, stop + 2 * n)
            for o in range(W.shape[0]):
                out = outputs[o, a, i]
                out[:] = 0
                for c in range(W.shape[1]):
                    p, q, r = inputs[c, a], inputs[c, a + 1], inputs[c, a + 2]
                    addWindows(out, W[o, c], p[i], p[j], p[k], q[i], q[j], q[k], r[i], r[j], r[k])


@Compiled
def convolveGradient(x, dz, dW, padded, top, left):
    """As for `convolve`."""
    pad(x, padded, top, left)
    rows, n = dz.shape[1], dz.shape[3]
    size = dz.shape[2] * n
    inputs, outputs = padded.reshape(padded.shape[0], rows + 2, size + 2 * n), dz.reshape(dz.shape[0], rows, size)
    dW[...] = 0
    for a in range(rows):
        for start in range(0, size, STRETCH):
            stop = min(start + STRETCH, size)
            i, j, k = slice(start, stop), slice(start + n, stop + n), slice(start + 2 * n, stop + 2 * n)
            for c in range(dW.shape[1]):
                p, q, r = inputs[c, a], inputs[c, a + 1], inputs[c, a + 2]
                for o in range(dW.shape[0]):
                    d = outputs[o, a, i]
                    addGradient(dW[o, c], d, p[i], p[j], p[k], q[i], q[j], q[k], r[i], r[j], r[k])


@Compiled
def enlarge(x, W, z, padded, phases):
    """z of twice the height and width: of its four phases, each number is reached by 4, 2, 2 or 1 of a window's nine.

    `padded` (in, height + 1, width + 1, N) has x behind a row and a column of zeros, `phases` (4, width · N) a row of
    every phase.
    """
    pad(x, padded, 1, 1)
    rows, columns, n = x.shape[1], x.shape[2], x.shape[3]
    size = columns * n
    inputs = padded.reshape(padded.shape[0], rows + 1, size + n)
    here, before = slice(n, n + size), slice(0, size)
    p, q, r, s = phases[0], phases[1], phases[2], phases[3]
    for a in range(rows):
        for o in range(W.shape[0]):
            phases[...] = 0
            for c in range(W.shape[1]):
                w, above, row = W[o, c], inputs[c, a], inputs[c, a + 1]
                x0, x1, x2, x3 = row[here], row[before], above[here], above[before]
                w0, w1, w2, w3 = w[0, 0], w[0, 2], w[2, 0], w[2, 2]
                for t in range(size):
                    p[t] += w0 * x0[t] + w1 * x1[t] + (w2 * x2[t] + w3 * x3[t])
                w0, w1 = w[0, 1], w[2, 1]
                for t in range(size):
                    q[t] += w0 * x0[t] + w1 * x2[t]
                w0, w1 = w[1, 0], w[1, 2]
                for t in range(size):
                    r[t] += w0 * x0[t] + w1 * x1[t]
                w0 = w[1, 1]
                for t in range(size):
                    s[t] += w0 * x0[t]
            for b in range(columns):
                stretch = slice(b * n, b * n + n)
                z[o, 2 * a, 2 * b], z[o, 2 * a, 2 * b + 1] = p[stretch], q[stretch]
                z[o, 2 * a + 1, 2 * b], z[o, 2 * a + 1, 2 * b + 1] = r[stretch], s[stretch]


@njit(nogil=True, error_model="numpy")
def part(dz, phases):
    """`phases` (out, rows + 1, 2, columns / 2 + 1, N): of dz the even and the odd columns, zeros at the end."""
    phases[...] = 0
    for o in range(dz.shape[0]):
        for a in range(dz.shape[1]):
            for b in range(dz.shape[2]):
                phases[o, a, b % 2, b // 2] = dz[o, a, b]


@Compiled
def enlargeBackward(dz, W, dx, phases):
    """dx, after `part`."""
    rows, n = dx.shape[1], dx.shape[3]
    size = dx.shape[2] * n
    inputs, outputs = phases.reshape(phases.shape[0], phases.shape[1], 2, size + n), dx.reshape(dx.shape[0], rows, size)
    part(dz, phases)
    i, k = slice(0, size), slice(n, n + size)
    for a in range(rows):
        for c in range(W.shape[1]):
            out = outputs[c, a]
            out[:] = 0
            for o in range(W.shape[0]):
                p, q, r = inputs[o, 2 * a], inputs[o, 2 * a + 1], inputs[o, 2 * a + 2]
                addWindows(
                    out, W[o, c], p[0, i], p[1, i], p[0, k], q[0, i], q[1, i], q[0, k], r[0, i], r[1, i], r[0, k]
                )


@Compiled
def enlargeGradient(x, dz, dW, phases):
    rows, n = x.shape[1], x.shape[3]
    size = x.shape[2] * n
    inputs, outputs = phases.reshape(phases.shape[0], phases.shape[1], 2, size + n), x.reshape(x.shape[0], rows, size)
    part(dz, phases)
    dW[...] = 0
    for a in range(rows):
        for start in range(0, size, STRETCH):
            stop = min(start + STRETCH, size)
            i, k = slice(start, stop), slice(start + n, stop + n)
            for o in range(dW.shape[0]):
                p, q, r = inputs[o, 2 * a], inputs[o, 2 * a + 1], inputs[o, 2 * a + 2]
                for c in range(dW.shape[1]):
                    d, g = outputs[c, a, i], dW[o, c]
                    addGradient(g, d, p[0, i], p[1, i], p[0, k], q[0, i], q[1, i], q[0, k], r[0, i], r[1, i], r[0, k])

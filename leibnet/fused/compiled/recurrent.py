"""One step of a recurrent layer, see `layers.sequences`: gates and states of its products, and back.

cells are the gates of all steps, (steps, gates, H, N), hx is [h; 1; x], (H + 1 + D, steps + 1, N), dz is (gates, H,
steps, N), all that is of one step (H, N). A unit's numbers in a step stand behind one another: a loop goes over
them; several, where one for all would not be vectorised, which would take ten times as long.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled
from leibnet.fused.compiled.mathematics import tanh


@Compiled
def tanhStepForward(z, hx, t):
    for k in range(z.shape[1]):
        products, h = z[t, k], hx[k, t + 1]
        for j in range(h.size):
            h[j] = tanh(products[j])


@Compiled
def tanhStepBackward(dh, hx, dz, t):
    one = dh.dtype.type(1)
    for k in range(dh.shape[0]):
        gradients, h, outputs = dh[k], hx[k, t + 1], dz[k, t]
        for j in range(h.size):
            outputs[j] = (one - h[j] * h[j]) * gradients[j]


@Compiled
def reluStepForward(z, hx, t):
    zero = z.dtype.type(0)
    for k in range(z.shape[1]):
        products, h = z[t, k], hx[k, t + 1]
        for j in range(h.size):
            h[j] = zero if products[j] < zero else products[j]


@Compiled
def reluStepBackward(dh, hx, dz, t):
    zero, one = dh.dtype.type(0), dh.dtype.type(1)
    for k in range(dh.shape[0]):
        gradients, h, outputs = dh[k], hx[k, t + 1], dz[k, t]
        for j in range(h.size):
            outputs[j] = gradients[j] * (one if h[j] > zero else zero)


@Compiled
def lstmForward(cells, hx, t):
    half = cells.dtype.type(0.5)
    for k in range(cells.shape[2]):
        c, c_next, h = cells[t, 0, k], cells[t + 1, 0, k], hx[k, t + 1]
        g, i, f, o, tanh_c = cells[t, 1, k], cells[t, 2, k], cells[t, 3, k], cells[t, 4, k], cells[t, 5, k]
        for j in range(h.size):
            g[j] = candidate = tanh(g[j])
            i[j] = comes = half + half * tanh(i[j])
            f[j] = stays = half + half * tanh(f[j])
            o[j] = shown = half + half * tanh(o[j])
            c_next[j] = memory = stays * c[j] + comes * candidate
            tanh_c[j] = bounded = tanh(memory)
            h[j] = shown * bounded


@Compiled
def lstmBackward(dh, dc, cells, dz, work, t):
    one = dh.dtype.type(1)
    for k in range(dh.shape[0]):
        c, g, i, f, o = cells[t, 0, k], cells[t, 1, k], cells[t, 2, k], cells[t, 3, k], cells[t, 4, k]
        tanh_c, from_h, from_c = cells[t, 5, k], dh[k], dc[k]
        dg, di, df, do = dz[0, k, t], dz[1, k, t], dz[2, k, t], dz[3, k, t]
        for j in range(c.size):
            memory = from_c[j] + from_h[j] * o[j] * (one - tanh_c[j] * tanh_c[j])
            dg[j] = memory * i[j] * (one - g[j] * g[j])
            di[j] = memory * g[j] * ((one - i[j]) * i[j])
            df[j] = memory * c[j] * ((one - f[j]) * f[j])
            do[j] = from_h[j] * tanh_c[j] * ((one - o[j]) * o[j])
            from_c[j] = memory * f[j]


@Compiled
def gruForward(cells, hx, work, t):
    half = cells.dtype.type(0.5)
    for k in range(cells.shape[2]):
        h, h_next = hx[k, t], hx[k, t + 1]
        r, u, n, m = cells[t, 0, k], cells[t, 1, k], cells[t, 2, k], cells[t, 3, k]
        for j in range(h.size):
            r[j] = half + half * tanh(r[j])
            u[j] = half + half * tanh(u[j])
        for j in range(h.size):
            n[j] = tanh(n[j] + r[j] * m[j])
        for j in range(h.size):
            h_next[j] = n[j] + u[j] * (h[j] - n[j])


@Compiled
def gruBackward(dh, cells, hx, dz, work, t):
    one = dh.dtype.type(1)
    for k in range(dh.shape[0]):
        h, from_h = hx[k, t], dh[k]
        r, u, n, m = cells[t, 0, k], cells[t, 1, k], cells[t, 2, k], cells[t, 3, k]
        dr, du, dn, dm = dz[0, k, t], dz[1, k, t], dz[2, k, t], dz[3, k, t]
        for j in range(h.size):
            dn[j] = from_h[j] * (one - u[j]) * (one - n[j] * n[j])
            du[j] = from_h[j] * (h[j] - n[j]) * ((one - u[j]) * u[j])
        for j in range(h.size):
            dm[j] = seen = dn[j] * r[j]
            dr[j] = seen * m[j] * (one - r[j])
        for j in range(h.size):
            from_h[j] *= u[j]

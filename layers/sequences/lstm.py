"""The layer with long short-term memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.sequences.recurrent import Recurrent, Step


class LSTM(Recurrent):
    """The layer with long short-term memory.

        g = tanh(W_g [h_{t-1}; x_t] + b_g)        what may come into the memory
        i = σ(W_i [h_{t-1}; x_t] + b_i)           how much of it does (input gate)
        f = σ(W_f [h_{t-1}; x_t] + b_f)           how much of the memory stays (forget gate)
        o = σ(W_o [h_{t-1}; x_t] + b_o)           how much of it is shown (output gate)
        c_t = f c_{t-1} + i g
        h_t = o tanh(c_t)

    Hochreiter & Schmidhuber 1997, "Long short-term memory"; the forget gate: Gers et al. 2000, "Learning to forget".
    Its bias starts at 1, so that the memory stays at first (Jozefowicz et al. 2015). Backward, with dh_t from above and
    from step t + 1, and dc_t from step t + 1:

        dc_t ← dc_t + dh_t o (1 - tanh²(c_t))
        dz_g = dc_t i (1 - g²),              dz_i = dc_t g i (1 - i),
        dz_f = dc_t c_{t-1} f (1 - f),       dz_o = dh_t tanh(c_t) o (1 - o)
        dc_{t-1} = dc_t f

    so that a gradient may go through many steps as it is, where f is near 1.

    σ(z) = ½ + ½ tanh(z/2): all four come from one tanh, of products with a copy of W whose rows of i, f and o are
    halved. NumPy's tanh takes a third of the time of exp, sum and reciprocal with AVX-512, as much with AVX2, and does
    not overflow.

    Parameters
    ----------
    inputDim, outputDim : features of a step that come in, and units, which are the features that go out.
    optimizer, initializer, rng, penalty : see `Recurrent`.

    The rows of `weight`, (4 outputDim, outputDim + inputDim), and of `bias` are those of g, i, f and o.

    Example
    -------
    >>> layer = LSTM(8, 64)
    >>> layer.feedforward(np.zeros((50, 8, 32))).shape, layer.numParameters()
    ((50, 64, 32), 18688)
    """

    states: ClassVar[tuple[str, ...]] = ("h", "c")
    blocks = 4

    def _biases(self) -> dict[str, Array]:
        bias = np.zeros((4 * self.outputDim, 1))
        bias[2 * self.outputDim : 3 * self.outputDim] = 1
        return {"bias": bias}

    def _scaled(self, W: Array, now: Pass) -> Array:
        scaled = now.buffer("scaled", W.shape)
        np.multiply(W[self.outputDim :], 0.5, out=scaled[self.outputDim :])
        scaled[: self.outputDim] = W[: self.outputDim]
        return scaled

    def _products(self, now: Pass) -> Array:
        _, T, N = now.hx.shape
        H = self.outputDim
        now.cells = cells = now.buffer("cells", (T, 6, H, N))  # of every step c_{t-1}, g, i, f, o, tanh(c_t)
        return cells[:, 1:5].reshape(T, 4 * H, N)  # a view

    def _stateAt(self, t: int, now: Pass) -> dict[str, Array]:
        return super()._stateAt(t, now) | {"c": now.cells[t, 0]}

    def _forwardStep(self, now: Pass) -> Step:
        return now.kernel("lstmForward", now.cells, now.hx) or _forward, (now.cells, now.hx)

    def _backwardStep(self, gradients: Mapping[str, Array], dz: Array, now: Pass) -> Step:
        dh, dc = gradients["h"], gradients["c"]
        given = dh, dc, now.cells, dz.reshape(4, len(dh), *dz.shape[1:]), now.buffer("work", (8, *dh.shape))
        return now.kernel("lstmBackward", *given) or _backward, given


def _forward(cells: Array, hx: Array, t: int) -> None:
    """Gates and states of step t from its products z_g, z_i/2, z_f/2, z_o/2, which stand in the places of the gates."""
    cell, c_next = cells[t], cells[t + 1, 0]
    c, g, i, f, o, tanh_c = cell
    np.tanh(cell[1:5], out=cell[1:5])
    sigmoids = cell[2:5]
    sigmoids *= 0.5
    sigmoids += 0.5
    np.multiply(i, g, out=tanh_c)
    np.multiply(f, c, out=c_next)
    c_next += tanh_c
    np.tanh(c_next, out=tanh_c)
    np.multiply(o, tanh_c, out=hx[: len(o), t + 1])


def _backward(dh: Array, dc: Array, cells: Array, dz: Array, work: Array, t: int) -> None:
    """dz of step t, (4, H, steps, N), and dc_{t-1} in the place of dc_t."""
    cell, slopes, shares = cells[t], work[:4], work[4:]
    g, f, o, tanh_c, sigmoids = cell[1], cell[3], cell[4], cell[5], cell[2:5]
    part = slopes[0]
    np.multiply(tanh_c, tanh_c, out=part)  # dc_t ← dc_t + dh_t o (1 - tanh²(c_t))
    np.subtract(1, part, out=part)
    part *= o
    part *= dh
    dc += part
    np.multiply(dc, cell[2::-1], out=shares[:3])  # of g, i and f, beside which stand i, g and c_{t-1}
    np.multiply(dh, tanh_c, out=shares[3])
    np.multiply(g, g, out=slopes[0])
    np.subtract(1, slopes[0], out=slopes[0])
    np.subtract(1, sigmoids, out=slopes[1:])
    slopes[1:] *= sigmoids
    np.multiply(shares, slopes, out=dz[:, :, t])
    dc *= f

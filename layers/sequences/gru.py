"""The layer with gated recurrent units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet.types import Array

import numpy as np

from layers.passes import Pass
from layers.sequences.recurrent import Recurrent, Step


class GRU(Recurrent):
    """The layer with gated recurrent units.

        r = σ(W_r [h_{t-1}; x_t] + b_r)                    how much of the state the candidate sees (reset gate)
        u = σ(W_u [h_{t-1}; x_t] + b_u)                    how much of the state stays (update gate)
        n = tanh(W_nx x_t + b_n + r (W_nh h_{t-1} + b_h))  the candidate
        h_t = (1 - u) n + u h_{t-1}

    Cho et al. 2014, arXiv:1406.1078, in PyTorch's and cuDNN's form: r is applied after the product with W_nh, which has
    a bias of its own, b_h; u is their z. Backward, with dh_t from above and from step t + 1, and with
    m = W_nh h_{t-1} + b_h:

        dz_n = dh_t (1 - u) (1 - n²),        dz_u = dh_t (h_{t-1} - n) u (1 - u),
        dz_r = dz_n m r (1 - r),             dm = dz_n r
        dh_{t-1} = dh_t u + W_rᵀ dz_r + W_uᵀ dz_u + W_nhᵀ dm

    Parameters
    ----------
    inputDim, outputDim : features of a step that come in, and units, which are the features that go out.
    optimizer, initializer, rng, penalty : see `Recurrent`.

    The rows of `weight`, (3 outputDim, outputDim + inputDim), and of `bias` are those of r, u and n; `recurrentBias` is
    b_h, (outputDim, 1).

    Example
    -------
    >>> layer = GRU(8, 64)
    >>> layer.feedforward(np.zeros((50, 8, 32))).shape, layer.numParameters()
    ((50, 64, 32), 14080)
    """

    blocks = 3
    keepsGradient: ClassVar[bool] = True

    def _biases(self) -> dict[str, Array]:
        return super()._biases() | {"recurrentBias": np.zeros((self.outputDim, 1))}

    @property
    def recurrentBias(self) -> Array:
        """b_h, (outputDim, 1). Assigning copies the values into the array."""
        return self.block.values["recurrentBias"]

    @recurrentBias.setter
    def recurrentBias(self, value: Any) -> None:
        self._assign("recurrentBias", value)

    def _joined(self, now: Pass) -> Array:
        """The rows of r and u; those of x and h of n apart: [0 b_n W_nx] and [W_nh b_h 0]."""
        H, K = self.outputDim, self.weight.shape[1] + 1
        W, joined = self.weight, now.buffer("W", (4 * H, K))
        joined[: 3 * H, :H], joined[: 3 * H, H : H + 1], joined[: 3 * H, H + 1 :] = W[:, :H], self.bias, W[:, H:]
        joined[3 * H :, :H], joined[3 * H :, H : H + 1], joined[3 * H :, H + 1 :] = (
            W[2 * H :, :H],
            self.recurrentBias,
            0,
        )
        joined[2 * H : 3 * H, :H] = 0
        return joined

    def _separate(self, dW: Array) -> None:
        H, gradients = self.outputDim, self.block.gradients
        super()._separate(dW[: 3 * H])
        gradients["weight"][2 * H :, :H] = dW[3 * H :, :H]
        gradients["recurrentBias"][...] = dW[3 * H :, H : H + 1]

    def _scaled(self, W: Array, now: Pass) -> Array:
        """With the rows of r and u halved, see `LSTM`."""
        scaled, H = now.buffer("scaled", W.shape), self.outputDim
        np.multiply(W[: 2 * H], 0.5, out=scaled[: 2 * H])
        scaled[2 * H :] = W[2 * H :]
        return scaled

    def _products(self, now: Pass) -> Array:
        _, T, N = now.hx.shape
        H = self.outputDim
        now.cells = cells = now.buffer("cells", (T - 1, 4, H, N))  # of every step r, u, n, m
        return cells.reshape(T - 1, 4 * H, N)

    def _forwardStep(self, now: Pass) -> Step:
        given = now.cells, now.hx, now.buffer("work", now.cells.shape[2:])
        return now.kernel("gruForward", *given) or _forward, given

    def _keptGradient(self, dh: Array, t: int, now: Pass) -> Array | float:
        kept: Array = dh * now.cells[t, 1]
        return kept

    def _backwardStep(self, gradients: Mapping[str, Array], dz: Array, now: Pass) -> Step:
        dh = gradients["h"]
        given = dh, now.cells, now.hx, dz.reshape(4, len(dh), *dz.shape[1:]), now.buffer("work", (4, *dh.shape))
        return now.kernel("gruBackward", *given) or _backward, given


def _forward(cells: Array, hx: Array, work: Array, t: int) -> None:
    """Gates and state of step t from its products z_r/2, z_u/2, W_nx x_t + b_n, m, which stand in their places."""
    gates, (_, u, n, m) = cells[t, :2], cells[t]
    h, h_next = hx[: len(u), t], hx[: len(u), t + 1]
    np.tanh(gates, out=gates)
    gates *= 0.5
    gates += 0.5
    n += np.multiply(gates[0], m, out=work)
    np.tanh(n, out=n)
    np.subtract(h, n, out=work)  # (1 - u) n + u h = n + u (h - n)
    work *= u
    np.add(n, work, out=h_next)


def _backward(dh: Array, cells: Array, hx: Array, dz: Array, work: Array, t: int) -> None:
    """dz of step t, of r, u, n and m, (4, H, steps, N), and dh_t u in the place of dh_t."""
    (r, u, n, m), h, (dr, du, dn, slope) = cells[t], hx[: len(dh), t], work
    np.subtract(1, u, out=slope)
    np.multiply(dh, slope, out=dn)
    np.subtract(h, n, out=du)
    du *= slope
    dh *= u
    np.multiply(du, dh, out=dz[1, :, t])
    np.multiply(n, n, out=slope)
    np.subtract(1, slope, out=slope)
    dn *= slope
    dz[2, :, t] = dn
    np.multiply(dn, r, out=dr)
    dz[3, :, t] = dr
    np.subtract(1, r, out=slope)
    slope *= m
    np.multiply(dr, slope, out=dz[0, :, t])

"""The scaled dot product: every query looks at all keys, and takes its share of each value.

Heads and samples stand first, (heads, N, size, steps): a vector is a column, and each head of each sample is a matrix.
"""

from __future__ import annotations

import math

from leibnet.types import Array

import numpy as np

from layers.passes import Pass

NEVER = -1e30  # a score whose exponential is 0, and that is finite: where there is no key at all, no NaN comes of it
CACHED = 2**19  # bytes


def attended(q: Array, k: Array, v: Array, allowed: Array | None, now: Pass, out: Array) -> Array:
    """Writes V P, with S = Kᵀ Q / √size and P = softmax(S) over the keys, to `out`; returns P.

    Parameters
    ----------
    q : the queries, (heads, N, size, queries).
    k, v : keys and values, (heads, N, size, keys).
    allowed : which keys a query sees, (1 or N, keys, 1 or queries) of bool; None: all of them.
    out : (heads, N, size, queries).

    A query that sees no key has the output 0.
    """
    heads, samples, size, queries = q.shape
    P = now.buffer("P", (heads, samples, k.shape[-1], queries))
    seen = np.ones((1, k.shape[-1], 1), bool) if allowed is None else np.ascontiguousarray(allowed)
    shares = now.kernel("attentionShares", P) or _shares
    for part in _parts(P):
        np.matmul(k[part].swapaxes(-1, -2), q[part], out=P[part])  # (keys, size) · (size, queries)
        shares(P[part], seen, 1 / math.sqrt(size))
        np.matmul(v[part], P[part], out=out[part])  # (size, keys) · (keys, queries)
    return P


def attendedBackward(
    do: Array, q: Array, k: Array, v: Array, P: Array, now: Pass, dq: Array, dk: Array, dv: Array
) -> None:
    """Writes the gradients with respect to queries, keys and values, from `do`, that with respect to o = V P.

    dV = dO Pᵀ        dP = Vᵀ dO        dS = P (dP - Σ over the keys of P dP)
    dQ = K dS / √size        dK = Q dSᵀ / √size
    """
    back = now.kernel("attentionSharesBackward", P) or _shares_backward
    for part in _parts(P):
        here = P[part]
        dS = now.buffer("dS", here.shape)
        np.matmul(do[part], here.swapaxes(-1, -2), out=dv[part])
        np.matmul(v[part].swapaxes(-1, -2), do[part], out=dS)
        back(dS, here, 1 / math.sqrt(q.shape[-2]))
        np.matmul(k[part], dS, out=dq[part])
        np.matmul(q[part], dS.swapaxes(-1, -2), out=dk[part])


def _parts(P: Array) -> list[slice]:
    """Some heads at a time, so that what one step writes the next one finds in the processor's cache."""
    heads = max(1, CACHED // max(1, P[0].nbytes))
    return [slice(first, first + heads) for first in range(0, len(P), heads)]


def _shares(P: Array, allowed: Array, factor: float) -> None:
    """S becomes softmax(factor S) over the keys that a query may see; 0 where it sees none."""
    P *= factor
    if not allowed.all():
        np.copyto(P, NEVER, where=~allowed)
    P -= P.max(axis=-2, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(axis=-2, keepdims=True)
    if not (sees := allowed.any(axis=-2, keepdims=True)).all():
        P *= sees


def _shares_backward(dS: Array, P: Array, factor: float) -> None:
    """dP becomes dS = factor P (dP - Σ over the keys of P dP)."""
    dS -= np.einsum("hnkq,hnkq->hnq", P, dS)[:, :, np.newaxis]
    dS *= P
    dS *= factor

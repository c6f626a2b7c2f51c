"""The shares of attention, see `layers.attention.scaledproduct`; P and dS are (N, keys, queries), of one head.

allowed is (1 or N, keys, 1 or queries) of bool: which keys a query sees.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled
from leibnet.fused.compiled.mathematics import exp

import numpy as np

NEVER = np.float32(-1e30)


@Compiled
def attentionShares(P, allowed, factor):
    samples, keys, queries = P.shape
    zero, one, factor, never = P.dtype.type(0), P.dtype.type(1), P.dtype.type(factor), P.dtype.type(NEVER)
    largest, total = np.empty(queries, P.dtype), np.empty(queries, P.dtype)
    for s in range(samples):
        mask = allowed[s if allowed.shape[0] > 1 else 0]
        largest[:] = never
        total[:] = zero
        for i in range(keys):
            scores = P[s, i]
            if mask.shape[1] > 1:
                seen = mask[i]
                for j in range(queries):
                    scores[j] = factor * scores[j] if seen[j] else never
            else:
                only = mask[i, 0]
                for j in range(queries):
                    scores[j] = factor * scores[j] if only else never
            for j in range(queries):
                largest[j] = max(largest[j], scores[j])
        for i in range(keys):
            scores = P[s, i]
            for j in range(queries):
                scores[j] = exp(scores[j] - largest[j])
            for j in range(queries):
                total[j] += scores[j]
        for j in range(queries):
            total[j] = one / total[j] if largest[j] > never else zero
        for i in range(keys):
            scores = P[s, i]
            for j in range(queries):
                scores[j] *= total[j]


@Compiled
def attentionSharesBackward(dS, P, factor):
    factor, inner = dS.dtype.type(factor), np.empty(dS.shape[2], dS.dtype)
    for s in range(dS.shape[0]):
        inner[:] = 0
        for i in range(dS.shape[1]):
            gradients, shares = dS[s, i], P[s, i]
            for j in range(gradients.size):
                inner[j] += gradients[j] * shares[j]
        for i in range(dS.shape[1]):
            gradients, shares = dS[s, i], P[s, i]
            for j in range(gradients.size):
                gradients[j] = shares[j] * (gradients[j] - inner[j]) * factor

"""The shares of attention, see `layers.attention.scaledproduct`; P and dS are (heads, N, keys, queries).

allowed is (1 or N, keys, 1 or queries) of bool: which keys a query sees.

And the steps of sequences behind the features, and back, see `layers.sequences.timedistributed`: steps is (T, F, N),
folded (F, T, N); with the steps last, (F, N, T). Features are taken some at a time, so that what lies side by side, in
one or the other, is read or written together.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled
from leibnet.fused.compiled.mathematics import exp

import numpy as np

NEVER = np.float32(-1e30)
TOGETHER = 8  # features


@Compiled
def attentionShares(P, allowed, factor):
    keys, queries = P.shape[2:]
    zero, one, factor, never = P.dtype.type(0), P.dtype.type(1), P.dtype.type(factor), P.dtype.type(NEVER)
    largest, total = np.empty(queries, P.dtype), np.empty(queries, P.dtype)
    for s in range(P.shape[0] * P.shape[1]):
        h, n = divmod(s, P.shape[1])
        mask = allowed[n % allowed.shape[0]]
        largest[:] = -np.inf
        total[:] = zero
        for i in range(keys):
            scores, seen = P[h, n, i], mask[i]
            if seen.size == queries:
                for j in range(queries):
                    scores[j] = factor * scores[j] if seen[j] else never
            else:
                for j in range(queries):
                    scores[j] = factor * scores[j] if seen[0] else never
            for j in range(queries):
                largest[j] = max(largest[j], scores[j])
        for i in range(keys):
            scores = P[h, n, i]
            for j in range(queries):
                scores[j] = exp(scores[j] - largest[j])
            for j in range(queries):
                total[j] += scores[j]
        for j in range(queries):
            total[j] = zero if largest[j] == never else one / total[j]  # it sees no key
        for i in range(keys):
            scores = P[h, n, i]
            for j in range(queries):
                scores[j] *= total[j]


@Compiled
def attentionSharesBackward(dS, P, factor):
    factor, inner = dS.dtype.type(factor), np.empty(dS.shape[3], dS.dtype)
    for h in range(dS.shape[0]):
        for n in range(dS.shape[1]):
            inner[:] = 0
            for i in range(dS.shape[2]):
                gradients, shares = dS[h, n, i], P[h, n, i]
                for j in range(gradients.size):
                    inner[j] += gradients[j] * shares[j]
            for i in range(dS.shape[2]):
                gradients, shares = dS[h, n, i], P[h, n, i]
                for j in range(gradients.size):
                    gradients[j] = shares[j] * (gradients[j] - inner[j]) * factor


@Compiled
def foldSteps(steps, folded):
    for first in range(0, steps.shape[1], TOGETHER):
        for t in range(steps.shape[0]):
            for i in range(first, min(first + TOGETHER, steps.shape[1])):
                here, there = steps[t, i], folded[i, t]
                for j in range(here.size):
                    there[j] = here[j]


@Compiled
def unfoldSteps(folded, steps):
    for first in range(0, steps.shape[1], TOGETHER):
        for t in range(steps.shape[0]):
            for i in range(first, min(first + TOGETHER, steps.shape[1])):
                here, there = folded[i, t], steps[t, i]
                for j in range(here.size):
                    there[j] = here[j]


@Compiled
def foldStepsLast(steps, folded):
    for i in range(steps.shape[1]):
        there = folded[i]
        for t in range(steps.shape[0]):
            here = steps[t, i]
            for j in range(here.size):
                there[j, t] = here[j]


@Compiled
def unfoldStepsLast(folded, steps):
    for i in range(steps.shape[1]):
        here = folded[i]
        for t in range(steps.shape[0]):
            there = steps[t, i]
            for j in range(there.size):
                there[j] = here[j, t]

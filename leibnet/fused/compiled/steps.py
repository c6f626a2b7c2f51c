"""The steps of sequences behind the features, and back, see `layers.sequences.timedistributed` and `layers.attention`.

steps is (T, F, N), folded (F, T, N); with the steps last, (F, N, T). Features are taken some at a time, so that what
lies side by side on either side is read or written together.
"""

from __future__ import annotations

from leibnet.fused.compiled.compiler import Compiled

TOGETHER = 8


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
        for j in range(steps.shape[2]):
            there = folded[i, j]
            for t in range(there.size):
                there[t] = steps[t, i, j]


@Compiled
def unfoldStepsLast(folded, steps):
    for i in range(steps.shape[1]):
        here = folded[i]
        for t in range(steps.shape[0]):
            there = steps[t, i]
            for j in range(there.size):
                there[j] = here[j, t]

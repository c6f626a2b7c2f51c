"""The categorical cross-entropy."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from loss.loss import Loss, matched, total, totalPerSample
from loss.sigmoid import CategoricalCrossEntropyAfterSigmoid
from loss.softmax import CategoricalCrossEntropyAfterSoftmax


class CategoricalCrossEntropy(Loss):
    """CategoricalCrossEntropy = -1/|X| Σ y ln a        ∂/∂a = -y / (a |X|)

    The loss of the third lecture for a Softmax: the outputs are one distribution over classes.
    """

    pairs = {"Sigmoid": CategoricalCrossEntropyAfterSigmoid, "Softmax": CategoricalCrossEntropyAfterSoftmax}
    domain = (0.0, 1.0)
    unfit = {"Sigmoid": "it is least when all outputs are 1: end in Softmax(), or use CrossEntropy()"}

    def apply(self, y: Array, a: Array) -> float:
        return total(_terms(*matched(y, a)))

    def perSample(self, y: Array, a: Array) -> Array:
        return totalPerSample(_terms(*matched(y, a)))

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        out = np.divide(y, np.maximum(a, np.finfo(a.dtype).tiny), out=out)
        return np.divide(out, -y.shape[-1], out=out)


def _terms(y: Array, a: Array) -> Array:
    return -y * np.log(np.maximum(a, np.finfo(a.dtype).tiny))

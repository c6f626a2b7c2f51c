"""The categorical cross-entropy."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from loss.loss import Summed, matched
from loss.sigmoid import CategoricalCrossEntropyAfterSigmoid
from loss.softmax import CategoricalCrossEntropyAfterSoftmax


class CategoricalCrossEntropy(Summed):
    """CategoricalCrossEntropy = -1/|X| Σ y ln a        ∂/∂a = -y / (a |X|)

    The loss of the third lecture for a Softmax: the outputs are one distribution over classes.
    """

    pairs = {"Sigmoid": CategoricalCrossEntropyAfterSigmoid, "Softmax": CategoricalCrossEntropyAfterSoftmax}
    domain = (0.0, 1.0)
    unfit = {"Sigmoid": "it is least when all outputs are 1: end in Softmax(), or use CrossEntropy()"}

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        out = np.divide(y, np.maximum(a, np.finfo(a.dtype).tiny), out=out)
        return np.divide(out, -y.shape[-1], out=out)

    def _terms(self, y: Array, a: Array) -> Array:
        return -y * np.log(np.maximum(a, np.finfo(a.dtype).tiny))

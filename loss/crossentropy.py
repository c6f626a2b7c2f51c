"""The cross-entropy of the first lecture, over every output."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np

from loss.loss import Summed, matched
from loss.sigmoid import CrossEntropyAfterSigmoid
from loss.softmax import CrossEntropyAfterSoftmax


class CrossEntropy(Summed):
    """CrossEntropy = -1/|X| Σ [y ln a + (1 - y) ln(1 - a)]        ∂/∂a = ((1 - y)/(1 - a) - y/a) / |X|

    The loss of the first lecture, over every output: each is a probability of its own. With one Sigmoid output it is
    the binary cross-entropy of a GAN's discriminator, with Sigmoid pixels the reconstruction loss of the third
    lecture's autoencoders, with a Softmax the classifier of the first lecture.
    """

    pairs = {"Sigmoid": CrossEntropyAfterSigmoid, "Softmax": CrossEntropyAfterSoftmax}
    domain = (0.0, 1.0)

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        tiny = np.finfo(a.dtype).tiny
        gradient = (1 - y) / np.maximum(1 - a, tiny) - y / np.maximum(a, tiny)
        return np.divide(gradient, y.shape[-1], out=out)

    def _terms(self, y: Array, a: Array) -> Array:
        tiny = np.finfo(a.dtype).tiny
        return -(y * np.log(np.maximum(a, tiny)) + (1 - y) * np.log(np.maximum(1 - a, tiny)))

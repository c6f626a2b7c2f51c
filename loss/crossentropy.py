"""The cross-entropy of the first lecture, over every output."""

from __future__ import annotations

import numpy as np

from loss.logits import Array, Softmax
from loss.loss import Loss, matched


class CrossEntropy(Loss):
    """CrossEntropy = -1/|X| Σ [y ln a + (1 - y) ln(1 - a)]        ∂/∂a = ((1 - y)/(1 - a) - y/a) / |X|

    The loss of the first lecture, over every output: each is a probability of its own. With one Sigmoid output it is
    the binary cross-entropy of a GAN's discriminator, with Sigmoid pixels the reconstruction loss of the third
    lecture's autoencoders, with a Softmax the classifier of the first lecture.
    """

    logits = frozenset({"Sigmoid", "Softmax"})
    domain = (0.0, 1.0)

    def apply(self, y: Array, a: Array) -> float:
        y, a = matched(y, a)
        return float(_terms(y, a).sum()) / y.shape[-1]

    def perSample(self, y: Array, a: Array) -> Array:
        return _sum(_terms(*matched(y, a)))

    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        y, a = matched(y, a)
        tiny = np.finfo(a.dtype).tiny
        gradient = (1 - y) / np.maximum(1 - a, tiny) - y / np.maximum(a, tiny)
        return np.divide(gradient, y.shape[-1], out=out)

    def applyLogits(self, y: Array, z: Array, activation: str) -> float:
        y, z = matched(y, z)
        return float(self._termsLogits(y, z, activation).sum()) / y.shape[-1]

    def perSampleLogits(self, y: Array, z: Array, activation: str) -> Array:
        y, z = matched(y, z)
        return _sum(self._termsLogits(y, z, activation))

    def _termsLogits(self, y: Array, z: Array, activation: str) -> Array:
        if activation == "Sigmoid":
            # -ln σ(z) = ln(1 + exp(-z)) and -ln(1 - σ(z)) = z + ln(1 + exp(-z)), with the exponent kept negative
            small = np.abs(z, out=self._buffer("small", z))
            small = np.log1p(np.exp(np.negative(small, out=small), out=small), out=small)
            terms = np.maximum(z, 0, out=self._buffer("terms", z))
            terms -= np.multiply(y, z, out=self._buffer("part", z))
            terms += small
            return terms
        logA, logNotA = self._softmax(z).logarithms()
        labels = y.reshape(logA.shape)
        return (-(labels * logA + (1 - labels) * logNotA)).reshape(z.shape)

    def derivativeLogits(self, y: Array, z: Array, activation: str, out: Array | None = None) -> Array:
        y, z = matched(y, z)
        if activation == "Sigmoid":
            gradient = self._sigmoidError(y, z, out)
        else:
            gradient = _softmax_gradient(y, self._softmax(z)).reshape(z.shape)
        return np.divide(gradient, y.shape[-1], out=out)


def _terms(y: Array, a: Array) -> Array:
    tiny = np.finfo(a.dtype).tiny
    return -(y * np.log(np.maximum(a, tiny)) + (1 - y) * np.log(np.maximum(1 - a, tiny)))


def _sum(terms: Array) -> Array:
    """Over all axes but the last one, the samples."""
    return terms.reshape(-1, terms.shape[-1]).sum(axis=0)


def _softmax_gradient(y: Array, s: Softmax) -> Array:
    """Per sample, ∂/∂zᵢ = (aᵢ - yᵢ) - aᵢ Σ_{j≠i} rⱼ with rⱼ = (1 - yⱼ) aⱼ/(1 - aⱼ) - yⱼ.

    Only the largest output's 1 - a can vanish; there aᵢ/(1 - a_best) is the softmax among the others.
    """
    y = y.reshape(s.others.shape)
    a = s.outputsBesideBest()
    r = (1 - y) * a / (1 - a) - y
    r[s.best] = 0
    y_best = y[s.best]
    r += 1 + y_best - np.add.reduce(r, axis=0)
    return s.balanced(a * r - y - s.others * ((1 - y_best) / (1 + s.rest)))

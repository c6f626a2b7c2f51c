"""What a translation of images is worth where the truth is known."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import instance, number, refusal
from leibnet.arrays import asArray, realNumbers

import numpy as np

from nn.measures.codes.given import classNumbersOf
from nn.models.mlp import MLP


def peakSignalToNoise(images: Any, truth: Any, peak: float = 1.0) -> float:
    """How near images are to what they ought to be, in decibels: the more, the better; infinite where all are equal.

        10 log₁₀(peak² / mean squared error)

    Over all pixels of all images together. 3 dB more is half the squared error, 10 dB a tenth of it.

    Parameters
    ----------
    images, truth : arrays of one shape.
    peak : the distance from black to white; default 1.

    Example
    -------
    >>> round(peakSignalToNoise(np.full((1, 2, 2, 3), 0.6), np.full((1, 2, 2, 3), 0.5)), 6)
    20.0
    """
    owner = "peakSignalToNoise"
    a, b = (realNumbers(owner, name, one, finite=True) for name, one in (("images", images), ("truth", truth)))
    peak = number(owner, "peak", peak, low=0, excluding="low")
    if a.shape != b.shape or not a.size:
        raise ValueError(refusal(owner, "truth", f"of shape {a.shape}, as the images are, and not empty", b.shape))
    error = float(np.mean(np.square(a.astype(float) - b)))
    return math.inf if error == 0 else 10 * math.log10(peak * peak / error)


def labelPreservation(classifier: MLP, images: Any, labels: Any) -> float:
    """The share of translated images that a classifier of their new domain takes for what they were before.

    Unlike the distance from the truth, it needs no pairs; it is bounded by what the classifier is right about in its
    own domain. Hoffman et al. 2018, arXiv:1711.03213, learn from such images what they are in the new domain (CyCADA).

    Parameters
    ----------
    classifier : trained with the labels of the new domain's own images.
    images : translations, (..., N).
    labels : what the images were before, class numbers (N,) or one-hot (classes, N).
    """
    owner = "labelPreservation"
    outputs = instance(owner, "classifier", classifier, MLP, "one with a row of outputs for each class").predict(images)
    classes, known = outputs.shape[0], asArray(labels, owner, "labels")
    if known.shape not in (outputs.shape[1:], outputs.shape):
        expected = f"one for each of {outputs.shape[-1]} images, class numbers or one-hot of {classes} classes"
        raise ValueError(refusal(owner, "labels", expected, known.shape))
    numbers = classNumbersOf(owner, "labels", known if known.ndim == 1 else known.argmax(axis=0), outputs.shape[-1])
    if numbers.max() >= classes:
        expected = f"below {classes}, the outputs of the classifier"
        raise ValueError(refusal(owner, "each of labels", expected, int(numbers.max())))
    return float(np.mean(outputs.argmax(axis=0) == numbers))

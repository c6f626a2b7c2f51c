"""The worth of translations, where it is known."""

import math

import numpy as np
import pytest

from layers import Dense
from nn import MLP, labelPreservation, peakSignalToNoise


def test_decibels_of_known_errors():
    truth = np.random.default_rng(0).random((1, 4, 4, 5))
    assert peakSignalToNoise(truth, truth) == math.inf
    assert peakSignalToNoise(truth + 0.1, truth) == pytest.approx(20)
    assert peakSignalToNoise(truth + 0.1 * math.sqrt(2), truth) == pytest.approx(20 - 10 * math.log10(2))
    assert peakSignalToNoise(2 * truth + 0.2, 2 * truth, peak=2) == pytest.approx(20)
    some = truth.copy()
    some[..., 0] += 1  # one of five images is wholly wrong
    assert peakSignalToNoise(some.astype(np.float32), truth) == pytest.approx(10 * math.log10(5), rel=1e-5)


def test_the_share_of_labels_that_are_still_seen():
    layer = Dense(3, 3)
    layer.weight = np.eye(3)
    images, labels = np.eye(3)[:, [0, 1, 2, 2]], np.array([0, 1, 2, 1])
    assert labelPreservation(MLP([layer]), images, labels) == 0.75
    assert labelPreservation(MLP([layer]), images, np.eye(3)[:, labels]) == 0.75


def test_bad_input():
    with pytest.raises(ValueError, match=r"truth to be of shape \(2, 3\)"):
        peakSignalToNoise(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        peakSignalToNoise(np.full((2, 3), np.nan), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="peak"):
        peakSignalToNoise(np.zeros((2, 3)), np.zeros((2, 3)), 0)
    with pytest.raises(ValueError, match="labels to be one for each of 4 images"):
        labelPreservation(MLP([Dense(3, 3)]), np.zeros((3, 4)), [0, 1])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0.5, 0, 1, 2], "labels to be class numbers 0, 1, 2, ..."),
        ([-1, 0, 1, 2], "labels to be class numbers 0, 1, 2, ..."),
        ([0, 1, 2, 3], "each of labels to be below 3, the outputs of the classifier, got 3"),
        (np.eye(4)[:, :4], r"one-hot of 3 classes, got \(4, 4\)"),
    ],
    ids=range(4),
)
def test_labels_that_are_none_of_the_classifiers(labels, words):
    """No answer could be right."""
    with pytest.raises(ValueError, match=words):
        labelPreservation(MLP([Dense(3, 3)]), np.zeros((3, 4)), labels)

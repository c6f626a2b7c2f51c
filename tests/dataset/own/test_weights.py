"""Weights of samples, of steps and pixels, and of classes."""

import numpy as np
import pytest

from dataset import Batch, Dataset

X = np.random.default_rng(0).normal(size=(2, 12))
W = np.arange(1.0, 13.0)
NUMBERS = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2])


def made(labels=None, **keywords):
    return Dataset.fromArrays(X, labels, shuffle=False, **{"test_size": 0, "batch_size": 4, "dtype": float} | keywords)


def test_weights_go_with_their_samples():
    dataset = Dataset.fromArrays(X, X[:1], sampleWeights=W, test_size=4, validation_size=3, batch_size=2, rng=0)
    scale = dataset.trainSet().weights[0] / W[np.flatnonzero(np.isclose(X[0], dataset.trainSet().inputs[0, 0]))[0]]
    for batch in (dataset.trainSet(), dataset.testSet(), dataset.validationSet(), *(b[0] for b in dataset.batches())):
        where = [np.flatnonzero(np.isclose(X[0], value))[0] for value in batch.inputs[0]]
        np.testing.assert_allclose(batch.weights, scale * W[where], rtol=1e-6)
        np.testing.assert_array_equal(batch.weights, batch.sampleWeights)
        assert batch.weight == pytest.approx(float(batch.weights.sum()))


def test_their_mean_over_the_training_set_is_one():
    assert made(sampleWeights=W).trainSet().weights.mean() == pytest.approx(1)
    assert made(sampleWeights=W).isWeighted
    given = made(sampleWeights=W, testInputs=X, testWeights=2 * W, test_size=None)
    np.testing.assert_allclose(given.testSet().weights, 2 * given.trainSet().weights)


def test_without_weights_there_are_none():
    batch = made().trainSet()
    assert (batch.weights, batch.sampleWeights, batch.weight) == (None, None, 12)
    assert list(batch.parts) == ["inputs", "labels"]
    assert not made().isWeighted


def test_steps_and_pixels_are_weighed_as_they_are():
    sequences, mask = np.ones((5, 2, 12)), np.tril(np.ones((5, 12)))
    dataset = Dataset.fromArrays(sequences, np.ones((5, 1, 12)), sampleWeights=mask, test_size=0, shuffle=False)
    np.testing.assert_array_equal(dataset.trainSet().weights, mask)
    assert dataset.trainSet().weight == 12
    images, pixels = np.ones((3, 4, 6, 12)), np.random.default_rng(0).uniform(0, 1, (4, 6, 12))
    dataset = Dataset.fromArrays(images, sampleWeights=pixels, test_size=0, shuffle=False, dtype=float)
    np.testing.assert_array_equal(dataset.trainSet().weights, pixels)


@pytest.mark.parametrize("given", [{1: 3}, {"b": 3}, [1, 3, 1], {0: 1, 1: 3, 2: 1}])
def test_weights_of_classes(given):
    batch = made(NUMBERS, classNames=["a", "b", "c"], classWeights=given).trainSet()
    np.testing.assert_array_equal(batch.weights, np.where(NUMBERS == 1, 3, 1))
    assert batch.sampleWeights is None
    assert batch.weight == 12


def test_balanced_classes_weigh_alike():
    batch = made(NUMBERS, classWeights="balanced").trainSet()
    np.testing.assert_allclose(np.bincount(NUMBERS, batch.weights), 4)
    np.testing.assert_allclose(batch.weights, (12 / (3 * np.bincount(NUMBERS)))[NUMBERS])  # as in scikit-learn
    both = made(NUMBERS, classWeights="balanced", sampleWeights=W).trainSet()
    np.testing.assert_allclose(np.bincount(NUMBERS, both.weights), 4)
    np.testing.assert_allclose(both.sampleWeights, W / W.mean())


def test_classes_of_pixels():
    images, classes = np.ones((1, 4, 5, 12)), np.random.default_rng(0).integers(0, 3, (4, 5, 12))
    keywords = {"oneHot": True, "test_size": 0, "shuffle": False, "dtype": float}
    batch = Dataset.fromArrays(images, classes, classWeights=[1, 2, 3], sampleWeights=W, **keywords).trainSet()
    np.testing.assert_allclose(batch.weights, (classes + 1) * W / W.mean())
    assert batch.labels.shape == (3, 4, 5, 12)


def test_the_median_of_the_frequencies_over_that_of_the_class():
    """Of two images of four pixels, class 0 is 5 of 8, class 1 is 1 of 4, class 2 is 2 of 4, class 3 is none."""
    classes = np.stack([[[0, 0], [0, 1]], [[2, 0], [2, 0]]], axis=-1)
    keywords = {"oneHot": True, "test_size": 0, "shuffle": False, "dtype": float, "classNames": ["a", "b", "c", "d"]}
    images = np.ones((1, 2, 2, 2))
    weights = Dataset.fromArrays(images, classes, classWeights="median", **keywords).trainSet().weights
    np.testing.assert_allclose(weights, np.array([0.5 / (5 / 8), 0.5 / 0.25, 1, 1])[classes])
    keywords["sampleWeights"] = np.stack([[[1, 0], [1, 1]], [[1, 1], [1, 1]]], axis=-1)
    masked = Dataset.fromArrays(images, classes, classWeights="median", **keywords).trainSet().weights
    f = np.array([4 / 7, 1 / 3, 1 / 2])
    expected = (np.median(f) / f)[classes]
    expected[0, 1, 0] = 0
    np.testing.assert_allclose(masked, expected)


def test_grey_images_without_labels_have_weights_of_pixels():
    images, pixels = np.full((3, 4, 6, 12), 200, np.uint8), np.random.default_rng(0).uniform(0, 1, (4, 6, 12))
    dataset = Dataset.fromArrays(images, sampleWeights=pixels, test_size=0, shuffle=False, dtype=float)
    np.testing.assert_array_equal(dataset.trainSet().weights, pixels)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"sampleWeights": W[:5]}, r"sampleWeights to be of shape \(12,\), got \(5,\)"),
        ({"sampleWeights": -W}, "sampleWeights to be weights of at least 0, got -1.0; see entry 0"),
        ({"sampleWeights": np.full(12, np.nan)}, "sampleWeights to be finite"),
        ({"sampleWeights": np.zeros(12)}, "sampleWeights to be above 0 for some training sample"),
        ({"sampleWeights": ["a"] * 12}, "sampleWeights to be real numbers"),
        ({"testWeights": W}, "testWeights to be omitted without testInputs"),
        ({"classWeights": "even"}, "'balanced', 'median', a dict or a weight for each class, got 'even'"),
        ({"classWeights": "median"}, "classWeights to be 'balanced' for one class a sample, got 'median'"),
        ({"classWeights": [1, 2]}, "one weight for each of the 3 classes"),
        ({"classWeights": {3: 1}}, "a key of classWeights to be a class number below 3, got 3"),
        ({"classWeights": {"cat": 1}}, "a key of classWeights"),
        ({"classWeights": [1, -2, 1]}, "classWeights to be weights of at least 0"),
    ],
)
def test_what_does_not_fit_is_refused(keywords, words):
    with pytest.raises((TypeError, ValueError), match=words):
        made(NUMBERS, **keywords)


def test_weights_of_what_is_no_class():
    with pytest.raises(ValueError, match="classWeights to be omitted for labels that are no classes"):
        made(X, classWeights="balanced")


def test_they_belong_to_the_fingerprint():
    prints = {made(NUMBERS).fingerprint(), made(NUMBERS, sampleWeights=W).fingerprint()}
    assert len(prints | {made(NUMBERS, classWeights="balanced").fingerprint()}) == 3


def test_a_batch_of_ones_own():
    batch = Batch.of(X, X, weights=W)
    assert batch.weights is W
    assert batch.sampleWeights is W
    with pytest.raises(ValueError, match="Batch.of: expected weights to be weights of at least 0"):
        Batch.of(X, X, weights=-W)

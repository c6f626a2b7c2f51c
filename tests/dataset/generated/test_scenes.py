"""Scenes: what they show, and that the labels say it."""

import numpy as np
import pytest

from dataset import Dataset

NAMES = ["ground", *map(str, range(10))]


def scenes(count=60, **options):
    return Dataset("scenes", count, 20, **{"rng": 0} | options)


def test_shapes_and_names():
    data = scenes(40, validation_size=10)
    assert (data.train_size, data.validation_size, data.test_size) == (40, 10, 20)
    assert (data.sampleShape, data.labelShape, data.imageShape) == ((1, 48, 48), (11, 48, 48), (48, 48))
    assert data.classNames == NAMES
    x, y = data.trainSet()
    assert x.shape == (1, 48, 48, 40)
    assert y.shape == (11, 48, 48, 40)
    assert 0 <= x.min() < 0.1
    assert 0.9 < x.max() <= 1
    numbers = data.labels("train")
    assert numbers.shape == (48, 48, 40)
    np.testing.assert_array_equal(y.argmax(axis=0), numbers)
    np.testing.assert_array_equal(y.sum(axis=0), 1)
    assert scenes(easy=True).sampleShape == (1, 40, 40)
    assert scenes(side=28).labelShape == (11, 28, 28)
    assert "batches of 50" in repr(data)


def test_the_test_scenes_are_the_same_for_everybody():
    one, other, again = scenes(), scenes(rng=1), scenes()
    x = one.trainSet()[0]
    np.testing.assert_array_equal(x, again.trainSet()[0])
    assert not np.array_equal(x, other.trainSet()[0])
    for i in (0, 1):
        np.testing.assert_array_equal(one.testSet()[i], other.testSet()[i])
    np.testing.assert_array_equal(
        one.testSet()[0][..., :5], Dataset("scenes", 30, 5, rng=2, validation_size=3).testSet()[0]
    )


@pytest.mark.parametrize("easy", [False, True])
def test_digits_are_brighter_than_the_ground(easy):
    data = scenes(200, easy=easy)
    x, numbers = data.trainSet()[0][0], data.labels("train")
    shares = np.bincount(numbers.ravel(), minlength=11) / numbers.size
    assert 0.8 < shares[0] < 0.92
    assert shares[1:].min() > 0.005
    assert x[numbers == 0].mean() < 0.3
    assert x[numbers > 0].min() > 0.3
    assert x[numbers > 0].mean() > 0.6
    texture = np.where(numbers == 0, x, np.nan)
    assert np.nanstd(texture, axis=(0, 1)).min() > 0.02


def test_a_scene_has_two_to_four_digits_of_one_brightness_and_an_easy_one_up_to_three_of_several():
    counts = {}
    for easy in (False, True):
        data = scenes(200, easy=easy)
        numbers, x = data.labels("train"), data.trainSet()[0][0]
        kinds = [np.unique(numbers[..., i][numbers[..., i] > 0]) for i in range(200)]
        counts[easy] = {len(one) for one in kinds}
        brightest = [[x[..., i][numbers[..., i] == kind].max() for kind in one] for i, one in enumerate(kinds)]
        spread = np.median([max(one) - min(one) for one in brightest if len(one) > 1])
        assert (spread > 0.15) == easy
    assert counts == {False: {1, 2, 3, 4}, True: {1, 2, 3}}


def test_digits_of_easy_scenes_hardly_touch_one_another():
    touching = {}
    for easy in (False, True):
        numbers = scenes(200, easy=easy, side=48).labels("train")
        left, right = numbers[:, :-1], numbers[:, 1:]
        touching[easy] = np.count_nonzero((left != right) & (left > 0) & (right > 0)) / np.count_nonzero(numbers)
    assert touching[True] < 0.1 * touching[False] < 0.1


def test_weights_of_classes_by_median_frequency():
    batch = scenes(classWeights="median").trainSet()
    weights = [np.unique(batch.weights[batch.labels[kind] == 1]) for kind in range(11)]
    assert all(len(one) == 1 for one in weights)
    assert 0.02 < weights[0][0] < 0.12
    assert np.median(weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"side": 27}, "side to be a whole number of at least 28, got 27"),
        ({"of": "cifar"}, "expected of to be one of"),
        ({"easy": 1}, "expected easy to be"),
        ({"size": 40}, "the options of the data set 'scenes' to be among of, side, easy"),
        ({"classWeights": [1, 2]}, "one weight for each of the 11 classes"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        scenes(**options)

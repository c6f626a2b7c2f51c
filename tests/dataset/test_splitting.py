"""Which samples go where, and in which order; what is said of numbers and classes that are lost."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset


def numbers(size):
    return np.arange(float(size))[np.newaxis]


def splits(data):
    return [part[0][0].astype(int).tolist() for part in (data.trainSet(), data.validationSet(), data.testSet())]


def test_without_shuffle_the_order_is_the_users():
    data = Dataset.fromArrays(numbers(10), test_size=0, shuffle=False, rng=0)
    assert splits(data) == [list(range(10)), [], []]
    assert [train[0][0].tolist() for train, _, _ in data.batches()] == [list(range(10))]


@given(
    size=st.integers(3, 60),
    test=st.none() | st.integers(0, 20),
    validation=st.integers(0, 20),
    train=st.none() | st.integers(1, 20),
    seed=st.integers(0, 9),
    shuffle=st.booleans(),
    own=st.booleans(),
)
def test_samples_are_in_one_split_with_their_labels(size, test, validation, train, seed, shuffle, own):
    x = numbers(size)
    by_default = 0 if test is not None or train is not None else size // 6
    needed = (0 if own else test or by_default) + validation + (train or 1)
    if needed > size or (own and (test or 0) > 7):
        return
    options = {"test_size": test, "validation_size": validation, "train_size": train, "shuffle": shuffle, "rng": seed}
    options |= {"testInputs": 100 + numbers(7), "testLabels": -100 - numbers(7)} if own else {}
    data = Dataset.fromArrays(x, -x, **options)
    for part in (data.trainSet(), data.validationSet(), data.testSet()):
        assert np.array_equal(part[1], -part[0])
    chosen, kept, tested = splits(data)
    everything = chosen + kept + ([] if own else tested)
    assert len(set(everything)) == len(everything)
    if own:
        assert tested == list(range(100, 100 + len(tested)))
    if train is None and (own or test is not None):
        assert sorted(everything) == list(range(size))
    if own or not shuffle:
        assert all(part == sorted(part) for part in (chosen, kept, tested))
        left = [number for number in range(size) if number not in set(kept) | set([] if own else tested)]
        assert chosen == left[: len(chosen)]
    again = Dataset.fromArrays(x, -x, **options)
    assert splits(again) == [chosen, kept, tested]


def test_with_shuffle_all_is_drawn_as_ever():
    """By one permutation: its beginning is for the test, its end for validation."""
    order = np.random.default_rng(4).permutation(30).tolist()
    data = Dataset.fromArrays(numbers(30), test_size=6, validation_size=5, rng=4)
    assert splits(data) == [order[6:25], order[25:], order[:6]]
    data = Dataset.fromArrays(numbers(30), test_size=6, train_size=10, rng=4)
    assert splits(data) == [order[6:16], [], order[:6]]
    state = np.random.default_rng(4)
    data = Dataset.fromArrays(numbers(30), testInputs=numbers(3), rng=state)
    assert splits(data) == [list(range(30)), [], [0, 1, 2]]
    assert state.bit_generator.state == np.random.default_rng(4).bit_generator.state


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_of_sorted_classes_all_are_in_every_split(shuffle, own):
    y = np.repeat(np.arange(4), 100)
    x = np.random.default_rng(0).normal(size=(2, 400))
    held = {"testInputs": x, "testLabels": y} if own else {"test_size": 80}
    data = Dataset.fromArrays(x, y, validation_size=80, shuffle=shuffle, rng=0, **held)
    for split in ("train", "validation", "test"):
        assert min(np.bincount(data.labels(split), minlength=4)) >= 8


# Black and white ------------------------------------------------------------------------------------------------------

PIXELS = np.random.default_rng(1).integers(0, 2, size=(4, 30))


@pytest.mark.parametrize("kind", [np.uint8, bool, np.int64, float])
def test_black_and_white_images_are_0_and_1_of_whatever_type(kind):
    data = Dataset.fromArrays(PIXELS.astype(kind), testInputs=PIXELS[:, :5].astype(kind))
    assert np.array_equal(data.trainSet()[0], PIXELS)
    assert np.array_equal(data.testSet()[0], PIXELS[:, :5])
    assert data.trainSet()[0].dtype == np.float32
    assert data.valueRange is None
    with pytest.raises(ValueError, match="valueRange to be omitted .* no grey values"):
        Dataset.fromArrays(PIXELS.astype(kind), valueRange=(-1, 1))


def test_one_grey_pixel_makes_grey_values_of_both_parts():
    grey = PIXELS.astype(np.uint8)
    grey[0, 0] = 255
    for one, other in ((grey, PIXELS.astype(np.uint8)), (PIXELS.astype(np.uint8), grey)):
        data = Dataset.fromArrays(one, testInputs=other)
        assert data.valueRange == (0, 1)
        for part, pixels in ((data.trainSet()[0], one), (data.testSet()[0], other)):
            assert np.array_equal(part, (pixels / 255).astype(np.float32))


def test_black_and_white_of_two_types_fit_each_other():
    data = Dataset.fromArrays(PIXELS.astype(np.uint8), testInputs=PIXELS.astype(bool))
    assert np.array_equal(data.trainSet()[0], data.testSet()[0])


# What is said ---------------------------------------------------------------------------------------------------------

STAMPS = 1_700_000_000 + np.arange(200)


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.uint64])
def test_numbers_that_become_equal_are_said_once(kind):
    x = np.stack([np.arange(200), STAMPS, STAMPS + 1]).astype(kind)
    words = (
        r"^Dataset.fromArrays: the 200 different numbers of entry 1 of inputs become 3 in float32, and so on in 2 of "
        r"them: subtract the first or the mean of them, or give dtype=np.float64$"
    )
    with pytest.warns(UserWarning, match=words) as said:
        data = Dataset.fromArrays(x, test_size=0, shuffle=False)
    assert len(said) == 1
    assert said[0].filename == __file__
    assert len(np.unique(data.trainSet()[0][1])) == 3
    assert len(np.unique(Dataset.fromArrays(x, test_size=0, dtype=np.float64).trainSet()[0][1])) == 200
    Dataset.fromArrays(x - x[:, :1], test_size=0)


def test_labels_and_images_and_double_precision_as_well():
    with pytest.warns(UserWarning, match="200 different numbers of entry 0 of labels become 3 in float32"):
        Dataset.fromArrays(np.ones((2, 200)), STAMPS[np.newaxis].astype(float), test_size=0)
    images = np.zeros((1, 2, 2, 200))
    images[0, 1, 0] = STAMPS
    with pytest.warns(UserWarning, match=r"numbers of entry \(0, 1, 0\) of inputs become"):
        Dataset.fromArrays(images, test_size=0)
    with pytest.warns(UserWarning, match="30 different numbers of entry 0 of inputs become 22 in float32"):
        Dataset.fromArrays(1e6 + np.random.default_rng(0).normal(size=(1, 30)), test_size=0)
    with pytest.warns(
        UserWarning, match="100 different .* become 2 in float64: subtract the first or the mean of them$"
    ):
        Dataset.fromArrays((STAMPS[:100] + 10**18)[np.newaxis], test_size=0, dtype=np.float64)


@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(0).normal(size=(2, 50_000)),
        np.full((1, 50), 1.7e9),
        np.array([[1e-300, 2e-300, 1.0]]),
        np.array([1_700_000_000 + 10_000 * np.arange(200)]),
        np.arange(2**24, 2**24 + 100, 2)[np.newaxis],
        STAMPS[np.newaxis].astype(np.float32),
        np.full((2, 3), np.finfo(np.float32).max, float) * [[1, 1, 1], [-1, 0, 1]],
    ],
    ids=["normal", "constant", "tiny", "wide", "even", "single", "largest"],
)
def test_rounding_that_loses_next_to_nothing_is_not_said(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Dataset.fromArrays(x, test_size=0)


def test_classes_that_nobody_has_are_said():
    x = np.ones((2, 6))
    words = r"^Dataset.fromArrays: no sample has the class 0: counting begins at 1, and 4 classes are made of 3; give"
    with pytest.warns(UserWarning, match=words) as said:
        assert Dataset.fromArrays(x, [1, 2, 3, 1, 2, 3], test_size=0).classes == 4
    assert [one.filename for one in said] == [__file__]
    for y, there, count in (([1, 7, 1, 7, 1, 7], 2, 8), ([0, 9, 9, 9, 0, 0], 2, 10), ([3, 4, 5, 3, 4, 5], 3, 6)):
        with pytest.warns(UserWarning, match=f"only {there} of {count} classes have samples; number the classes by"):
            Dataset.fromArrays(x, y, test_size=0)
    for y in ([0, 1, 2, 0, 1, 2], [0, 2, 4, 0, 2, 4], [0, 0, 0, 0, 0, 0]):
        Dataset.fromArrays(x, y, test_size=0)
    Dataset.fromArrays(x, [1, 2, 3, 1, 2, 3], testInputs=x[:, :1], testLabels=[0])
    Dataset.fromArrays(x, [1, 2, 3, 1, 2, 3], test_size=0, oneHot=False)
    Dataset.fromArrays(x, [[1, 2, 3, 1, 2, 3]], test_size=0)

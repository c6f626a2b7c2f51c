"""Own arrays: how they are understood, and every way in which they can be wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Dataset


def columns(features=3, size=12):
    return np.arange(features * size, dtype=float).reshape(features, size)


def test_class_numbers_become_one_hot_columns():
    data = Dataset.fromArrays(columns(size=4), [2, 0, 1, 2], testInputs=columns(size=2), testLabels=[0, 4])
    assert (data.classes, data.labelDim, data.inputDim) == (5, 5, 3)
    np.testing.assert_array_equal(
        data.trainSet()[1], [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    )
    np.testing.assert_array_equal(data.testSet()[1].argmax(axis=0), [0, 4])
    assert data.labels("train").tolist() == [2, 0, 1, 2]
    assert data.labels("test").tolist() == [0, 4]
    assert data.labels("validation").tolist() == []
    assert data.labels("train").dtype.kind == "i"


def test_without_oneHot_the_labels_are_one_row_of_class_numbers():
    data = Dataset.fromArrays(columns(size=4), [2, 0, 1, 2], testInputs=columns(size=1), testLabels=[1], oneHot=False)
    assert (data.classes, data.labelDim) == (3, 1)
    np.testing.assert_array_equal(data.trainSet()[1], [[2, 0, 1, 2]])
    assert data.trainSet()[1].dtype == np.float32
    assert data.labels("train").tolist() == [2, 0, 1, 2]


def test_targets_are_taken_as_they_are():
    targets = np.array([[0.5, -1.0, 2.0], [3.0, 4.0, 5.0]])
    data = Dataset.fromArrays(columns(size=3), targets, testInputs=columns(size=3), testLabels=targets + 1)
    assert (data.classes, data.labelDim) == (None, 2)
    np.testing.assert_array_equal(data.trainSet()[1], targets)
    np.testing.assert_array_equal(data.testSet()[1], targets + 1)
    with pytest.raises(ValueError, match="Dataset.labels: expected the data set to be one with classes, got 'arrays'"):
        data.labels("train")


def test_without_labels_they_have_no_rows():
    data = Dataset.fromArrays(columns(), batch_size=5)
    assert (data.classes, data.labelDim) == (None, 0)
    train, test, batchSize = next(data.batches())
    assert train[1].shape == test[1].shape == (0, batchSize)
    assert data.trainSet()[1].dtype == np.float32


@given(size=st.integers(1, 80), seed=st.integers(0, 5))
def test_a_sixth_is_split_off_for_the_test_and_nothing_lost(size, seed):
    numbers = np.arange(size, dtype=float)[np.newaxis]
    data = Dataset.fromArrays(numbers, numbers + 0.5, rng=seed)
    assert data.test_size == size // 6
    assert data.train_size == size - size // 6
    parts = [data.trainSet(), data.testSet()]
    assert sorted(np.concatenate([x[0] for x, _ in parts])) == list(range(size))
    for x, y in parts:
        np.testing.assert_array_equal(y, x + 0.5)


def test_which_samples_are_split_off_depends_on_rng():
    def chosen(seed):
        return Dataset.fromArrays(columns(1, 60), rng=seed).testSet()[0].tolist()

    assert chosen(1) == chosen(1) != chosen(2)


def test_the_sizes_decide_what_is_split_off():
    data = Dataset.fromArrays(columns(size=12), train_size=8, validation_size=1, test_size=3)
    assert (data.train_size, data.validation_size, data.test_size) == (8, 1, 3)
    data = Dataset.fromArrays(columns(size=12), train_size=11)
    assert (data.train_size, data.test_size) == (11, 1)
    with pytest.raises(
        ValueError,
        match="Dataset.fromArrays: expected train_size to be at most the 12 training samples of 'arrays', got 13",
    ):
        Dataset.fromArrays(columns(size=12), train_size=13)


def test_the_largest_class_number_is_exact_in_single_precision():
    data = Dataset.fromArrays(columns(size=2), [0, 999_999], test_size=0, oneHot=False)
    assert sorted(data.trainSet()[1].astype(int)[0]) == [0, 999_999]


def test_a_mask_that_hides_nothing_is_no_obstacle():
    data = Dataset.fromArrays(np.ma.masked_array(columns()), test_size=0, rng=0)
    assert data.inputDim == 3


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.float16, np.float64])
def test_numbers_that_are_not_uint8_are_left_as_they_are(dtype):
    inputs = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    data = Dataset.fromArrays(inputs, testInputs=inputs)
    np.testing.assert_array_equal(data.trainSet()[0], inputs.astype(np.float32))
    assert data.valueRange is None


def test_later_changes_of_the_users_arrays_do_not_matter():
    for inputs in (columns(), columns(12, 3).T, np.full((3, 12), 7, np.uint8, order="F")):
        labels, targets = np.arange(12), columns(2)
        by_class = Dataset.fromArrays(inputs, labels, testInputs=inputs, testLabels=labels, dtype=np.float64)
        by_target = Dataset.fromArrays(inputs, targets, testInputs=inputs, testLabels=targets, dtype=np.float64)
        before = [a.copy() for data in (by_class, by_target) for a in (*data.trainSet(), *data.testSet())]
        inputs[:], labels[:], targets[:] = 0, 0, 0
        after = [a for data in (by_class, by_target) for a in (*data.trainSet(), *data.testSet())]
        for a, b in zip(before, after, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("argument", ["inputs", "labels", "testInputs", "testLabels"])
def test_values_that_are_not_finite_are_found(argument, bad):
    arguments = {
        "inputs": columns(),
        "labels": columns(),
        "testInputs": columns(size=11),
        "testLabels": columns(size=11),
    }
    arguments[argument][2, 4] = bad
    arguments[argument][1, 9] = bad
    with pytest.raises(
        ValueError,
        match=f"^Dataset.fromArrays: expected {argument} to be finite .*got {bad}; it is entry 2 of sample 4,.* 2 in",
    ):
        Dataset.fromArrays(**arguments)


def test_a_number_too_large_for_the_precision_is_found():
    inputs = columns()
    inputs[1, 3] = 1e300
    assert Dataset.fromArrays(inputs, dtype=np.float64).inputDim == 3
    with pytest.raises(
        ValueError, match=r"inputs to be finite numbers in float32, got 1e\+300; it is entry 1 of sample 3"
    ):
        Dataset.fromArrays(inputs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"inputs": np.ones(5)},
            r"inputs to be of shape \(features, N\), one sample a column, .* got \(5,\); reshape it",
        ),
        ({"inputs": np.ones((2, 0, 4))}, r"inputs to be .* not empty, got \(2, 0, 4\)"),
        (
            {"inputs": np.full((2, 3, 4), [[[1]], [[np.inf]]])},
            r"got inf; it is entry \(1, 0\) of sample 0,",
        ),
        ({"inputs": np.ones((0, 4))}, r"inputs to be .* not empty, got \(0, 4\); give at least one sample"),
        ({"inputs": np.ones((4, 0))}, r"inputs to be .* not empty, got \(4, 0\); give at least one sample"),
        ({"inputs": np.ones((2, 4), complex)}, r"inputs to be real numbers, got dtype\(\'complex128\'\)"),
        ({"inputs": [["a", "b"]]}, r"inputs to be real numbers, got dtype\(\'<U1\'\)"),
        (
            {"labels": [0, 1]},
            r"labels to be of shape \(..., 12\), 12 samples, got \(2,\); give one label for each sample",
        ),
        ({"labels": np.ones((12, 5, 5))}, r"got \(12, 5, 5\); .* pass np.moveaxis\(labels, 0, -1\)"),
        (
            {"inputs": np.ones((9, 8, 8, 1)), "labels": [0] * 9},
            r"labels to be of shape \(..., 1\), 1 samples, got \(9,\); .* did you mean np.moveaxis\(inputs, 0, -1\)",
        ),
        ({"labels": np.ones((12, 5))}, r"labels to be of shape \(..., 12\), 12 samples, got \(12, 5\); .* labels.T"),
        (
            {"labels": [0, 1, 2]},
            r"labels to be of shape \(..., 12\), 12 samples, got \(3,\); .* did you mean inputs.T\?",
        ),
        (
            {"labels": np.ones(12)},
            r"labels to be whole class numbers, got dtype\('float64'\); use labels.astype\(int\), or use labels\[np",
        ),
        (
            {"labels": [0] * 11 + [-1]},
            "labels to be class numbers of at least 0, got -1; it belongs to sample 11: number the",
        ),
        (
            {"labels": np.ones((2, 2, 11))},
            r"labels to be of shape \(..., 12\), 12 samples, got \(2, 2, 11\)",
        ),
        ({"labels": 3}, r"labels to be of shape class numbers \(N,\), targets .* got \(\)"),
        (
            {"labels": [0] * 11 + [10**6]},
            "labels to be class numbers .* below 1000000, got 1000000; it belongs to sample 11",
        ),
        (
            {"labels": [0] * 11 + [10**18]},
            "below 1000000, got 1000000000000000000; it belongs to sample 11: number the classes",
        ),
        ({"labels": np.array([0] * 11 + [2**64 - 1], np.uint64)}, "below 1000000, got 18446744073709551615"),
        (
            {"inputs": [[1, 2], [3]]},
            "inputs to be an array of numbers, with rows of equal length, got <class 'list'>; NumPy says",
        ),
        ({"labels": [[1, 2], [3]]}, "labels to be an array of numbers, with rows of equal length"),
        ({"inputs": [[1, None]]}, r"inputs to be real numbers, got dtype\('O'\); convert it"),
        (
            {"inputs": np.ma.masked_equal(columns(), 5)},
            "inputs to be numbers without a mask, got .*MaskedArray'>; 1 entries are masked",
        ),
        (
            {"labels": np.ma.masked_less(np.arange(12), 2)},
            "labels to be numbers without a mask, got .*MaskedArray'>; 2 entries are masked",
        ),
        ({"testLabels": [0, 1]}, "testInputs to be given because testLabels are, got None; give both or neither"),
        ({"testInputs": columns(2)}, r"testInputs to be of shape \(3, N\) as inputs, got \(2, 12\)"),
        (
            {"testInputs": np.full((3, 4), 2, np.uint8)},
            r"testInputs to be float32 as inputs, got dtype\('uint8'\); .* give both in the same type",
        ),
        (
            {"labels": [0] * 12, "testInputs": columns()},
            "testLabels to be given because labels are, got None; give both or neither",
        ),
        ({"testInputs": columns(), "testLabels": [0] * 12}, "labels to be given because testLabels are, got None"),
        (
            {"labels": [0] * 12, "testInputs": columns(), "testLabels": columns()},
            r"testLabels to be class numbers \(N,\) as labels, got \(3, 12\)",
        ),
        (
            {"labels": np.ones((2, 4, 12)), "testInputs": columns(), "testLabels": np.ones((4, 2, 12))},
            r"testLabels to be targets \(2, 4, N\) as labels, got \(4, 2, 12\)",
        ),
        ({"labels": np.ones((2, 4, 12)), "oneHot": True}, r"labels to be whole class numbers, got .*; .* omit oneHot"),
        (
            {"labels": -np.ones((2, 4, 12), int), "oneHot": True},
            r"got -1; it is entry \(0, 0\) of sample 0",
        ),
        ({"test_size": 12}, "test_size to be fewer than the 12 samples of 'arrays', got 12"),
        ({"testInputs": columns(), "test_size": 13}, "test_size to be at most the 12 test samples"),
        ({"validation_size": 10}, "validation_size to be fewer than the 10 training samples of 'arrays'"),
        ({"valueRange": (-1, 1)}, "valueRange to be omitted for 'arrays', whose inputs are no grey values"),
    ],
)
def test_bad_arrays_are_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=f"^Dataset.fromArrays: expected .*{message}"):
        Dataset.fromArrays(**{"inputs": columns(), **arguments})

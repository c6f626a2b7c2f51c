"""Images, sequences and labels of any shape: the same numbers as in columns, in the shape asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from dataset import Dataset


def parts(data):
    """All batches of an epoch, the whole splits, and all chunks: pairs (inputs, labels)."""
    for train, test, _ in data.batches():
        yield from (train, test)
    yield from (data.trainSet(), data.testSet(), data.validationSet())
    for split in ("train", "validation", "test"):
        yield from data.chunks(split, size=40)


@pytest.mark.parametrize("arguments", [{}, {"valueRange": (-1, 1)}, {"dtype": np.float64, "oneHot": False}])
def test_images_are_views_of_the_same_columns(arguments):
    arguments = {"train_size": 110, "validation_size": 30, "test_size": 50, **arguments}
    columns = Dataset("digits", rng=0, **arguments)
    images = Dataset("digits", images=True, rng=0, **arguments)
    assert columns.sampleShape == (64,)
    assert images.sampleShape == (1, 8, 8)
    assert images.inputDim == columns.inputDim == 64
    assert images.imageShape == columns.imageShape == (8, 8)
    assert images.labelShape == columns.labelShape
    for (x, y), (image, label) in zip(parts(columns), parts(images), strict=True):
        assert image.shape == (1, 8, 8, x.shape[1])
        np.testing.assert_array_equal(image.reshape(x.shape), x, strict=True)
        np.testing.assert_array_equal(label, y, strict=True)
        flat = image.reshape(x.shape)
        assert np.shares_memory(flat, image) or not x.size
        assert flat.strides == x.strides
        assert flat.T.flags.c_contiguous


def test_an_image_has_its_rows_and_columns():
    data = Dataset("digits", images=True, dtype=np.float64)
    top = [0, 0, 5, 13, 9, 1, 0, 0]  # of the first zero in the file, which is somewhere in the data set
    rows = np.concatenate((data.trainSet()[0], data.testSet()[0]), axis=-1)[0, 0]
    assert (top == 16 * rows.T).all(axis=1).any()


def test_a_data_set_of_images_says_so():
    data = Dataset("digits", images=True)
    assert "inputs 1 x 8 x 8 in [0, 1], labels 10 (10 classes)" in repr(data)
    maps = Dataset.fromArrays(np.ones((3, 4, 5, 6)), np.ones((2, 4, 5, 6)), test_size=0)
    assert "inputs 3 x 4 x 5, labels 2 x 4 x 5, float32" in repr(maps)


@pytest.mark.parametrize(("name", "options"), [("two_moons", {}), ("ring", {"modes": 3}), ("grid", {})])
def test_points_are_no_images(name, options):
    data = Dataset(name, **options)
    assert data.sampleShape == (data.inputDim,) == (2,)
    assert data.labelShape == (data.labelDim,) == (data.classes,)
    with pytest.raises(ValueError, match=f"expected images to be False for '{name}', whose samples are no images"):
        Dataset(name, images=True, **options)


SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)


@given(
    shape=SHAPES,
    label=SHAPES,
    size=st.integers(1, 15),
    batch=st.integers(1, 16),
    dtype=st.sampled_from([np.float32, np.float64]),
    kind=st.sampled_from([np.float64, np.float32, np.int64]),
    layout=st.sampled_from(["C", "F", "moved"]),
)
def test_any_shape_is_delivered_as_it_is(shape, label, size, batch, dtype, kind, layout):
    """Every sample once, with its label, whatever the shapes of both are."""

    def numbered(shape, start):
        array = (start + np.arange(np.prod(shape) * size)).reshape(*shape, size).astype(kind)
        return (
            np.moveaxis(np.moveaxis(array, -1, 0).copy(), 0, -1) if layout == "moved" else np.array(array, order=layout)
        )

    inputs, labels = numbered(shape, 0), numbered(label, 7)
    before = inputs.copy(), labels.copy()
    data = Dataset.fromArrays(inputs, labels, test_size=0, batch_size=batch, dtype=dtype, rng=0)
    assert (data.sampleShape, data.labelShape) == (shape, label)
    assert (data.inputDim, data.labelDim) == (np.prod(shape), np.prod(label))
    assert data.imageShape == (shape[1:] if len(shape) == 3 else None)
    assert data.classes is None
    order = data.trainSet()[0][(0,) * len(shape)].astype(int)  # the first number of a sample is its own number
    assert sorted(order) == list(range(size))
    np.testing.assert_array_equal(data.trainSet()[0], inputs[..., order].astype(dtype), strict=True)
    np.testing.assert_array_equal(data.trainSet()[1], labels[..., order].astype(dtype), strict=True)
    seen = []
    for (x, y), test, n in data.batches():
        assert x.shape == (*shape, n)
        assert test[0].shape == (*shape, 0)
        assert test[1].shape == (*label, 0)
        chosen = x[(0,) * len(shape)].astype(int)
        np.testing.assert_array_equal(x, inputs[..., chosen].astype(dtype), strict=True)
        np.testing.assert_array_equal(y, labels[..., chosen].astype(dtype), strict=True)
        seen.extend(chosen)
    assert sorted(seen) == list(range(size))
    np.testing.assert_array_equal(inputs, before[0])
    np.testing.assert_array_equal(labels, before[1])
    for column in data.trainSet():
        assert np.moveaxis(column, -1, 0).flags.c_contiguous


@given(shape=SHAPES, size=st.integers(2, 12), low=st.sampled_from([-1.0, 0.0]), seed=st.integers(0, 5))
def test_grey_values_of_any_shape_are_scaled_as_columns_are(shape, size, low, seed):
    grey = np.random.default_rng(seed).integers(0, 256, (*shape, size), dtype=np.uint8)
    arguments = {"valueRange": (low, 1.0), "batch_size": 5}
    shaped = Dataset.fromArrays(grey, rng=seed, **arguments)
    flat = Dataset.fromArrays(grey.reshape(-1, size), rng=seed, **arguments)
    assert shaped.valueRange == (low, 1.0)
    for (image, _), (x, _) in zip(parts(shaped), parts(flat), strict=True):
        np.testing.assert_array_equal(image.reshape(x.shape), x, strict=True)


def test_the_splits_of_images_are_those_of_columns():
    images = np.random.default_rng(0).normal(size=(2, 3, 4, 30))
    arguments = {"train_size": 15, "validation_size": 6, "test_size": 5}
    shaped = Dataset.fromArrays(images, np.arange(30), rng=3, **arguments)
    flat = Dataset.fromArrays(images.reshape(24, 30), np.arange(30), rng=3, **arguments)
    for split in ("train", "validation", "test"):
        assert shaped.labels(split).tolist() == flat.labels(split).tolist()
    for (image, label), (x, y) in zip(parts(shaped), parts(flat), strict=True):
        np.testing.assert_array_equal(image.reshape(x.shape), x, strict=True)
        np.testing.assert_array_equal(label, y, strict=True)


@pytest.mark.parametrize(
    ("inputs", "places", "expected", "axis"),
    [
        ((6,), (), (5,), 0),
        ((4, 6), (4,), (4, 5), 1),
        ((4, 6), (7,), (7, 5), 1),
        ((1, 3, 4), (3, 4), (5, 3, 4), 0),
        ((1, 3, 4), (), (5,), 0),
    ],
)
def test_one_hot_labels_have_their_classes_where_the_features_are(inputs, places, expected, axis):
    rng = np.random.default_rng(0)
    x, numbers = rng.normal(size=(*inputs, 20)), rng.integers(0, 5, (*places, 20))
    numbers.flat[0] = 4
    data = Dataset.fromArrays(x, numbers, testInputs=x, testLabels=numbers, oneHot=True, shuffle=False, batch_size=6)
    assert data.classes == 5
    assert data.labelShape == expected
    assert data.labelDim == np.prod(expected)
    np.testing.assert_array_equal(data.labels("train"), numbers)
    assert data.labels("train").dtype.kind == "i"
    for start, (train, _, n) in zip(range(0, 20, 6), data.batches(), strict=True):
        y = train[1]
        assert y.shape == (*expected, n)
        assert y.dtype == np.float32
        assert set(np.unique(y)) == {0, 1}
        np.testing.assert_array_equal(y.sum(axis=axis), 1)
        np.testing.assert_array_equal(y.argmax(axis=axis), numbers[..., start : start + n])


@pytest.mark.parametrize("oneHot", [None, False])
def test_class_numbers_of_steps_and_pixels_are_numbers_unless_one_hot_is_asked_for(oneHot):
    for shape in ((4, 20), (3, 4, 20)):
        numbers = np.random.default_rng(0).integers(0, 5, shape)
        x = np.ones((1, *shape))
        data = Dataset.fromArrays(x, numbers, testInputs=x, testLabels=numbers, oneHot=oneHot, shuffle=False)
        assert (data.classes, data.labelShape) == (None, shape[:-1])
        np.testing.assert_array_equal(data.trainSet()[1], numbers.astype(np.float32), strict=True)


@pytest.mark.parametrize("oneHot", [None, True, False])
def test_targets_of_columns_are_targets_whatever_oneHot_is(oneHot):
    targets = np.random.default_rng(0).integers(0, 5, (3, 20))
    data = Dataset.fromArrays(np.ones((2, 20)), targets, test_size=0, oneHot=oneHot, rng=0)
    assert (data.classes, data.labelShape) == (None, (3,))
    assert sorted(map(tuple, data.trainSet()[1].T)) == sorted(map(tuple, targets.T.astype(float)))


def test_without_labels_and_with_class_numbers_in_one_row_the_label_shape_says_so():
    assert Dataset.fromArrays(np.ones((2, 3, 9))).labelShape == (0,)
    assert Dataset("digits", oneHot=False).labelShape == (1,)


def test_training_and_test_part_must_have_one_shape():
    x = np.ones((2, 3, 4, 9))
    with pytest.raises(ValueError, match=r"testInputs to be of shape \(2, 3, 4, N\) as inputs, got \(2, 4, 3, 9\)"):
        Dataset.fromArrays(x, testInputs=np.ones((2, 4, 3, 9)))
    numbers = np.ones((3, 4, 9), int)
    with pytest.raises(ValueError, match=r"testLabels to be class numbers \(3, 4, N\) as labels, got \(3, 3, 9\)"):
        Dataset.fromArrays(x, numbers, testInputs=x, testLabels=np.ones((3, 3, 9), int), oneHot=True)
    with pytest.raises(ValueError, match="testLabels to be whole class numbers, got"):
        Dataset.fromArrays(x, numbers, testInputs=x, testLabels=numbers + 0.5, oneHot=True)

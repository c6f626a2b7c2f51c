"""Own arrays of every dtype, memory layout and size: delivered as they are, every sample once, or refused."""

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import drawn
from dataset import Dataset

DTYPES = [np.float16, np.float32, np.float64, np.uint8, np.int8, np.uint16, np.int64, np.uint64, np.bool_]


LAYOUTS = {name: layout for name, layout in drawn.LAYOUTS.items() if name != "repeated"}
LAYOUTS["list"] = lambda array: array if array.dtype == np.uint8 else array.tolist()


@st.composite
def inputs(draw, max_size=20):
    """(features, N) of any dtype and layout, at least 1 x 1, all entries finite in float32."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, max_size)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    entries = None
    if dtype.kind == "f":
        width = min(32, dtype.itemsize * 8)
        entries = st.floats(allow_nan=False, allow_infinity=False, width=width)
    return LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](draw(arrays.arrays(dtype, shape, elements=entries)))


def delivered(array, dtype):
    """What a data set makes of `array`, entry by entry; uint8 of nothing above 1 is black and white, else grey."""
    array = np.asarray(array)
    white = dtype(255 if array.dtype == np.uint8 and array.max() > 1 else 1)
    return np.array([[entry.astype(dtype) / white for entry in row] for row in array], dtype)


@given(
    x=inputs(),
    dtype=st.sampled_from([np.float32, np.float64]),
    batch=st.integers(1, 30),
    shuffle=st.booleans(),
    data=st.data(),
)
def test_an_epoch_delivers_every_sample_once_whatever_the_array_is_like(x, dtype, batch, shuffle, data):
    size = np.asarray(x).shape[1]
    kinds = st.sampled_from([np.uint8, np.int8, np.int32, np.uint64, np.intp])
    labels = LAYOUTS[data.draw(st.sampled_from(sorted(LAYOUTS)))](np.arange(size).astype(data.draw(kinds)))
    before = np.array(x), np.array(labels)
    made = Dataset.fromArrays(x, labels, test_size=0, batch_size=batch, dtype=dtype, shuffle=shuffle, rng=0)
    expected, classes = delivered(x, dtype), made.labels("train")
    for _ in range(2):
        seen = []
        for train, _, batchSize in made.batches():
            assert train[0].dtype == train[1].dtype == dtype
            assert train[0].shape[1] == train[1].shape[1] == batchSize <= batch
            np.testing.assert_array_equal(train[1].sum(axis=0), 1)
            chosen = train[1].argmax(axis=0)
            np.testing.assert_array_equal(train[0], expected[:, chosen])
            seen.extend(chosen.tolist())
        assert sorted(seen) == list(range(size))
        assert shuffle or seen == classes.tolist()
    np.testing.assert_array_equal(np.asarray(x), before[0], strict=True)
    np.testing.assert_array_equal(np.asarray(labels), before[1], strict=True)


@given(
    x=inputs(),
    train_size=st.none() | st.integers(1, 22),
    test_size=st.none() | st.integers(0, 22),
    validation_size=st.integers(0, 22),
    own_test=st.booleans(),
)
def test_the_splits_have_the_sizes_asked_for_and_no_sample_twice_or_an_error(
    x, train_size, test_size, validation_size, own_test
):
    size = np.asarray(x).shape[1]
    tests = {"testInputs": x, "testLabels": np.arange(size)} if own_test else {}
    asked = {"train_size": train_size, "test_size": test_size, "validation_size": validation_size}
    by_default = size // 6 if train_size is None else 0
    taken = 0 if own_test else by_default if test_size is None else test_size
    try:
        made = Dataset.fromArrays(x, np.arange(size), **asked, **tests, rng=0)
    except ValueError as error:
        refusal = str(error)
    else:
        refusal = ""
    # Refused only for a reason.
    too_many = (train_size or 1) + validation_size + taken > size or (own_test and (test_size or 0) > size)
    assert too_many == bool(refusal)
    if refusal:
        assert refusal.startswith(tuple(f"Dataset.fromArrays: expected {name} to be " for name in asked))
        return
    assert (made.validation_size, made.train_size) == (validation_size, train_size or made.train_size)
    assert made.test_size == (made.test_size if test_size is None else test_size)
    parts = {"train": made.trainSet(), "validation": made.validationSet(), "test": made.testSet()}
    expected, seen = delivered(x, np.float32), []
    for split, (columns, _) in parts.items():
        chosen = made.labels(split)
        np.testing.assert_array_equal(columns, expected[:, chosen])
        if not (own_test and split == "test"):
            seen.extend(chosen.tolist())
    assert len(set(seen)) == len(seen)
    if train_size is None and not own_test and test_size is None:
        assert sorted(seen) == list(range(size))


@given(classes=st.lists(st.integers(0, 6), min_size=1, max_size=20), dtype=st.sampled_from(DTYPES))
def test_class_numbers_and_their_one_hot_columns_are_the_same(classes, dtype):
    x = np.arange(len(classes), dtype=float)[np.newaxis]
    one_hot = (np.arange(max(classes) + 1)[:, np.newaxis] == classes).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes without samples
        by_number = Dataset.fromArrays(x, classes, rng=0)
    by_column = Dataset.fromArrays(x, one_hot, rng=0)
    assert by_number.labelDim == by_column.labelDim
    for part in ("trainSet", "testSet"):
        for a, b in zip(getattr(by_number, part)(), getattr(by_column, part)(), strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


@given(
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 9)),
    bad=st.sampled_from([np.nan, np.inf, -np.inf]),
    layout=st.sampled_from(sorted(LAYOUTS)),
    data=st.data(),
)
def test_an_entry_that_is_not_finite_is_found_wherever_it_is(dtype, shape, bad, layout, data):
    x = np.zeros(shape, dtype)
    row, column = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
    x[row, column] = bad
    message = failure(LAYOUTS[layout](x))
    assert message is not None
    assert f"inputs to be finite numbers in float32, got {bad}; it is entry {row} of sample {column}," in message


SHAPES = st.sampled_from([(2, 3), (3,)]) | arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
KINDS = ["?", "i1", "i8", "u1", ">u8", "f2", ">f4", "f8", "c8", "c16", "M8[s]", "m8[D]", "U2", "S2", "i4, f8"]
ANYTHING = arrays.arrays(st.sampled_from(KINDS).map(np.dtype), SHAPES) | arrays.arrays(
    object, SHAPES, elements=st.none() | st.integers() | st.floats() | st.text()
)


@settings(max_examples=200)
@given(x=ANYTHING, as_labels=st.booleans())
def test_any_array_is_delivered_or_refused_by_name(x, as_labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = "no sample has the class 0|only .* classes have samples|the .* different numbers of entry"
        warnings.filterwarnings("ignore", f"Dataset.fromArrays: ({said})")
        made = failure(np.ones((2, 3)), x) if as_labels else failure(x)
    if made is not None:
        assert made.startswith(f"Dataset.fromArrays: expected {'labels' if as_labels else 'inputs'} to be ")
        return
    if as_labels and x.dtype.kind in "OU":
        assert x.shape == (3,)
        assert all(isinstance(one, str) for one in x)
        return
    assert x.dtype.kind in "biuf"
    if not as_labels:
        assert x.ndim >= 2
        assert x.size > 0
    else:
        assert x.shape[-1] == 3
        assert x.ndim >= 2 or (x.min() >= 0 and x.dtype.kind in "biu")


def failure(*given):
    """The message of the error, or None when a data set was made and its epoch has every column."""
    try:
        made = Dataset.fromArrays(*given, test_size=0, rng=0)
    except (TypeError, ValueError) as error:
        return str(error)
    x, y = made.trainSet()
    assert x.shape == np.shape(given[0])
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    return None

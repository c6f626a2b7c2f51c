"""Batches: every sample once, labels with their inputs, nothing overwritten, the same seed the same batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Batch, Dataset, random


def numbered(size, **keywords):
    """`size` training samples whose only feature is their number, labelled with its negative; 7 test samples."""
    inputs, test = np.arange(size, dtype=float), 1000.0 + np.arange(7)
    return Dataset.fromArrays(
        inputs[np.newaxis], -inputs[np.newaxis], testInputs=test[np.newaxis], testLabels=-test[np.newaxis], **keywords
    )


@given(size=st.integers(1, 60), batch=st.integers(1, 70), shuffle=st.booleans(), seed=st.integers(0, 10))
def test_an_epoch_delivers_every_sample_once_with_its_label(size, batch, shuffle, seed):
    data = numbered(size, batch_size=batch, shuffle=shuffle, rng=seed)
    seen, sizes = [], []
    for train, test, batchSize in data.batches():
        assert train[0].shape == train[1].shape == test[0].shape == test[1].shape == (1, batchSize)
        np.testing.assert_array_equal(train[1], -train[0])
        np.testing.assert_array_equal(test[1], -test[0])
        seen.extend(train[0][0].astype(int))
        sizes.append(batchSize)
    assert sorted(seen) == list(range(size))
    assert all(n == batch for n in sizes[:-1])
    assert len(sizes) == len(data) == -(-size // batch)


@given(size=st.integers(1, 60), batch=st.integers(1, 60))
def test_dropLast_leaves_out_what_does_not_fill_a_batch(size, batch):
    if batch > size:
        with pytest.raises(ValueError, match="batch_size to be at most the .* because of dropLast"):
            numbered(size, batch_size=batch, dropLast=True)
        return
    data = numbered(size, batch_size=batch, dropLast=True)
    batches = list(data.batches())
    assert [n for _, _, n in batches] == [batch] * (size // batch)
    assert len(data) == size // batch
    delivered = np.concatenate([train[0][0] for train, _, _ in batches])
    assert len(set(delivered)) == len(delivered)


def test_every_epoch_has_its_own_order():
    data = numbered(40, batch_size=40, rng=0)
    epochs = [next(data.batches())[0][0][0] for _ in range(3)]
    assert not np.array_equal(epochs[0], np.arange(40))
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[1], epochs[2])


def test_without_shuffle_the_order_is_that_of_the_data():
    data = numbered(10, batch_size=4, shuffle=False)
    for _ in range(2):
        np.testing.assert_array_equal(np.concatenate([t[0][0] for t, _, _ in data.batches()]), np.arange(10))


def test_test_batches_run_through_the_test_set_in_order_and_start_again():
    data = numbered(10, batch_size=4, rng=0)
    for _ in range(2):
        test = np.concatenate([test[0][0] for _, test, _ in data.batches()])
        np.testing.assert_array_equal(test, 1000 + np.array([0, 1, 2, 3, 4, 5, 6, 0, 1, 2]))


def test_without_test_samples_the_test_batches_have_no_columns():
    data = Dataset.fromArrays(np.ones((3, 8)), np.arange(8) % 2, test_size=0, batch_size=5)
    for _, test, _ in data.batches():
        assert test[0].shape == (3, 0)
        assert test[1].shape == (2, 0)
    assert data.test_size == 0


def orders(data):
    return [train[0].tolist() for train, _, _ in data.batches()]


def test_the_same_seed_gives_the_same_batches():
    assert orders(numbered(30, batch_size=7, rng=3)) == orders(numbered(30, batch_size=7, rng=np.random.default_rng(3)))
    assert orders(numbered(30, batch_size=7, rng=3)) != orders(numbered(30, batch_size=7, rng=4))


def test_the_librarys_generator_is_used_where_none_is_given():
    before = random.generator.bit_generator.state
    try:
        random.generator.bit_generator.state = np.random.default_rng(5).bit_generator.state
        data = numbered(30, batch_size=7)
        assert data.rng is random.generator
        assert orders(data) == orders(numbered(30, batch_size=7, rng=5))
    finally:
        random.generator.bit_generator.state = before


def test_numpys_global_state_is_left_alone():
    def state():
        return np.random.get_state(legacy=False)["state"]  # noqa: NPY002, this is what it is about

    before = state()
    Dataset("digits", rng=0)
    list(Dataset("ring", train_size=20, test_size=5, rng=0).batches())
    np.testing.assert_equal(state(), before)


def test_delivered_arrays_stay_as_they_are_and_belong_to_the_user():
    data = Dataset("digits", train_size=200, test_size=50, batch_size=50, rng=0)
    kept = [(train[0], train[1], train[0].copy(), train[1].copy()) for train, _, _ in data.batches()]
    list(data.batches())
    for x, y, x_then, y_then in kept:
        np.testing.assert_array_equal(x, x_then)
        np.testing.assert_array_equal(y, y_then)

    whole = data.trainSet()[0].copy()
    for x, y, _, _ in kept:
        x[:], y[:] = -1, -1
    next(data.chunks("train"))[0][:] = -1
    data.trainSet()[0][:] = -1
    np.testing.assert_array_equal(data.trainSet()[0], whole)


def test_what_is_done_to_delivered_float_arrays_and_labels_does_not_reach_the_data_set():
    data = numbered(6, shuffle=False)
    for x, y in (data.trainSet(), data.testSet(), *data.chunks("train"), next(data.batches())[0]):
        x[:], y[:] = -5, -5
    data2 = Dataset.fromArrays(np.ones((1, 3)), [0, 1, 2], test_size=0)
    data2.labels("train")[:] = 0
    np.testing.assert_array_equal(data.trainSet()[0], [range(6)])
    np.testing.assert_array_equal(data.trainSet()[1], -data.trainSet()[0])
    np.testing.assert_array_equal(data.testSet()[0], [1000 + np.arange(7)])
    assert sorted(data2.labels("train")) == [0, 1, 2]


def test_inputs_are_transposed_rows_that_a_matrix_product_takes_without_a_copy():
    train, _, _ = next(Dataset("digits", rng=0).batches())
    assert train[0].T.flags.c_contiguous
    assert train[1].flags.c_contiguous


def test_a_batch_is_a_pair():
    data = numbered(5, batch_size=5, shuffle=False)
    train, _, _ = next(data.batches())
    x, y = train
    assert isinstance(train, Batch)
    assert len(train) == 2
    assert train.size == 5
    assert train[0] is x is train.inputs is train[-2]
    assert train[1] is y is train.labels is train[-1]
    with pytest.raises(IndexError, match="entries 0 .inputs. and 1 .labels., got 2"):
        train[2]
    assert repr(train) == "Batch of 5 samples"


def test_a_batch_converts_only_what_is_read(monkeypatch):
    from dataset.split import Split

    data, read = numbered(20, batch_size=5), []
    monkeypatch.setattr(Split, "inputs", lambda self, indices: read.append(indices))
    monkeypatch.setattr(Split, "labels", lambda self, indices: read.append(indices))
    batches = list(data.batches())
    assert not read
    batches[0][1][0]
    assert len(read) == 1


@given(size=st.integers(2, 40), validation=st.integers(0, 40), chunk=st.integers(1, 50))
def test_splits_are_in_order_and_chunks_make_them_up(size, validation, chunk):
    validation = min(validation, size - 1)
    data = numbered(size, validation_size=validation, train_size=max(1, size - validation - 1), rng=1)
    assert data.train_size == max(1, size - validation - 1)
    held_out = np.sort(np.random.default_rng(1).permutation(size)[:validation])
    expected = {
        "train": np.setdiff1d(np.arange(size), held_out)[: data.train_size],
        "validation": held_out,
        "test": 1000 + np.arange(7),
    }
    whole = {"train": data.trainSet(), "validation": data.validationSet(), "test": data.testSet()}
    for split, numbers in expected.items():
        pieces = list(data.chunks(split, size=chunk))
        assert all(x.shape[1] == chunk for x, _ in pieces[:-1])
        for x, y in (whole[split], [np.concatenate(p, axis=1) for p in zip(*pieces, strict=True)] or whole[split]):
            np.testing.assert_array_equal(x, [numbers])
            np.testing.assert_array_equal(y, [-numbers])


@given(
    low=st.floats(-100, 100),
    width=st.floats(0.01, 100),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 9),
)
def test_black_is_exactly_low_and_white_exactly_high(low, width, dtype, seed):
    grey = np.random.default_rng(seed).integers(0, 256, (4, 30), dtype=np.uint8)
    grey[0], grey[1] = 0, 255
    high = low + width
    data = Dataset.fromArrays(grey, test_size=0, valueRange=(low, high), dtype=dtype, shuffle=False, rng=0)
    x = data.trainSet()[0]
    assert x.dtype == dtype
    assert (x[0] == dtype(low)).all()
    assert (x[1] == dtype(high)).all()
    columns = {tuple(column) for column in grey.T.tolist()}
    recovered = np.rint((x.astype(float) - low) / width * 255).astype(int)
    assert {tuple(column) for column in recovered.T.tolist()} == columns
    np.testing.assert_allclose(x, low + width * recovered / 255, rtol=1e-5, atol=1e-5)
    assert data.valueRange == (low, high)


def test_grey_values_in_the_unit_range_are_divided_by_white():
    grey = np.arange(256, dtype=np.uint8)[np.newaxis]
    data = Dataset.fromArrays(grey, testInputs=grey, shuffle=False)
    np.testing.assert_array_equal(data.trainSet()[0], (np.arange(256) / 255).astype(np.float32)[np.newaxis])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["digits", "two_moons"])
def test_everything_is_delivered_in_the_chosen_precision(name, dtype):
    data = Dataset(name, train_size=60, test_size=10, validation_size=3, dtype=dtype)
    assert data.dtype == dtype
    for pair in (
        *next(data.batches())[:2],
        data.trainSet(),
        data.testSet(),
        data.validationSet(),
        *data.chunks("test"),
    ):
        assert pair[0].dtype == pair[1].dtype == dtype


def test_what_a_data_set_says_of_itself():
    data = Dataset("digits", train_size=1000, test_size=300, batch_size=64, validation_size=100, valueRange=(-1, 1))
    assert repr(data) == (
        "Dataset 'digits': 1,000 training, 100 validation, 300 test samples; inputs 64 (8 x 8) in [-1, 1], "
        "labels 10 (10 classes), float32; 16 batches of 64"
    )
    plain = Dataset.fromArrays(np.ones((2, 9)), name="mine", test_size=2)
    assert repr(plain) == (
        "Dataset 'mine': 7 training, 0 validation, 2 test samples; inputs 2, no labels, float32; 1 batches of 50"
    )

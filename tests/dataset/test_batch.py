"""A batch: named parts, made when they are read."""

import copy
import pickle
import timeit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from dataset import Batch, Dataset

X, Y, W = np.ones((784, 50)), np.ones((10, 50)), np.arange(50.0)


def test_a_batch_of_arrays_at_hand_has_them_as_they_are():
    batch = Batch.of(X, Y)
    x, y = batch
    assert x is X is batch[0] is batch[-2] is batch.inputs is batch.parts["inputs"]
    assert y is Y is batch[1] is batch[-1] is batch.labels is batch.parts["labels"]
    assert (batch.size, len(batch), dict(batch.parts).keys()) == (50, 2, {"inputs", "labels"})
    assert repr(batch) == "Batch of 50 samples"


def test_further_parts_have_their_names():
    batch = Batch.of(inputs=X, labels=Y, weights=W, masks=Y)
    assert batch.weights is W is batch.parts["weights"]
    assert batch.masks is Y
    assert list(batch.parts) == ["inputs", "labels", "weights", "masks"]
    assert len(batch.parts) == 4
    assert "weights" in batch.parts
    assert "other" not in batch.parts
    assert all(part is whole for part, whole in zip(batch, (X, Y), strict=True))
    assert repr(batch) == "Batch of 50 samples with weights, masks"


def test_a_part_that_is_not_there_is_missed_in_words():
    batch = next(Dataset("digits", rng=0).batches())[0]
    with pytest.raises(AttributeError, match="this batch has the parts inputs, labels, and none called 'masks'; .*"):
        batch.masks  # noqa: B018
    with pytest.raises(AttributeError, match=r"Batch.of\(inputs, labels, masks=...\)"):
        Batch.of(X, Y, weights=W).masks  # noqa: B018
    with pytest.raises(KeyError):
        batch.parts["weights"]
    assert not hasattr(batch, "masks")
    assert batch.weights is None
    assert batch.sampleWeights is None


def test_without_labels_they_have_no_rows():
    batch = Batch.of(X.astype(np.float32))
    assert batch.labels.shape == (0, 50)
    assert batch.labels.dtype == np.float32


def test_lists_become_arrays():
    batch = Batch.of([[1, 2, 3]], weights=[1, 0, 1])
    assert batch.inputs.shape == (1, 3)
    assert batch.weights.tolist() == [1, 0, 1]


@given(shape=array_shapes(min_dims=1, max_dims=4), label=array_shapes(min_dims=0, max_dims=3), size=st.integers(0, 5))
def test_samples_are_the_last_axis_of_every_part(shape, label, size):
    batch = Batch.of(np.ones((*shape, size)), np.ones((*label, size)), weights=np.ones(size))
    assert batch.size == size
    assert batch.inputs.shape == (*shape, size)
    assert batch.labels.shape == (*label, size)
    for wrong in ({"labels": np.ones((*label, size + 1))}, {"labels": 1.0}, {"weights": np.ones(size + 1)}):
        (name,) = wrong
        with pytest.raises(ValueError, match=rf"Batch.of: expected {name} to be of shape \(..., {size}\), .* got \("):
            Batch.of(np.ones((*shape, size)), **wrong)


@pytest.mark.parametrize("inputs", [1.0, np.ones(5)])
def test_inputs_without_an_axis_of_samples_are_refused(inputs):
    with pytest.raises(ValueError, match=r"Batch.of: expected inputs to be of shape \(..., n\)"):
        Batch.of(inputs)


@pytest.mark.parametrize("name", ["size", "parts", "of", "index", "count", "_names", "__len__"])
def test_a_name_that_a_batch_uses_itself_is_refused(name):
    with pytest.raises(TypeError, match=f"Batch.of: expected the name of a part to be one that .* got '{name}'"):
        Batch.of(X, **{name: W})


def test_a_part_is_made_once_and_only_when_it_is_read():
    made = []

    def make(name):
        made.append(name)
        return np.zeros((1, 3))

    batch = Batch(3, make, ("inputs", "labels", "weights"))
    assert "weights" in batch.parts
    assert list(batch.parts) == ["inputs", "labels", "weights"]
    assert (len(batch), batch.size, batch.parts["labels"] is batch[1]) == (2, 3, True)
    assert made == ["labels"]
    assert batch.weights is batch.weights
    assert made == ["labels", "weights"]


def test_a_copy_and_what_travels_between_processes_have_the_same_parts():
    lazy = next(Dataset("digits", train_size=60, rng=0).batches())[0]
    for batch in (Batch.of(X, Y, weights=W), lazy):
        for other in (copy.copy(batch), copy.deepcopy(batch), pickle.loads(pickle.dumps(batch))):
            assert other.size == batch.size
            assert list(other.parts) == list(batch.parts)
            for name, part in batch.parts.items():
                np.testing.assert_array_equal(other.parts[name], part, strict=True)


def test_chunks_are_batches_that_unpack():
    chunks = list(Dataset("digits", images=True).chunks("test", size=100))
    assert all(isinstance(chunk, Batch) for chunk in chunks)
    assert [chunk.size for chunk in chunks] == [100, 100, 100, 60]
    for inputs, labels in chunks:
        assert inputs.shape == (1, 8, 8, labels.shape[1])


def test_looking_at_a_part_again_costs_next_to_nothing():
    batch = Batch.of(X, Y, weights=W)
    for look in (lambda: batch.inputs, lambda: batch[1], lambda: batch.weights, lambda: batch.size):
        look()
        assert min(timeit.repeat(look, number=1000, repeat=5)) < 1e-3  # a microsecond each

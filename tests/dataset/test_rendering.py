"""Data sets whose samples are drawn when they are needed deliver them as others do."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid
from dataset import Dataset, Shifts, Standardization
from layers import Dense, Flatten, Reshape
from nn import MLP, Autoencoder
from optimizer import Adam

FEW = {"sprites": {"side": 16, "positions": 3, "rotations": 3}, "paddles": {"side": 16, "train_size": 90}}


def drawn(name, **options):
    return Dataset(name, **{"test_size": 10, "batch_size": 8, "rng": 0} | FEW[name] | options)


def kept(data):
    """The same samples as arrays."""
    (x, y), (test_x, test_y) = data.trainSet(), data.testSet()
    tests = {"testInputs": test_x, "testLabels": test_y}
    return Dataset.fromArrays(x, y, **tests, batch_size=8, rng=5)


@pytest.fixture(params=FEW)
def data(request):
    return drawn(request.param)


def test_batches_are_those_of_the_same_samples_kept_as_arrays(data):
    arrays = kept(data)
    data._rng = np.random.default_rng(5)
    assert len(data) == len(arrays)
    for (batch, test, size), (other, other_test, _) in zip(data.batches(), arrays.batches(), strict=True):
        assert batch.inputs.shape == (1, 16, 16, size)
        for i in (0, 1):
            np.testing.assert_array_equal(batch[i], other[i])
            np.testing.assert_array_equal(test[i], other_test[i])
    joined = np.concatenate([chunk.inputs for chunk in data.chunks("train", 37)], axis=-1)
    np.testing.assert_array_equal(joined, data.trainSet()[0])
    assert data.facts.ends == (0, 1)
    assert data.facts.labels == arrays.facts.labels


def test_as_columns_in_a_range_in_double_precision_and_images_anyhow(data):
    columns = data.asColumns()
    assert (columns.sampleShape, columns.inputDim, columns.imageShape) == ((256,), 256, (16, 16))
    np.testing.assert_array_equal(columns.trainSet()[0], data.trainSet()[0].reshape(256, -1))
    assert columns.rendered(data.trainSet()[1]).shape == (256, data.train_size)
    wide = drawn(data.name, valueRange=(-1, 1), dtype=np.float64, images=True)
    x = wide.trainSet()[0]
    assert (x.dtype, wide.valueRange) == (np.float64, (-1, 1))
    np.testing.assert_array_equal(x, 2 * data.trainSet()[0] - 1)
    assert len({one.fingerprint() for one in (data, columns, wide)}) == 3


def test_mapped_and_standardized(data):
    means = data.mapped(lambda x: x.mean(axis=(1, 2)))
    assert means.sampleShape == (1,)
    np.testing.assert_allclose(means.trainSet()[0], data.trainSet()[0].mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(means.trainSet()[1], data.trainSet()[1])
    with pytest.raises(ValueError, match="Dataset.rendered: expected the data set to be one whose samples are drawn"):
        means.rendered(data.trainSet()[1])
    seen = data.standardizedBy(Standardization([0.5], [0.25]))
    np.testing.assert_allclose(seen.trainSet()[0], 4 * data.trainSet()[0] - 2)


def test_augmentation_changes_training_batches_alone(data):
    changed, again = (drawn(data.name, augment=Shifts(1), rng=2) for _ in range(2))
    plain = drawn(data.name, rng=2)
    pairs = list(zip(changed.batches(), again.batches(), strict=True))
    for (batch, test, _), (other, _, _) in pairs:
        np.testing.assert_array_equal(batch.inputs, other.inputs)
        np.testing.assert_array_equal(test.inputs, data.testSet()[0][..., : test.size])
        break
    moved = np.concatenate([batch.inputs for (batch, _, _), _ in pairs], axis=-1)
    assert not np.array_equal(moved, plain.trainSet()[0])
    np.testing.assert_array_equal(changed.trainSet()[0], plain.trainSet()[0])
    np.testing.assert_array_equal(changed.rendered(changed.trainSet()[1]), changed.trainSet()[0])


@pytest.mark.parametrize("name", FEW)
def test_a_training_that_is_resumed_is_equal_to_the_bit(name, tmp_path):
    def trained(epochs, path=None, resume=False):
        rng, adam = np.random.default_rng(1), Adam(lr=0.01)
        encoder = MLP([Flatten(), Dense(256, 5, ReLU(), adam, rng=rng)])
        decoder = MLP([Dense(5, 256, Sigmoid(), adam, rng=rng), Reshape((1, 16, 16))])
        model = Autoencoder(encoder, decoder)
        keep = {} if path is None else {"checkpoint": path, "resume": resume}
        data = drawn(name, augment=Shifts(1), rng=4)
        model.train(data, epochs=epochs, metrics=["train_loss"], progress=False, watch=False, **keep)
        return model

    whole = trained(2)
    trained(1, tmp_path / "part")
    resumed = trained(2, tmp_path / "part", resume=True)
    for one, other in zip(whole.weights().values(), resumed.weights().values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_factors_that_do_not_exist_are_refused():
    sprites, paddles = drawn("sprites"), drawn("paddles")
    assert sprites.rendered(np.zeros((5, 0))).shape == (1, 16, 16, 0)
    for data, factors, words in (
        (sprites, [[0], [0], [0], [3], [0]], "the factor 'x' to be a whole number from 0 to 2, got 3"),
        (sprites, [[0], [0.5], [0], [0], [0]], "the factor 'scale' to be a whole number from 0 to 5, got 0.5"),
        (sprites, [[-1], [0], [0], [0], [0]], "the factor 'shape' to be a whole number from 0 to 2, got -1"),
        (sprites, np.zeros((4, 2)), "shape .5, n., with the rows shape, scale, rotation, x, y, got .4, 2."),
        (paddles, [[0], [0], [1.5], [0]], "the factor 'left paddle' to be a number from 0 to 1, got 1.5"),
        (paddles, [[0], [np.nan], [0], [0]], "finite"),
    ):
        with pytest.raises(ValueError, match=words):
            data.rendered(factors)
    with pytest.raises(ValueError, match="expected the data set to be one whose samples are drawn from factors"):
        Dataset("digits").rendered([[0]])
    assert Dataset("digits").factorNames is Dataset("digits").factorSizes is None

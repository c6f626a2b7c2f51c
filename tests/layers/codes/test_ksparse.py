"""The k largest features of a sample."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Sigmoid
from dataset import Dataset
from layers import Chain, Conv2D, Dense, KSparse
from nn import MLP, Autoencoder, Listener
from optimizer import Adam


@given(st.integers(1, 8), st.integers(0, 7), st.integers(1, 5), st.sampled_from([np.float32, np.float64]))
def test_the_k_largest_stay(k, more, samples, dtype):
    x = np.random.default_rng(k + more).normal(size=(k + more, samples)).astype(dtype)
    layer = KSparse(k)
    layer.astype(dtype)
    y = layer.feedforward(x)
    assert y.dtype == dtype
    assert ((y != 0).sum(axis=0) == k).all()
    for column, kept in zip(x.T, y.T, strict=True):
        assert set(kept[kept != 0]) == set(np.sort(column)[more:])
    dx = layer.backward(np.ones_like(x))
    assert np.array_equal(dx, (y != 0).astype(dtype))


def test_equal_numbers_stay_together():
    assert KSparse(2).feedforward(np.array([[1.0], [1.0], [1.0], [0.0]])).T.tolist() == [[1, 1, 1, 0]]


def test_a_prediction_takes_more():
    x = np.arange(10.0)[:, None] + 1
    layer = KSparse(2, testFactor=2.5)
    assert np.count_nonzero(layer.feedforward(x)) == 2
    assert np.count_nonzero(layer.feedforward(x, training=False)) == 5
    assert np.count_nonzero(KSparse(6, testFactor=3).feedforward(x, training=False)) == 10


def test_sequences_and_images():
    rng = np.random.default_rng(0)
    sequences, images = rng.normal(size=(3, 5, 2)), rng.normal(size=(5, 3, 2, 2))
    assert (np.count_nonzero(KSparse(2).feedforward(sequences), axis=1) == 2).all()
    assert (np.count_nonzero(KSparse(2).feedforward(images), axis=0) == 2).all()


class Counts(Listener):
    def __init__(self, layer):
        self.layer, self.seen = layer, []

    def stepped(self, course):
        self.seen.append(self.layer.count)


def test_k_falls_in_the_first_part_of_a_training():
    layer, dataset = KSparse(5, start=25, over=0.5), Dataset("digits", train_size=500, batch_size=50, rng=0)
    counts = Counts(layer)
    autoencoder = Autoencoder(MLP([Dense(64, 40), layer]), MLP([Dense(40, 64, Sigmoid())]))
    autoencoder.train(dataset, epochs=4, metrics=[], listeners=[counts])
    assert counts.seen[0] == 25
    assert counts.seen[10] == 15
    assert counts.seen == sorted(counts.seen, reverse=True)
    assert set(counts.seen[20:]) == {5}


def test_it_stands_in_files(tmp_path):
    network = MLP([Dense(4, 6, rng=0), KSparse(2, 1.5, start=5, over=0.3), Dense(6, 2, rng=1)])
    network.save(tmp_path / "network.safetensors")
    other = MLP.load(tmp_path / "network.safetensors")
    assert other.layers[1].config() == network.layers[1].config()
    x = np.random.default_rng(0).normal(size=(4, 3))
    assert np.array_equal(other.predict(x), network.predict(x))


def test_bad_input():
    with pytest.raises(
        ValueError, match=r"layers\[1\] \(KSparse 5\): expected at least k = 5 features, got samples of"
    ):
        Chain([Dense(3, 4), KSparse(5)])
    with pytest.raises(ValueError, match="at least k = 9 features"):
        Chain([Dense(3, 4), KSparse(2, start=9)])
    with pytest.raises(ValueError, match="KSparse 3: expected at least k = 3 features"):
        KSparse(3).feedforward(np.ones((2, 4)))
    with pytest.raises(ValueError, match="start to be a whole number of at least 5"):
        KSparse(5, start=4)
    with pytest.raises(ValueError, match="testFactor"):
        KSparse(5, testFactor=0.5)
    with pytest.raises(ValueError, match="expected at least k = 3"):
        Chain([Conv2D(1, 2, 3), KSparse(3)]).feedforward(np.ones((1, 4, 4, 2)))


def trained(epochs, **keywords):
    adam = Adam(lr=0.003)
    layer, dataset = KSparse(5, start=25, over=0.75), Dataset("digits", train_size=500, batch_size=50, rng=0)
    encoder = MLP([Dense(64, 40, optimizer=adam, rng=0), layer])
    autoencoder = Autoencoder(encoder, MLP([Dense(40, 64, Sigmoid(), adam, rng=1)]))
    history = autoencoder.train(dataset, epochs=epochs, metrics=["test_loss"], **keywords)
    return autoencoder, history


def test_a_training_goes_on_to_the_bit_in_the_middle_of_the_fall(tmp_path):
    class Stop(Listener):
        def entered(self, course):
            if course.epoch >= 2:
                course.stop()

    whole, history = trained(4)
    half, _ = trained(4, checkpoint=tmp_path / "half", listeners=[Stop()])
    assert 5 < half.encoder.layers[1].count < 25
    continued, other = trained(4, checkpoint=tmp_path / "half", resume=True)
    assert other["test_loss"] == history["test_loss"]
    assert all(np.array_equal(array, continued.weights()[name]) for name, array in whole.weights().items())


def test_what_is_saved_in_the_fall_predicts_as_it_did(tmp_path):
    network = MLP([Dense(4, 9, rng=0), KSparse(2, start=8)])
    network.layers[1].advance(0.25)
    network.astype(np.float32)
    x = np.random.default_rng(0).normal(size=(4, 3))
    y = network.predict(x)
    assert network.layers[1].count == 5 == np.count_nonzero(y[:, 0])
    network.save(tmp_path / "network.safetensors")
    assert np.array_equal(MLP.load(tmp_path / "network.safetensors").predict(x), y)
    assert np.array_equal(copy.deepcopy(network).predict(x), y)


@pytest.mark.parametrize("features", [50, 5])
def test_units_that_are_never_on_are_told(features):
    """5 of 50 units that can be on: the others are dead; of 5 units that are alike none is."""
    dataset = Dataset("digits", rng=0)
    first = Dense(64, features, rng=0)
    first.bias[5:] = -1e3
    autoencoder = Autoencoder(MLP([first, KSparse(2)]), MLP([Dense(features, 64, Sigmoid(), rng=1)]))
    diagnosis = autoencoder.diagnose(dataset)
    said = [str(finding) for finding in diagnosis.findings if "among the k largest of no sample" in str(finding)]
    assert len(said) == (features == 50)
    assert all("45 of its 50 units are dead" in text for text in said)
    state = diagnosis.layers[1]
    assert (state.dead, state.flat) == (pytest.approx(1 - 5 / features), pytest.approx(1 - 2 / features))


def test_one_sample_without_a_column_is_refused():
    with pytest.raises(ValueError, match=r"KSparse 1: expected an input of shape \(features, N\).*got \(N\)"):
        KSparse(1).feedforward(np.ones(3))

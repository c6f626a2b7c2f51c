"""Codes of two values, and the straight-through gradient, which is examined against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activations import Sigmoid, Tanh
from builders import Through
from dataset import Dataset, SaltAndPepper
from layers import BatchNormalization, Binarize, Chain, Corrupt, Dense, Layer, NoisySigmoid
from loss import CrossEntropy
from nn import MLP, Autoencoder, checkGradients
from optimizer import Adam

SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4).map(tuple)


class Surrogate(Through, Layer):
    """y = clip(x) + c with a constant c that makes it equal to a `Binarize` where it was first called."""

    def __init__(self, window):
        super().__init__()
        self.window, self.c = window, None

    def _forward(self, x, now, training):
        y = x if self.window is None else np.clip(x, -self.window, self.window)
        if self.c is None:
            self.c = np.where(x >= 0, 1, -1) - y
        return y + self.c

    def _backward(self, dy, now, wanted):
        return dy if self.window is None else dy * (np.abs(now.x) <= self.window)


@pytest.mark.parametrize("window", [None, 0.5, 1.0, 3.0])
def test_its_gradient_is_that_of_the_identity_in_its_place(window):
    """Whose gradient the exam finds right; and all gradients of the network with a `Binarize` are the same bits."""
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(5, 7)), rng.normal(size=(2, 7))
    networks = [
        Chain([Dense(5, 6, Tanh(), rng=1), Dense(6, 4, rng=2), layer, Dense(4, 2, rng=3)])
        for layer in (Surrogate(window), Binarize(window))
    ]
    found = []
    for network in networks:
        y = network.feedforward(x)
        dx = network.backward(dy).copy()
        found.append([y, dx, *(layer.gradientVector.copy() for layer in network.learning())])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    report = checkGradients(networks[0], x)
    assert report, report
    assert not checkGradients(networks[1], x)  # as its documentation says


@given(SHAPES, st.sampled_from([np.float32, np.float64]))
def test_two_values(shape, dtype):
    x = np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)
    x.flat[0] = 0
    layer = Binarize()
    layer.astype(dtype)
    y = layer.feedforward(x, training=bool(shape[0] % 2))
    assert y.dtype == dtype
    assert np.array_equal(y, np.where(x >= 0, 1, -1))
    assert Binarize().feedforward(np.array([[-0.0]])) == 1


def test_what_is_no_number_stays_none():
    with np.errstate(invalid="ignore"):
        assert np.isnan(Binarize().feedforward(np.array([[np.nan]]))).all()


def test_noise_in_training_and_bits_in_prediction():
    x = np.random.default_rng(0).normal(scale=5, size=(4, 500))
    layer = NoisySigmoid(2.0, rng=1)
    y = layer.feedforward(x)
    noise = np.log(y / (1 - y)) - x
    assert abs(noise.mean()) < 0.15
    assert noise.std() == pytest.approx(2, rel=0.05)
    assert not np.array_equal(layer.feedforward(x), y)
    assert np.array_equal(layer.feedforward(x, training=False), x >= 0)
    assert not layer.backward(np.ones_like(x)).any()
    quiet = NoisySigmoid(0.0)
    np.testing.assert_allclose(quiet.feedforward(x), 1 / (1 + np.exp(-x)))
    assert np.array_equal(quiet.feedforward(np.array([[-1e4, 1e4]])), [[0, 1]])


def hashing(layer, flips):
    adam = Adam(lr=0.005)
    encoder = MLP([Dense(64, 32, Tanh(), adam, rng=1), Dense(32, 8, None, adam, rng=2), BatchNormalization(8), layer])
    decoder = [Dense(8, 32, Tanh(), adam, rng=3), Dense(32, 64, Sigmoid(), adam, rng=4)]
    return Autoencoder(encoder, MLP([*flips, *decoder]), CrossEntropy())


@pytest.mark.parametrize(
    ("layer", "flips", "values"),
    [
        (Binarize(1), [Corrupt(SaltAndPepper(0.2, -1, 1))], {-1.0, 1.0}),
        (NoisySigmoid(1.0), [], {0.0, 1.0}),
    ],
    ids=["straight-through", "noise"],
)
def test_an_autoencoder_learns_binary_codes_and_stands_in_files(layer, flips, values, tmp_path):
    dataset = Dataset("digits", train_size=600, test_size=100, rng=0)
    model = hashing(layer, flips)
    before = model.encoder.layers[0].weight.copy()
    start = model.evaluate(dataset, ["squared_error"])["squared_error"]
    model.train(dataset, epochs=6, metrics=[])
    x = dataset.testSet()[0]
    assert set(np.unique(model.encode(x))) == values
    assert model.evaluate(dataset, ["squared_error"])["squared_error"] < 0.6 * start
    assert np.abs(model.encoder.layers[0].weight - before).max() > 0.01  # the gradient passes the step
    model.save(tmp_path / "hashing.safetensors")
    again = Autoencoder.load(tmp_path / "hashing.safetensors")
    assert again.encoder.layers[-1].config() == layer.config()
    assert np.array_equal(again.encode(x), model.encode(x))


def test_every_bit_is_flipped_with_half_the_share():
    bits = np.where(np.random.default_rng(0).random((50, 400)) < 0.5, -1.0, 1.0)
    flipped = Corrupt(SaltAndPepper(0.3, -1, 1), rng=1).feedforward(bits) != bits
    assert flipped.mean() == pytest.approx(0.15, abs=0.01)


def test_bad_input():
    with pytest.raises(ValueError, match="Binarize: expected window to be a finite number > 0, got 0"):
        Binarize(0)
    with pytest.raises(ValueError, match="NoisySigmoid: expected deviation to be a finite number >= 0, got -1"):
        NoisySigmoid(-1)
    with pytest.raises(TypeError, match="NoisySigmoid: expected rng"):
        NoisySigmoid(rng="noise")

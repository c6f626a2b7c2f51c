"""A decoder with the weights of its encoder."""

import copy

import numpy as np
import pytest

from activations import Sigmoid, Tanh
from dataset import Dataset
from layers import Chain, Conv2D, Dense, TiedDense, Wanted
from nn import MLP, Autoencoder, checkGradients
from optimizer import SGD, Adam


def tied(optimizer=None):
    optimizer = optimizer or Adam(lr=0.003)
    one, two = Dense(64, 20, Sigmoid(), optimizer, rng=0), Dense(20, 8, optimizer=optimizer, rng=1)
    decoder = MLP([TiedDense(two, Sigmoid(), optimizer), TiedDense(one, Sigmoid(), optimizer)])
    return Autoencoder(MLP([one, two]), decoder)


def test_it_is_the_transposed_product():
    down = Dense(5, 3, rng=0)
    up = TiedDense(down, Tanh())
    up.bias = np.arange(5.0)[:, None]
    x = np.random.default_rng(0).normal(size=(3, 4))
    assert Chain([down, up]).layers[1].feedforward(x) == pytest.approx(np.tanh(down.weight.T @ x + up.bias))


def test_the_gradient_of_the_weight_is_that_of_both_places():
    """Against a decoder with a weight of its own that has the same values."""
    down, free = (Dense(5, 3, Tanh(), SGD(lr=0.1), rng=0) for _ in range(2))
    up, own = TiedDense(down, Sigmoid(), SGD(lr=0.1)), Dense(3, 5, Sigmoid(), SGD(lr=0.1))
    own.weight = down.weight.T
    x, dy = np.random.default_rng(0).normal(size=(5, 4)), np.random.default_rng(1).normal(size=(5, 4))
    one, other = Chain([down, up]), Chain([free, own])
    for network in (one, other):
        network.forward(x)
        network.backward(dy)
    assert down.gradients["weight"] == pytest.approx(free.gradients["weight"] + own.gradients["weight"].T)
    assert one.gradient == pytest.approx(other.gradient)
    before = down.gradients["weight"].copy()
    one.forward(x)
    one.backward(dy, Wanted(add=True))
    assert down.gradients["weight"] == pytest.approx(2 * before)


def test_the_gradient_of_an_earlier_pass_is_not_added():
    down = Dense(5, 3, rng=0)
    up = TiedDense(down)
    network, x = Chain([down, up]), np.random.default_rng(0).normal(size=(5, 4))
    network.forward(x)
    up.backward(np.ones((5, 4)))
    network.forward(x)
    down.backward(np.ones((3, 4)))
    assert down.gradients["weight"] == pytest.approx(np.ones((3, 4)) @ x.T)


def test_a_deep_autoencoder(tmp_path):
    autoencoder, dataset = tied(), Dataset("digits", rng=0)
    assert checkGradients(tied(SGD(lr=1)))
    assert autoencoder.numParameters() == 64 * 20 + 20 + 20 * 8 + 8 + 20 + 64
    history = autoencoder.train(dataset, epochs=8, metrics=["test_loss"])
    assert history["test_loss"][-1] < history["test_loss"][0]
    autoencoder.save(tmp_path / "tied.safetensors")
    x = dataset.testSet()[0]
    for other in (Autoencoder.load(tmp_path / "tied.safetensors"), copy.deepcopy(autoencoder)):
        assert np.array_equal(other.reconstruct(x), autoencoder.reconstruct(x))
        assert other.decoder.layers[1].dense is other.encoder.layers[0]


def test_a_training_goes_on_to_the_bit(tmp_path):
    def trained(epochs, **keywords):
        autoencoder = tied()
        autoencoder.train(Dataset("digits", rng=0), epochs=epochs, metrics=[], **keywords)
        return autoencoder.weights()

    whole = trained(4)
    trained(2, checkpoint=tmp_path / "two")
    continued = trained(4, checkpoint=tmp_path / "two", resume=True)
    assert all(np.array_equal(whole[name], continued[name]) for name in whole)


def test_a_frozen_weight_stays():
    autoencoder, dataset = tied(), Dataset("digits", train_size=100, rng=0)
    autoencoder.encoder.freeze()
    autoencoder.astype(dataset.dtype)
    before = autoencoder.weights()
    autoencoder.train(dataset, epochs=1, metrics=[])
    after = autoencoder.weights()
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"decoder.layers.0.bias", "decoder.layers.1.bias"}


def test_bad_input():
    with pytest.raises(TypeError, match="TiedDense: expected dense to be a Dense of the same network"):
        TiedDense(Conv2D(1, 1, 3))
    with pytest.raises(RuntimeError, match=r"its dense, 'layers\[7\]', is not in this network: give the Dense itself"):
        TiedDense("layers[7]").feedforward(np.ones((3, 2)))
    down = Dense(5, 3)
    with pytest.raises(ValueError, match="make the two equal"):
        Chain([down, Dense(3, 4), TiedDense(down)])
    with pytest.raises(ValueError, match=r"expected a bias of shape \(5, 1\), got one of shape \(3, 1\)"):
        TiedDense(down).bias = np.zeros((3, 1))


def test_the_weight_learns_from_both_places_where_the_bias_is_frozen():
    autoencoder = tied(SGD(lr=1))
    autoencoder.decoder.freeze()
    assert checkGradients(autoencoder)
    frozen = tied(SGD(lr=1))
    x = np.random.default_rng(0).uniform(size=(64, 5))
    for one in (frozen, autoencoder):
        one.computeGradients(x)
    for one, other in zip(frozen.encoder.layers, autoencoder.encoder.layers, strict=True):
        assert np.array_equal(one.gradients["weight"], other.gradients["weight"])


def test_the_names_of_its_parameters_in_pytorch():
    """The weight is that of the encoder, and stands there alone."""
    names = {name: array.shape for name, array in tied().stateDict().items()}
    assert names == {
        "encoder.0.weight": (20, 64),
        "encoder.0.bias": (20,),
        "encoder.2.weight": (8, 20),
        "encoder.2.bias": (8,),
        "decoder.0.bias": (20,),
        "decoder.2.bias": (64,),
    }


def test_a_dense_of_another_model_is_refused(tmp_path):
    """It would not learn, and would not be in the file."""
    autoencoder, digits = tied(), Dataset("digits", rng=0)
    alone = MLP([Dense(64, 8, rng=0), *autoencoder.decoder.layers])
    expected = r"layers\[1\] .*expected its dense to be a Dense of the same model, got .*Dense 20 -> 8.*train and save"
    with pytest.raises(ValueError, match=expected):
        alone.train(digits, epochs=1)
    with pytest.raises(ValueError, match=expected):
        alone.save(tmp_path / "alone.safetensors")
    assert alone.predict(digits.testSet()[0]).shape == (64, 360)

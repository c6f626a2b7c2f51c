"""Layers with an activation: the output is computed when somebody looks, logits go in and out."""

import numpy as np
import pytest

from activations import Identity, Softmax, Tanh
from layers import Activate, Chain, Dense, Sampler
from nn import MLP

X = np.random.default_rng(0).normal(size=(4, 6))


class Counting(Softmax):
    """A Softmax that counts how often it is computed."""

    link, calls = "Softmax", 0

    def apply(self, z, out=None):
        self.calls += 1
        return super().apply(z, out)


def test_the_output_after_forwardLogits_is_that_of_its_preactivation():
    layer = Dense(4, 3, Counting(), rng=0)
    rng = np.random.default_rng(0)
    for columns in (5, 5, 2, 7):
        x = rng.normal(size=(4, columns))
        z = layer.forwardLogits(x)
        assert z is layer.preactivation
        assert np.allclose(z, layer.weight @ x + layer.bias)
        before = layer.activation.calls
        assert np.array_equal(layer.output, Softmax().apply(z))
        assert layer.output is layer.output
        assert layer.activation.calls == before + 1
        assert np.array_equal(layer.feedforward(x), layer.output)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_backward_pass_of_logits_leaves_the_output_until_somebody_looks(wrapped):
    last = Dense(4, 3, Counting(), rng=0)
    network = Chain([Dense(4, 4, Tanh(), rng=1), Chain([last])]) if wrapped else last
    z = network.forwardLogits(X)
    network.backwardLogits(np.ones((3, 6)))
    assert last.activation.calls == 0
    expected = Softmax().apply(z)
    assert np.array_equal(network.output, expected)
    assert last.activation.calls == 1


def test_backward_after_forwardLogits_computes_it():
    layer, other, dy = Dense(4, 3, Counting(), rng=0), Dense(4, 3, Counting(), rng=0), X[:3]
    layer.forwardLogits(X)
    other.forward(X)
    assert np.array_equal(layer.backward(dy), other.backward(dy))
    assert np.array_equal(layer.gradients["weight"], other.gradients["weight"])
    assert layer.activation.calls == other.activation.calls == 1


def test_a_prediction_in_between_changes_no_output():
    layer = Dense(4, 3, Counting(), rng=0)
    z = layer.forwardLogits(X).copy()
    Chain([layer]).predict(2 * X)
    assert np.array_equal(layer.output, Softmax().apply(z))


def test_a_layer_without_activation_gives_its_output_as_the_logits_of_a_chain():
    sampler = Sampler(4, 3, rng=0)
    chain = Chain([sampler])
    assert chain.forwardLogits(np.ones((4, 2))) is sampler.output
    assert chain.output is sampler.output
    assert chain.preactivation is sampler.output
    assert (sampler.activation, chain.activation) == (None, None)


def test_the_activation_of_a_layer_is_the_identity_unless_it_is_given():
    layer = Dense(4, 3, rng=0)
    assert isinstance(layer.activation, Identity)
    assert np.array_equal(layer.forwardLogits(X), layer.output)


def test_logits_of_another_shape_are_refused():
    layer = Dense(4, 3, Tanh(), rng=0)
    layer.forwardLogits(X)
    with pytest.raises(ValueError, match=r"expected a gradient of its output's shape \(3, 6\), got \(3, 5\)"):
        layer.backwardLogits(np.ones((3, 5)))
    with pytest.raises(RuntimeError, match="has seen no input yet"):
        Dense(4, 3).backwardLogits(np.ones((3, 5)))


# An activation by itself ----------------------------------------------------------------------------------------------


def test_a_layer_and_its_activation_apart_are_as_the_layer():
    whole, linear = Dense(4, 3, Tanh(), rng=0), Dense(4, 3, rng=0)
    apart = Chain([linear, Activate(Tanh())])
    assert np.allclose(apart.feedforward(X), whole.feedforward(X), rtol=1e-12)
    assert np.allclose(apart.backward(X[:3]), whole.backward(X[:3]), rtol=1e-12)
    assert np.allclose(linear.gradients["weight"], whole.gradients["weight"], rtol=1e-12)
    assert (apart.numParameters(), apart.learning()) == (15, [linear])


def test_a_softmax_apart_is_still_one_that_losses_know():
    label = np.eye(3)[:, [0, 1, 2, 0, 1, 2]]
    whole, apart = MLP([Dense(4, 3, Softmax(), rng=0)]), MLP([Dense(4, 3, rng=0), Activate(Softmax())])
    for model in (whole, apart):
        model.layers[0].weight *= 1000  # where a Softmax rounds to 0 and 1
    assert apart.computeGradients(X, label) == pytest.approx(whole.computeGradients(X, label), rel=1e-12)
    assert np.allclose(apart.layers[0].gradients["weight"], whole.layers[0].gradients["weight"], rtol=1e-12)
    assert apart.loss.name == whole.loss.name == "CrossEntropy"


def test_what_it_is_given_stays_as_it_is():
    layer, x, dy = Activate(Tanh()), X.copy(), X.copy()
    layer.forward(x)
    layer.backward(dy)
    assert np.array_equal(x, X)
    assert np.array_equal(dy, X)


def test_an_activation_by_itself_is_described_and_made_again():
    layer = Activate(Tanh())
    assert (repr(layer), layer.outputShape((2, 5))) == ("Activate Tanh()", (2, 5))
    assert repr(Activate.fromConfig(layer.config())) == repr(layer)


@pytest.mark.parametrize("wrong", [None, "relu", Tanh, Dense(4, 3)], ids=str)
def test_what_is_no_activation_is_refused(wrong):
    with pytest.raises(TypeError, match=r"Activate: expected activation to be .*ReLU\(\)"):
        Activate(wrong)

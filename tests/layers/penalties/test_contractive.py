"""The penalty on a layer's Jacobian, in closed form and drawn."""

import numpy as np
import pytest

from activations import Activation, Identity, ReLU, Sigmoid, Softmax, Tanh
from layers import (
    L1,
    BatchNormalization,
    Chain,
    Contracting,
    Contractive,
    Conv2D,
    Dense,
    Dropout,
    KLSparsity,
    NoisySigmoid,
)
from nn import MLP, Autoencoder, checkGradients


def jacobians(layer, x, h=1e-6):
    """∂y/∂x of every sample by central differences, (outputs, inputs, N)."""
    columns = []
    for i in range(len(x)):
        step = np.zeros_like(x)
        step[i] = h
        columns.append((layer.feedforward(x + step) - layer.feedforward(x - step)) / (2 * h))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("activation", [Sigmoid(), Tanh(), ReLU(), Identity()], ids=repr)
def test_it_is_the_norm_of_the_jacobian(activation):
    layer, x = Dense(4, 3, activation, rng=0, penalty=Contractive(0.7)), np.random.default_rng(1).normal(size=(4, 5))
    expected = 0.7 * np.square(jacobians(layer, x)).sum() / 5
    layer.feedforward(x)
    assert layer.penalty.value(layer.now) == pytest.approx(expected, rel=1e-6)
    layer.now.weights = weights = np.array([1.0, 0.0, 2.0, 0.5, 1.5])
    assert layer.penalty.value(layer.now) == pytest.approx(
        0.7 * (np.square(jacobians(layer, x)).sum(axis=(0, 1)) * weights).sum() / 5, rel=1e-6
    )


def test_the_drawn_one_is_it_in_the_mean():
    layer = Contracting([Dense(4, 3, Tanh(), rng=0), Dense(3, 2, Tanh(), rng=1)], 0.7, 1e-3, rng=2)
    x = np.repeat(np.random.default_rng(1).normal(size=(4, 3)), 20_000, axis=1)
    expected = 0.7 * np.square(jacobians(layer.chain, x[:, ::20_000])).sum() / 3
    y = layer.feedforward(x)
    assert layer.penalty.value(layer.now) == pytest.approx(expected, rel=0.02)
    assert np.array_equal(y, layer.chain.feedforward(x))
    layer.feedforward(x, training=False)
    assert layer.penalty.value(layer.now) == 0


def test_a_network_adds_it_to_its_loss():
    x, y = np.random.default_rng(0).normal(size=(4, 6)), np.eye(3)[:, [0, 1, 2, 0, 1, 2]]
    plain, penalised = (
        MLP([Dense(4, 5, Sigmoid(), rng=0, penalty=penalty), Dense(5, 3, Softmax(), rng=1)])
        for penalty in (None, Contractive(2.0))
    )
    for network in (plain, penalised):
        network.feedforward(x)
    first = penalised.layers[0]
    assert penalised.getLoss(y) == pytest.approx(plain.getLoss(y) + first.penalty.value(first.now))


class Cube(Activation):
    def apply(self, z, out=None):
        return np.power(z, 3, out=out)

    def derivative(self, z):
        return 3 * z**2


class Steeper(Sigmoid):
    """With another derivative, and so without the second one that it inherits."""

    def derivative(self, z):
        return 2 * super().derivative(z)


@pytest.mark.parametrize("activation", [Softmax(), Cube(), Steeper()], ids=lambda one: one.name)
def test_an_activation_without_a_second_derivative(activation):
    with pytest.raises(ValueError, match="expected penalty=Contractive to be on an activation with a secondDerivative"):
        Dense(3, 2, activation, penalty=Contractive())


def test_bad_input():
    for make in (
        lambda: Conv2D(1, 1, 3, Sigmoid(), penalty=Contractive()),
        lambda: BatchNormalization(3, penalty=Contractive()),
    ):
        with pytest.raises(ValueError, match="to be on a Dense layer"):
            make()
    with pytest.raises(ValueError, match="Contractive: expected weight to be a finite number >= 0, got -1"):
        Contractive(-1)
    with pytest.raises(ValueError, match="expected a chain with layers"):
        Contracting([])
    with pytest.raises(ValueError, match="Contracting: expected deviation to be a finite number > 0"):
        Contracting([Dense(2, 2)], deviation=0)


def test_weights_reach_penalties_inside():
    inner = [Dense(4, 3, Tanh(), rng=0, penalty=L1(0.3)), Dense(3, 2, Sigmoid(), rng=1)]
    network = MLP([Contracting(inner, 0.7, 0.1, rng=2), Dense(2, 4, rng=3)])
    x = np.random.default_rng(1).normal(size=(4, 5))
    assert checkGradients(Autoencoder(network, MLP([Dense(4, 4, rng=4)])), x, weights=[0.0, 1.0, 3.0, 2.0, 1.0])


@pytest.mark.parametrize("penalty", [Contractive(0.3), L1(0.3), KLSparsity(0.3)], ids=lambda one: one.name)
def test_a_frozen_layer_keeps_its_penalty_and_its_parameters(penalty):
    """The layer below learns from it."""
    frozen = Dense(3, 2, Sigmoid(), rng=1, penalty=penalty)
    frozen.trainable = False
    network = MLP([Dense(4, 3, Tanh(), rng=0), frozen, Dense(2, 2, rng=2)])
    x, y = np.random.default_rng(1).normal(size=(4, 5)), np.random.default_rng(2).normal(size=(2, 5))
    assert checkGradients(network, x, y)
    network.computeGradients(x, y)
    without = MLP([network.layers[0], *network.copy().layers[1:]])
    without.layers[1].penalty = None
    one = network.layers[0].gradients["weight"].copy()
    without.computeGradients(x, y)
    assert not np.allclose(one, without.layers[0].gradients["weight"])
    assert not frozen.hasGradients


@pytest.mark.parametrize("layer", [Dropout(0.5), NoisySigmoid()], ids=repr)
def test_layers_that_draw_stand_outside(layer):
    with pytest.raises(ValueError, match="Contracting: expected chain to be one whose layers draw nothing, got"):
        Contracting([Dense(3, 2), Chain([layer])])


def test_one_weight_is_said_and_used():
    layer, x = Contracting([Dense(4, 3, Sigmoid(), rng=0)], weight=0.1, rng=0), np.ones((4, 5))
    layer.penalty.weight = 0.7
    assert (layer.weight, layer.config()["weight"]) == (0.7, 0.7)
    with pytest.raises(AttributeError):
        layer.weight = 0.2  # it would be another than that of the penalty
    assert layer.feedforward(x).shape == (3, 5)

"""How much outputs change with inputs."""

import numpy as np
import pytest

from activations import Identity, ReLU, Sigmoid, Softmax, Tanh
from layers import (
    BatchNormalization,
    Chain,
    Contractive,
    Conv2D,
    Copy,
    Dense,
    Dropout,
    Flatten,
    KSparse,
    NoisySigmoid,
)
from nn import MLP, jacobianNorm


def measured(network, x, h=1e-6):
    """By central differences of predictions."""
    total = 0.0
    for place in np.ndindex(x.shape[:-1]):
        step = np.zeros_like(x)
        step[place] = h
        total += np.square((network.predict(x + step) - network.predict(x - step)) / (2 * h)).sum()
    return total / x.shape[-1]


@pytest.mark.parametrize("activation", [Sigmoid(), Tanh(), ReLU(), Identity(), Softmax()], ids=repr)
def test_one_layer(activation):
    network, x = MLP([Dense(4, 3, activation, rng=0)]), np.random.default_rng(1).normal(size=(4, 250))
    assert jacobianNorm(network, x) == pytest.approx(measured(network, x), rel=1e-6)
    assert jacobianNorm(network.layers[0], x) == jacobianNorm(network, x)


@pytest.mark.parametrize(
    "layers",
    [
        [Dense(4, 6, Tanh(), rng=0), Dense(6, 3, Sigmoid(), rng=1)],
        [Dense(4, 6, rng=0), BatchNormalization(6), Dropout(0.5), KSparse(2)],
    ],
    ids=["deep", "layers that predict otherwise than they learn"],
)
def test_several_layers(layers):
    network, x = MLP(layers), np.random.default_rng(1).normal(size=(4, 5))
    if len(layers) > 2:
        layers[1].statistics["variance"][...] = np.arange(1, 7)[:, None]
    norm = jacobianNorm(network, x)
    assert norm == pytest.approx(measured(network, x), rel=1e-6)
    network.astype(np.float32)
    assert jacobianNorm(network, x) == pytest.approx(norm, rel=1e-5)


def test_images():
    network = MLP([Conv2D(2, 3, 2, Tanh(), rng=0), Flatten(), Dense(12, 2, rng=1)])
    x = np.random.default_rng(1).normal(size=(2, 3, 3, 4))
    assert jacobianNorm(network, x) == pytest.approx(measured(network, x), rel=1e-6)
    first = Chain(network.layers[:1])
    assert jacobianNorm(first, x) == pytest.approx(measured(first, x), rel=1e-6)


def test_it_is_what_the_penalty_weighs_and_disturbs_no_training():
    layer, x = Dense(4, 3, Sigmoid(), rng=0, penalty=Contractive(0.7)), np.random.default_rng(1).normal(size=(4, 5))
    y = layer.feedforward(x)
    before = layer.backward(y).copy()
    norm = jacobianNorm(layer, x[:, :2])
    assert layer.output.shape == (3, 5)
    assert np.array_equal(layer.backward(y), before)
    layer.feedforward(x[:, :2])
    assert layer.penalty.value(layer.now) == pytest.approx(0.7 * norm)


def test_steps_have_no_slope():
    assert jacobianNorm(NoisySigmoid(), np.ones((3, 2))) == 0


def test_bad_input():
    with pytest.raises(TypeError, match="jacobianNorm: expected network to be an MLP or a layer"):
        jacobianNorm(np.eye(3), np.ones((3, 2)))
    with pytest.raises(ValueError, match="jacobianNorm: expected x to be one sample or more"):
        jacobianNorm(Dense(3, 2), np.ones((3, 0)))
    with pytest.raises(ValueError, match=r"Dense 3 -> 2, Identity\(\): expected"):
        jacobianNorm(Dense(3, 2), np.ones((4, 2)))
    with pytest.raises(ValueError, match="jacobianNorm: expected x to be finite numbers"):
        jacobianNorm(Dense(3, 2, ReLU()), np.full((3, 2), np.nan))
    with pytest.raises(TypeError, match="expected network to be one whose output is one array"):
        jacobianNorm(Copy(2), np.ones((3, 2)))

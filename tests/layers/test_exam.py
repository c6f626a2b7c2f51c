"""The gradient exam: every layer × activation × loss, to 1e-7 relative in float64, against central differences."""

import numpy as np
import pytest

import activations
import layers
import loss
from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, checkGradients
from optimizer import SGD

ACTIVATIONS = [Identity(), Sigmoid(), Tanh(), ReLU(), LeakyReLU(0.1), ELU(), ELU(0.5), Softmax()]
LOSSES = [MSE(), MSE(0.3), CrossEntropy(), CategoricalCrossEntropy()]
SHAPES = [(1, 1, 1), (1, 1, 4), (3, 1, 2), (1, 4, 1), (5, 3, 1), (7, 4, 6)]  # inputs, outputs, samples

# One entry for every exported layer: a function of (inputs, outputs, activation) that makes it.
EXAMINED = {
    "Dense": lambda inputs, outputs, activation: Dense(inputs, outputs, activation, SGD(lr=1), rng=generator()),
    "Sampler": lambda inputs, outputs, activation: Sampler(inputs, outputs, SGD(lr=1), beta=0.7, rng=generator()),
}

by_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
by_loss = pytest.mark.parametrize("loss_", LOSSES, ids=repr)
by_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
by_layer = pytest.mark.parametrize("make", EXAMINED.values(), ids=EXAMINED.keys())


def generator():
    return np.random.default_rng(11)


def test_everything_exported_is_examined():
    assert EXAMINED.keys() == set(layers.__all__) - {"Layer"}
    assert {activation.name for activation in ACTIVATIONS} == set(activations.__all__) - {"Activation"}
    assert {one.name for one in LOSSES} == set(loss.__all__) - {"Loss"}


@by_layer
@by_activation
@by_shape
def test_layer(make, activation, shape):
    inputs, outputs, samples = shape
    report = checkGradients(make(inputs, outputs, activation), generator().normal(size=(inputs, samples)))
    assert report, report
    assert len(report.entries) == 3


@by_layer
@by_activation
@by_loss
@by_shape
def test_network(make, activation, loss_, shape):
    """The layer and a Dense one whose outputs lie inside (0, 1), where every loss is defined."""
    inputs, outputs, samples = shape
    network = MLP([make(inputs, 4, Tanh()), Dense(4, outputs, activation, SGD(lr=1), rng=generator())], loss_)
    network.layers[1].weight *= 0.03
    network.layers[1].bias = np.linspace(0.3, 0.6, outputs)[:, None]
    report = checkGradients(network, generator().normal(size=(inputs, samples)))
    assert report, report
    assert len(report.entries) == 5


@by_loss
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (3, 6)], ids=str)
def test_loss(loss_, shape):
    report = checkGradients(loss_, generator().uniform(0.1, 0.9, shape))
    assert report, report
    assert len(report.entries) == 3


@by_activation
def test_hidden_activation_of_a_deep_network(activation):
    network = MLP([Dense(5, 6, activation, rng=generator()) for _ in range(1)])
    for _ in range(3):
        network.addLayer(Dense(6, 6, activation, rng=generator()))
    network.addLayer(Dense(6, 3, Softmax(), rng=generator()))
    report = checkGradients(network, generator().normal(size=(5, 4)))
    assert report, report


def test_frozen_layers_hand_the_gradient_on():
    network = MLP([Dense(4, 5, Tanh()), Dense(5, 5, Sigmoid()), Dense(5, 2, Identity())])
    network.freeze(1)
    report = checkGradients(network)
    assert report, report
    assert [entry.name for entry in report.entries] == [
        "input", "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias",
    ]  # fmt: skip


# The exam itself is examined: an error of 0.1 % must fail it, wherever it is planted.


class Planted(Dense):
    """A Dense layer with one gradient 0.1 % too large, or one element of it."""

    def __init__(self, where, element=False):
        super().__init__(4, 3, Sigmoid())
        self.where, self.element = where, element

    def _backward(self, gradient, parameterGradients, inputGradient):
        arrays = {"input": super()._backward(gradient, parameterGradients, inputGradient), **self.gradients}
        wrong = arrays[self.where]
        wrong[(0, 0) if self.element else ...] *= 1.001
        return arrays["input"]


@pytest.mark.parametrize("element", [False, True])
@pytest.mark.parametrize("where", ["input", "weight", "bias"])
@pytest.mark.parametrize("samples", [1, 5])
def test_an_error_of_a_thousandth_in_a_layer_fails(where, element, samples):
    layer = Planted(where, element)
    report = checkGradients(layer, generator().normal(size=(4, samples)))
    assert not report
    assert [entry.verdict for entry in report.entries if entry.name == where] == ["wrong"]
    assert all(entry.verdict == "ok" for entry in report.entries if entry.name != where)
    network = MLP([Dense(4, 4, Tanh()), layer], CrossEntropy())
    assert not checkGradients(network, generator().normal(size=(4, samples)))


@by_activation
def test_an_error_of_a_thousandth_in_an_activation_fails(activation, monkeypatch):
    right = type(activation).backward
    wrong = lambda self, gradient, z, a, out=None: 1.001 * right(self, gradient, z, a, out)  # noqa: E731
    monkeypatch.setattr(type(activation), "backward", wrong)
    assert not checkGradients(Dense(4, 3, activation, rng=generator()))


@by_loss
@pytest.mark.parametrize("form", ["derivative", "derivativeLogits"])
def test_an_error_of_a_thousandth_in_a_loss_fails(loss_, form, monkeypatch):
    right = getattr(type(loss_), form)
    monkeypatch.setattr(type(loss_), form, lambda *arguments, **keywords: 1.001 * right(*arguments, **keywords))
    assert not checkGradients(loss_)
    output = Identity() if form == "derivative" else Softmax()
    network = MLP([Dense(3, 3, output, rng=generator())], loss_)
    network.layers[0].weight *= 0.1
    network.layers[0].bias = [[0.3], [0.4], [0.5]]
    assert not checkGradients(network)


def test_a_layer_that_returns_zeros_fails():
    class Silent(Dense):
        def _backward(self, gradient, parameterGradients, inputGradient):
            return np.zeros_like(self.input)

    assert not checkGradients(Silent(3, 2, Tanh()))

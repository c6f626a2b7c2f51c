"""Layers of the user's own: with parameters, with statistics, with an activation, made of others."""

import copy
import json

from leibnet.randomness import networks

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Tanh
from layers import Activated, Chain, Composite, Dense, Layer, Learning, Wanted
from loss import MSE, CrossEntropy
from nn import MLP, Model, checkGradients
from optimizer import SGD, Adam

X = np.random.default_rng(0).normal(size=(4, 6))


class Scale(Learning):
    """y = s ∘ x: every feature has a factor."""

    def __init__(self, dim, optimizer=None):
        super().__init__(optimizer)
        self.dim, self.inputShape = dim, (dim,)
        self._create(scale=np.ones((dim, 1)))

    def outputShape(self, inputShape):
        return inputShape

    def _forward(self, x, now, training):
        return np.multiply(self.parameters["scale"], x, out=now.buffer("y", x.shape))

    def _backward(self, dy, now, wanted):
        if wanted.parameters:  # ds = Σ dy · x, over the samples
            np.sum(dy * now.x, axis=1, keepdims=True, out=self.gradients["scale"])
        if not wanted.input:
            return None
        return np.multiply(self.parameters["scale"], dy, out=now.buffer("dx", dy.shape))


class Centred(Learning):
    """y = x - m, with a running mean m that training moves; it has statistics, and nothing to learn."""

    def __init__(self, dim, momentum=0.5):
        super().__init__()
        self.dim, self.momentum = dim, momentum
        self.keep(mean=np.zeros((dim, 1)))

    def outputShape(self, inputShape):
        return inputShape

    def _forward(self, x, now, training):
        mean = self.statistics["mean"]
        y = np.subtract(x, mean, out=now.buffer("y", x.shape))
        if training:
            mean += self.momentum * (x.mean(axis=1, keepdims=True) - mean)
        return y

    def _backward(self, dy, now, wanted):
        return dy if wanted.input else None


class Quadratic(Activated):
    """a = f(w x² + b), every feature by itself."""

    def __init__(self, dim, activation=None, optimizer=None):
        super().__init__(activation, optimizer)
        self.dim, self.inputShape = dim, (dim,)
        self._create(weight=networks.generator.normal(size=(dim, 1)), bias=np.zeros((dim, 1)))

    def outputShape(self, inputShape):
        return inputShape

    def _forward(self, x, now, training):
        z = np.multiply(self.parameters["weight"], x * x, out=now.buffer("z", x.shape))
        z += self.parameters["bias"]
        return z

    def _backward(self, dz, now, wanted):
        if wanted.parameters:
            self.gradients["weight"][...] = (dz * now.x**2).sum(axis=1, keepdims=True)
            self.gradients["bias"][...] = dz.sum(axis=1, keepdims=True)
        return 2 * self.parameters["weight"] * now.x * dz if wanted.input else None


class Gated(Composite):
    """y = f(x) ∘ g(x), of two layers of one shape."""

    nested = {"values": Layer, "gate": Layer}

    def __init__(self, values, gate):
        super().__init__()
        self.values, self.gate = values, gate
        self._settle()

    def children(self):
        return {"values": self.values, "gate": self.gate}

    @property
    def inputShape(self):
        return self.values.inputShape

    def outputShape(self, inputShape):
        return self.values.outputShape(inputShape)

    def _forward(self, x, now, training):
        now.f, now.g = self.values.forward(x, training), self.gate.forward(x, training)
        return np.multiply(now.f, now.g, out=now.buffer("y", now.f.shape))

    def _backward(self, dy, now, wanted):
        one, other = self.values.backward(dy * now.g, wanted), self.gate.backward(dy * now.f, wanted)
        return one + other if wanted.input else None


def gated():
    return Gated(Dense(4, 3, rng=1), Dense(4, 3, Sigmoid(), rng=2))


MADE = {
    "Scale": lambda: Scale(4, Adam(lr=0.05)),
    "Centred": lambda: Centred(4, 0.3),
    "Quadratic": lambda: Quadratic(4, Tanh(), SGD(lr=0.1)),
    "Gated": gated,
}

by_kind = pytest.mark.parametrize("kind", MADE)


@pytest.fixture(autouse=True)
def known(kinds):
    """Other tests have layers of these names, too."""
    for one in (Scale, Centred, Quadratic, Gated):
        Layer.kinds[one.__name__] = one


def network(kind):
    return Chain([Dense(4, 4, Tanh(), SGD(lr=0.1), rng=3), MADE[kind](), Dense(3 if kind == "Gated" else 4, 2, rng=4)])


@by_kind
def test_gradients(kind):
    for layer in (MADE[kind](), network(kind)):
        for leaf in layer.leaves().values():
            for parameter in leaf.parameters.values():
                parameter += 0.1 * np.random.default_rng(0).normal(size=parameter.shape)
        if kind == "Centred":  # whose forward pass in training is another one every time
            layer.astype(np.float64)
            y = layer.feedforward(X, training=False)
            assert layer.backward(y).shape == X.shape
            continue
        report = checkGradients(layer, X)
        assert report, report


def test_a_wrong_gradient_is_found():
    class Wrong(Scale):
        def _backward(self, dy, now, wanted):
            dx = super()._backward(dy, now, wanted)
            self.gradients["scale"][0] *= 1.001
            return dx

    report = checkGradients(Wrong(4), X)
    assert [entry.name for entry in report.entries if entry.verdict == "wrong"] == ["scale"]


@by_kind
def test_description(kind):
    chain = network(kind)
    again = Layer.fromConfig(json.loads(json.dumps(chain.config())))
    assert type(again.layers[1]) is type(chain.layers[1])
    assert again.config() == chain.config()
    assert repr(again) == repr(chain)
    assert list(again.leaves()) == list(chain.leaves())


@by_kind
def test_files(kind, tmp_path):
    model = MLP(network(kind).layers)
    for _ in range(3):
        model.feedforward(X)
        model.backpropagate(np.ones((2, 6)))
    model.save(tmp_path / "model.safetensors")
    again = Model.load(tmp_path / "model.safetensors")
    assert np.array_equal(again.predict(X), model.predict(X))
    for layer, other in zip(model.namedLayers().values(), again.namedLayers().values(), strict=True):
        for name, value in (layer.statistics | layer.parameters).items():
            assert np.array_equal((other.statistics | other.parameters)[name], value)
    if kind == "Centred":
        assert model.layers[1].statistics["mean"].any()


@by_kind
def test_it_trains_in_a_chain(kind):
    chain, loss, label = network(kind), MSE(), np.random.default_rng(1).normal(size=(2, 6))
    before = {name: value.copy() for leaf in chain.leaves().values() for name, value in leaf.parameters.items()}
    losses = []
    for _ in range(200):
        a = chain.forward(X)
        losses.append(loss.apply(label, a))
        chain.backward(loss.derivative(label, a), Wanted(input=False))
        chain.update()
    assert losses[-1] < 0.3 * losses[0]
    moved = {name: value for leaf in chain.leaves().values() for name, value in leaf.parameters.items()}
    assert not any(np.array_equal(value, before[name]) for name, value in moved.items())


@by_kind
def test_copies_and_precision(kind):
    chain = network(kind)
    chain.forward(X)
    other = copy.deepcopy(chain)
    assert np.array_equal(other.predict(X), chain.predict(X))
    other.astype(np.float32)
    assert other.feedforward(X).dtype == np.float32
    assert other.backward(other.output).dtype == np.float32
    for leaf in other.leaves().values():
        assert {value.dtype for value in (leaf.statistics | leaf.parameters).values()} == {np.dtype(np.float32)}
    assert chain.dtype == np.float64


@by_kind
def test_freezing(kind):
    chain = network(kind)
    chain.freeze()
    before = chain.predict(X) if kind != "Centred" else None
    chain.forward(X)
    chain.backward(chain.output)
    chain.update()
    if before is not None:
        assert np.array_equal(chain.predict(X), before)
    assert not chain.learns


def test_an_activation_of_a_layer_of_ones_own_is_the_last_ones_and_takes_logits():
    chain = Chain([Dense(4, 4, rng=0), Quadratic(4, Sigmoid())])
    assert isinstance(chain.activation, Sigmoid)
    z = chain.forwardLogits(100 * X).copy()
    assert np.array_equal(chain.output, Sigmoid().apply(z))
    model = MLP(chain.layers)
    assert isinstance(model.loss, CrossEntropy)
    report = checkGradients(model, X)
    assert report, report


def test_no_layer_of_ones_own_without_what_it_needs():
    class Half(Layer):
        def outputShape(self, inputShape):
            return inputShape

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_a_composite_is_known_by_its_parts():
    chain = Chain([gated()])
    assert list(chain.leaves()) == ["layers.0.values", "layers.0.gate"]
    assert chain.layers[0].gate.place == "layers[0].gate"
    assert chain.numParameters() == 30
    with pytest.raises(ValueError, match=r"layers\[0\] \(Gated\): expected an input of shape \(4, N\)"):
        chain.feedforward(np.ones((3, 2)))
    same = Dense(4, 3, ReLU())
    with pytest.raises(ValueError, match="Gated: expected a layer of its own for every place, got one twice"):
        Gated(same, same)

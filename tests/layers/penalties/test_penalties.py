"""Penalties: a value and its gradient, a mean over the samples."""

import numpy as np
import pytest

from activations import Sigmoid, Tanh
from layers import L1, Chain, Dense, GaussianDivergence, Learning, Pass, Penalty, Sampler, Wanted
from layers.penalties.gaussiandivergence import gaussianDivergences
from nn import checkGradients

X = np.random.default_rng(0).normal(size=(4, 6))
DY = np.random.default_rng(1).normal(size=(3, 6))


def passed(**arrays):
    now = Pass()
    for name, array in arrays.items():
        setattr(now, name, array)
    return now


def layer(penalty=None, activation=None):
    return Dense(4, 3, activation, rng=0, penalty=penalty)


def test_L1():
    y = np.array([[1.0, -2.0, 0.0, 3.0], [0.5, 0.0, -0.5, -4.0]])
    penalty = L1(0.2)
    assert penalty.value(passed(y=y)) == pytest.approx(0.2 * 11 / 4)
    assert penalty.gradient(passed(y=y)) == pytest.approx(0.05 * np.sign(y))
    assert L1().weight == 1e-3
    assert penalty.gradient(passed(y=y.astype(np.float32))).dtype == np.float32
    images = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    assert penalty.value(passed(y=images)) == pytest.approx(0.2 * np.abs(images).sum() / 5)


def test_of_no_sample_it_is_nothing():
    assert L1(1.0).value(passed(y=np.ones((3, 0)))) == 0
    assert L1(1.0).gradient(passed(y=np.ones((3, 0)))).shape == (3, 0)
    nothing = np.ones((3, 0))
    assert GaussianDivergence().value(passed(mean=nothing, logVariance=nothing, deviation=nothing)) == 0


def test_the_divergence_between_gaussians():
    """Against the closed form between N(m, s²) and N(0, 1) by numerical integration."""
    mean, logVariance = np.array([[0.7, -1.2]]), np.array([[-0.4, 0.9]])
    x = np.linspace(-30, 30, 200_001)[:, None, None]
    q = np.exp(-0.5 * (x - mean) ** 2 / np.exp(logVariance)) / np.sqrt(2 * np.pi * np.exp(logVariance))
    difference = 0.5 * x**2 - 0.5 * ((x - mean) ** 2 / np.exp(logVariance) + logVariance)
    expected = (q * difference).sum(axis=0) * (x[1, 0, 0] - x[0, 0, 0])
    assert gaussianDivergences(mean, logVariance) == pytest.approx(expected, rel=1e-9)
    now = passed(mean=mean, logVariance=logVariance, deviation=np.exp(logVariance / 2))
    penalty = GaussianDivergence(3.0)
    assert penalty.divergence(now) == pytest.approx(expected.mean(), rel=1e-9)
    assert penalty.value(now) == pytest.approx(3 * expected.mean(), rel=1e-9)
    dmean, dlogVariance = penalty.gradient(now)
    assert dmean == pytest.approx(3 * mean / 2)
    assert dlogVariance == pytest.approx(3 * (np.exp(logVariance) - 1) / 4)
    penalty.betaFactor = 0.1
    assert penalty.value(now) == pytest.approx(0.3 * expected.mean(), rel=1e-9)
    assert penalty.gradient(now)[0] == pytest.approx(0.3 * mean / 2)
    assert penalty.gradient(now)[1] == pytest.approx(0.3 * (np.exp(logVariance) - 1) / 4)


def test_near_the_prior_nothing_is_lost():
    tiny = np.array([[1e-9]])
    assert gaussianDivergences(0 * tiny, tiny) == pytest.approx(0.25e-18, rel=1e-6, abs=0)


@pytest.mark.parametrize("activation", [None, Tanh(), Sigmoid()], ids=repr)
@pytest.mark.parametrize("way", ["backward", "backwardLogits"])
def test_a_layer_adds_the_gradient_to_what_comes_from_above(activation, way):
    """As if it had come from above, whichever way the backward pass begins."""
    one, other = layer(L1(0.7), activation), layer(None, activation)
    for each in (one, other):
        each.forward(X)
    f, y = other.activation, other.output
    from_above = DY if way == "backward" else f.backward(DY, other.preactivation, y)
    getattr(one, way)(from_above.copy())
    other.backward(DY + 0.7 * np.sign(y) / 6)
    assert one.gradient == pytest.approx(other.gradient, rel=1e-12)
    for name, gradient in other.gradients.items():
        assert one.gradients[name] == pytest.approx(gradient, rel=1e-12)


@pytest.mark.parametrize("way", ["backward", "backwardLogits"])
def test_without_the_parameters_gradients_it_plays_no_part(way):
    one, other = layer(L1(9.0), Tanh()), layer(None, Tanh())
    for each in (one, other):
        each.forward(X)
        getattr(each, way)(DY, Wanted(parameters=False))
    assert np.array_equal(one.gradient, other.gradient)


def test_a_frozen_layer_hands_it_on():
    one, other = layer(L1(9.0)), layer()
    one.trainable = False
    for each in (one, other):
        each.forward(X)
        each.backward(DY)
    assert not np.array_equal(one.gradient, other.gradient)


class Square(Penalty):
    """λ/2N Σ y², of the user's own."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def value(self, now):
        return self.weight * float(np.vdot(now.y, now.y)) / (2 * now.y.shape[-1])

    def gradient(self, now):
        return self.weight / now.y.shape[-1] * now.y


def test_a_penalty_of_ones_own():
    network = Chain([layer(Square(0.3), Tanh()), Dense(3, 2, rng=1, penalty=L1(0.1))])
    report = checkGradients(network, X)
    assert report, report
    network.forward(X)
    again = Chain.fromConfig(network.config())
    assert repr(again.layers[0].penalty) == "Square(weight=0.3)"
    assert repr(again.layers[1].penalty) == "L1(weight=0.1)"
    assert network.penaltyValue() == pytest.approx(
        0.15 * (network.layers[0].output ** 2).sum() / 6 + 0.1 * np.abs(network.output).sum() / 6
    )


def test_a_penalty_with_a_wrong_gradient_is_found():
    class Wrong(Square):
        def gradient(self, now):
            return 1.001 * super().gradient(now)

    assert not checkGradients(layer(Wrong(), Tanh()), X)


def test_a_penalty_knows_the_pass():
    one = layer(L1(1.0))
    one.forward(X)
    value = one.penalty.value(one.now)
    with one.use("cycle"):
        one.forward(3 * X)
        assert one.penalty.value(one.now) == pytest.approx(3 * value)
    assert one.penalty.value(one.now) == value


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: L1(-1), ValueError, "L1: expected weight to be a finite number >= 0, got -1"),
        (lambda: L1(np.inf), ValueError, "L1: expected weight to be a finite number >= 0, got inf"),
        (lambda: L1("a"), TypeError, "L1: expected weight to be a finite number >= 0, got 'a'"),
        (lambda: layer(0), TypeError, "Dense: expected penalty to be a Penalty such as L1(), got 0"),
        (lambda: layer(L1), TypeError, "Dense: expected penalty to be a Penalty such as L1()"),
        (
            lambda: Penalty.fromConfig({"kind": "L3"}),
            ValueError,
            "unknown penalty 'L3': known are StochasticContraction, GaussianDivergence, Contractive, KLSparsity, L1",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_only_layers_that_learn_have_one():
    assert Chain([layer(), Sampler(3, 2)]).penalty is None
    assert Learning.penalty is None
    assert layer().penalty is None

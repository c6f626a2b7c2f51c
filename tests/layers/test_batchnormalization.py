"""Batch normalisation: by PyTorch's figures, over any rank, in training and by its running averages."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from layers import L1, BatchNormalization, Chain, Dense, Layer, Wanted
from nn import MLP, checkGradients
from optimizer import SGD

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())["normalization"]

# From PyTorch's axes, samples first, to ours: (N, C), (N, C, L) with our sequences (steps, features, N), (N, C, H, W).
ORDER = {"vectors": (1, 0), "sequences": (2, 1, 0), "images": (1, 2, 3, 0)}


def column(values):
    return np.array(values)[:, None]


def close(right):
    return pytest.approx(right, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", REFERENCE, ids=lambda case: f"{case['kind']}-{case['momentum']}-{case['epsilon']}")
def test_as_PyTorch_does(case):
    def ours(name):
        return np.array(step[name]).transpose(ORDER[case["kind"]])

    layer = BatchNormalization(len(case["scale"]), case["momentum"], case["epsilon"])
    layer.parameters["scale"][...] = column(case["scale"])
    layer.parameters["shift"][...] = column(case["shift"])
    for step in [*case["training"], case["inference"]]:
        training = step is not case["inference"]
        assert layer.feedforward(ours("x"), training) == close(ours("y"))
        assert layer.backward(ours("dy")) == close(ours("dx"))
        assert layer.gradients["scale"] == close(column(step["dscale"]))
        assert layer.gradients["shift"] == close(column(step["dshift"]))
        assert layer.statistics["mean"] == close(column(step["mean"]))
        assert layer.statistics["variance"] == close(column(step["variance"]))
    assert len(case["training"]) == 3


def axes(rank):
    axis = 0 if rank == 4 else rank - 2
    return axis, tuple(i for i in range(rank) if i != axis)


shapes = st.integers(2, 5).flatmap(lambda rank: st.lists(st.integers(1, 4), min_size=rank, max_size=rank)).map(tuple)
numbers = st.floats(-100, 100, width=32)


@given(data=st.data(), shape=shapes)
def test_every_feature_has_mean_0_and_variance_1(data, shape):
    axis, others = axes(len(shape))
    if np.prod(shape) // shape[axis] < 2:
        shape = (*shape[:-1], 2 * shape[-1])
    x = data.draw(arrays.arrays(np.float64, shape, elements=numbers))
    y = BatchNormalization(shape[axis], epsilon=1e-12).feedforward(x)
    mean, variance = x.mean(axis=others), x.var(axis=others)
    assert y.mean(axis=others) == pytest.approx(np.zeros(shape[axis]), abs=1e-6)
    assert y.var(axis=others) == pytest.approx(variance / (variance + 1e-12), rel=1e-4, abs=1e-6)
    scaled = BatchNormalization(shape[axis], epsilon=1e-12)
    scaled.parameters["scale"][...], scaled.parameters["shift"][...] = -2, 3
    assert scaled.feedforward(x) == pytest.approx(3 - 2 * y)
    assert scaled.statistics["mean"].ravel() == pytest.approx(0.1 * mean, abs=1e-9)


@given(data=st.data(), shape=shapes)
def test_in_inference_no_sample_depends_on_another(data, shape):
    axis, _ = axes(len(shape))
    layer = BatchNormalization(shape[axis])
    layer.statistics["mean"][...] = 0.5
    layer.statistics["variance"][...] = 4
    x = data.draw(arrays.arrays(np.float64, shape, elements=numbers))
    y = layer.feedforward(x, training=False)
    assert y == pytest.approx((x - 0.5) / np.sqrt(4 + 1e-5))
    assert np.array_equal(layer.feedforward(x[..., :1], training=False), y[..., :1])


def layer(features=3, **keywords):
    return BatchNormalization(features, optimizer=SGD(lr=0.1), **keywords)


X = np.random.default_rng(0).normal(2, 3, (3, 8))
DY = np.random.default_rng(1).normal(size=(3, 8))


def test_the_running_averages_come_to_those_of_the_data():
    one, rng = layer(momentum=0.05), np.random.default_rng(0)
    for _ in range(400):
        one.forward(rng.normal([[1], [-2], [3]], [[0.5], [1], [2]], (3, 64)))
    assert one.statistics["mean"].ravel() == pytest.approx([1, -2, 3], abs=0.1)
    assert one.statistics["variance"].ravel() == pytest.approx([0.25, 1, 4], rel=0.1)


def test_with_momentum_1_they_are_those_of_the_last_batch():
    one = layer(momentum=1)
    one.forward(100 * X)
    one.forward(X)
    assert one.statistics["mean"] == pytest.approx(X.mean(axis=1, keepdims=True))
    assert one.statistics["variance"] == pytest.approx(X.var(axis=1, ddof=1, keepdims=True))


def kept(one):
    return {name: value.copy() for name, value in (one.statistics | one.parameters).items()}


def test_inference_leaves_the_running_averages():
    one = layer()
    before = kept(one)
    one.feedforward(X, training=False)
    MLP([one]).predict(X)
    assert all(np.array_equal(value, before[name]) for name, value in kept(one).items())
    one.feedforward(X)
    assert not any(np.array_equal(one.statistics[name], before[name]) for name in ("mean", "variance"))


def test_a_frozen_layer_normalises_by_its_running_averages_and_leaves_them():
    one = layer()
    one.forward(X)
    inference = one.feedforward(X, training=False)
    one.trainable = False
    before = kept(one)
    assert np.array_equal(one.feedforward(X), inference)
    one.backward(DY)
    one.update()
    assert all(np.array_equal(value, before[name]) for name, value in kept(one).items())
    report = checkGradients(one, X)
    assert report, report


def test_its_gradient_is_orthogonal_to_what_it_takes_away():
    one = layer()
    one.forward(X)
    dx = one.backward(DY)
    assert dx.sum(axis=1) == pytest.approx(np.zeros(3), abs=1e-12)
    assert (dx * X).sum(axis=1) == pytest.approx(np.zeros(3), abs=1e-5)


def test_what_is_not_wanted():
    one = layer()
    one.forward(X)
    dx = one.backward(DY).copy()
    one.gradients["scale"][...] = one.gradients["shift"][...] = 7
    assert np.array_equal(one.backward(DY, Wanted(parameters=False)), dx)
    assert (one.gradientVector == 7).all()
    assert one.backward(DY, Wanted(input=False)) is None
    assert one.gradients["shift"] == pytest.approx(DY.sum(axis=1, keepdims=True))


def test_after_a_new_forward_pass_there_are_no_gradients_yet():
    one = layer()
    one.forward(X)
    one.backward(DY)
    one.update()
    one.forward(X)
    assert not one.hasGradients
    with pytest.raises(RuntimeError, match="has no gradients of its parameters: call backward before update"):
        one.update()
    with pytest.raises(RuntimeError, match="has no gradient to its input: call backward"):
        one.gradient  # noqa: B018


def test_weight_decay_does_not_concern_scale_and_shift():
    one = BatchNormalization(3, optimizer=SGD(lr=0.5, weightDecay=0.5))
    one.forward(X)
    one.backward(np.zeros_like(DY))
    one.update()
    assert (one.parameters["scale"] == 1).all()


def test_precision():
    one = layer()
    mean = one.statistics["mean"]
    one.astype(np.float64)
    assert one.statistics["mean"] is mean
    one.forward(X)
    assert one.statistics["mean"] is mean
    before = kept(one)
    one.astype(np.float32)
    assert {value.dtype for value in kept(one).values()} == {np.dtype(np.float32)}
    assert one.statistics["mean"] == pytest.approx(before["mean"], rel=1e-6)
    assert one.feedforward(X).dtype == one.backward(DY).dtype == one.statistics["mean"].dtype == np.float32


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_has_running_averages_of_its_own(twin):
    one = layer()
    one.forward(X)
    other, before = twin(one), kept(one)
    assert all(np.array_equal(value, before[name]) for name, value in kept(other).items())
    other.forward(X + 5)
    assert all(np.array_equal(value, before[name]) for name, value in kept(one).items())


def test_config():
    one = layer(momentum=0.3, epsilon=1e-3, penalty=L1(0.2))
    one.trainable = False
    again = Layer.fromConfig(one.config())
    assert again.config() == one.config()
    assert (again.features, again.momentum, again.epsilon, again.trainable) == (3, 0.3, 1e-3, False)
    assert (BatchNormalization(3).momentum, BatchNormalization(3).epsilon) == (0.1, 1e-5)
    assert list(one.statistics) == ["mean", "variance"]
    assert one.numParameters() == 6


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BatchNormalization(0), ValueError, "BatchNormalization: expected features to be a whole number of at"),
        (
            lambda: layer(momentum=0),
            ValueError,
            "BatchNormalization: expected momentum to be a finite number > 0 and <=",
        ),
        (lambda: layer(momentum=1.1), ValueError, "got 1.1"),
        (lambda: layer(epsilon=0), ValueError, "BatchNormalization: expected epsilon to be a finite number > 0, got 0"),
        (
            lambda: layer().forward(X[:2]),
            ValueError,
            "expected an input of shape (3, N), samples as columns, got (2, N)",
        ),
        (lambda: layer().forward(np.ones((3, 5, 8))), ValueError, "got (3, 5, N)"),
        (lambda: layer().forward(np.ones((5, 3, 3, 8))), ValueError, "got (5, 3, 3, N)"),
        (lambda: layer().forward(np.ones(3)), ValueError, "got (N)"),
        (
            lambda: layer().forward(X[:, :1]),
            ValueError,
            "expected two values of every feature or more in training, got 1; use larger",
        ),
        (
            lambda: layer().forward(X[:, :0]),
            ValueError,
            "expected two values of every feature or more in training, got 0; use larger",
        ),
        (lambda: layer().outputShape(()), ValueError, "expected an input of shape (3, N), samples as columns, got (N)"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_one_sample_will_do_where_it_has_two_values_of_every_channel():
    assert layer().feedforward(np.ones((3, 2, 1, 1))).shape == (3, 2, 1, 1)
    assert layer().feedforward(np.ones((2, 3, 1))).shape == (2, 3, 1)
    assert layer().feedforward(X[:, :1], training=False).shape == (3, 1)
    assert layer().feedforward(X[:, :0], training=False).shape == (3, 0)


def test_it_trains_in_a_network():
    """Features on scales a thousand times apart, with which the same steps diverge without it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 64)) * [[1000.0], [1.0]] + [[5000.0], [0.0]]
    label = (x[1:] > 0).astype(float)
    network = MLP([BatchNormalization(2, optimizer=SGD(lr=0.1)), Dense(2, 1, optimizer=SGD(lr=0.1), rng=0)])
    for _ in range(50):
        network.feedforward(x)
        network.backpropagate(label)
    assert network.getLoss(label) < 0.05
    alone = Dense(2, 1, optimizer=SGD(lr=0.1), rng=0)
    for _ in range(5):
        alone.backward((alone.feedforward(x) - label) / 64)
        alone.update()
    assert np.abs(alone.feedforward(x)).max() > 1e6


def test_in_a_chain_each_pass_has_its_own_moments():
    chain = Chain([BatchNormalization(3)])
    chain.forward(X)
    dx = chain.backward(DY).copy()
    chain.forward(X)
    with chain.use("cycle"):
        chain.forward(X[:, :4] * 7)
    assert np.array_equal(chain.backward(DY), dx)

"""Dropout: how many are dropped, what stays, and that only training drops."""

import json
from pathlib import Path

import numpy as np
import pytest

from layers import Chain, Dense, Dropout, Layer, Wanted
from nn import MLP, seed

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())["dropout"]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_share_that_is_dropped(p, dtype):
    layer, n = Dropout(p, rng=0), 200_000
    layer.astype(dtype)
    y = layer.feedforward(np.ones((4, n // 4)))
    assert y.dtype == dtype
    deviation = np.sqrt(p * (1 - p) / n)
    assert abs(np.mean(y == 0) - p) < 5 * deviation
    assert y[y != 0] == pytest.approx(1 / (1 - p), rel=1e-6)
    assert abs(y.mean() - 1) < 5 * deviation / (1 - p)


def test_every_number_of_every_sample_by_itself():
    kept = Dropout(0.5, rng=0).feedforward(np.ones((3, 4, 5, 2000))) > 0
    for axis in range(4):
        pairs = np.take(kept, 0, axis) == np.take(kept, 1, axis)
        assert abs(pairs.mean() - 0.5) < 5 * 0.5 / np.sqrt(pairs.size)


def test_as_PyTorch_does_with_the_same_mask(monkeypatch):
    """There it is samples first."""
    p, kept = REFERENCE["p"], np.array(REFERENCE["kept"]).T
    x, dy, y, dx = (np.array(REFERENCE[name]).T for name in ("x", "dy", "y", "dx"))
    assert 0 < kept.mean() < 1
    layer = Dropout(p)
    monkeypatch.setattr("layers.stochastic.dropout.uniform", lambda rng, shape, like: np.where(kept, 0.99, 0.0))
    assert layer.feedforward(x) == pytest.approx(y, rel=1e-12, abs=1e-12)
    assert layer.backward(dy) == pytest.approx(dx, rel=1e-12, abs=1e-12)


def test_inference_is_the_identity():
    layer, x = Dropout(0.7, rng=0), np.random.default_rng(0).normal(size=(3, 5))
    before = layer.rng.bit_generator.state
    assert np.array_equal(layer.feedforward(x, training=False), x)
    assert np.array_equal(layer.backward(2 * x), 2 * x)
    assert layer.rng.bit_generator.state == before
    assert not np.array_equal(layer.feedforward(x), x)
    assert np.array_equal(layer.feedforward(x, training=False), x)
    assert np.array_equal(layer.backward(2 * x), 2 * x)


def test_of_rate_zero_nothing_is_dropped_or_drawn():
    layer, x = Dropout(0, rng=0), np.random.default_rng(0).normal(size=(3, 5))
    before = layer.rng.bit_generator.state
    assert np.array_equal(layer.feedforward(x), x)
    assert np.array_equal(layer.backward(x), x)
    assert layer.rng.bit_generator.state == before


def test_the_gradient_passes_where_the_number_did():
    layer = Dropout(0.5, rng=0)
    y = layer.feedforward(np.ones((4, 9)))
    dy = np.random.default_rng(0).normal(size=(4, 9))
    assert np.array_equal(layer.backward(dy), y * dy)
    assert layer.backward(dy, Wanted(input=False)) is None
    assert 0 < np.mean(y == 0) < 1


def test_the_same_seed_gives_the_same_masks():
    x = np.ones((4, 9))
    one, other = Dropout(0.5, rng=3), Dropout(0.5, rng=np.random.default_rng(3))
    first = one.feedforward(x)
    assert np.array_equal(first, other.feedforward(x))
    assert not np.array_equal(one.feedforward(x), first)
    outputs = []
    for _ in range(2):
        seed(3)
        outputs.append(Dropout(0.5).feedforward(x))
    assert np.array_equal(*outputs)


def test_a_network_drops_in_training_alone():
    network = MLP([Dropout(0.5, rng=0), Dense(4, 3, rng=0)])
    x = np.ones((4, 200))
    assert not np.allclose(network.feedforward(x), network.predict(x))
    assert network.feedforward(x, training=False) == pytest.approx(network.predict(x))
    assert network.predict(x) == pytest.approx(network.layers[1].weight.sum(axis=1, keepdims=True) + np.zeros((3, 200)))


def test_config():
    assert Dropout(0.25, rng=1).config() == {"kind": "Dropout", "p": 0.25}
    again = Layer.fromConfig(Chain([Dropout(0.25)]).config())
    assert (again.layers[0].p, repr(again)) == (0.25, "Chain (Dropout 0.25)")
    assert Dropout().p == 0.5
    assert Dropout().outputShape((3, 4)) == (3, 4)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dropout(1), ValueError, "Dropout: expected p to be a finite number >= 0 and < 1, got 1"),
        (lambda: Dropout(-0.1), ValueError, "Dropout: expected p to be a finite number >= 0 and < 1, got -0.1"),
        (lambda: Dropout(np.nan), ValueError, "got nan"),
        (lambda: Dropout("0.5"), TypeError, "Dropout: expected p to be a finite number >= 0 and < 1, got '0.5'"),
        (lambda: Dropout(0.5, rng=1.0), TypeError, "Dropout: expected rng to be a numpy Generator, a seed"),
        (lambda: Dropout().backward(np.ones((2, 2))), RuntimeError, "Dropout 0.5 has seen no input yet"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)

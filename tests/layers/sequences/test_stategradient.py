"""The gradient with respect to the state of every step, against that of the initial state of what comes after it."""

import numpy as np
import pytest

from activations import ReLU
from layers import GRU, LSTM, RNN

RNG = np.random.default_rng(0)
MASK = np.array([[1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 1, 1], [1, 0, 0, 1], [0, 0, 1, 1]], bool)


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize(
    "layer", [RNN(3, 4, rng=0), RNN(3, 4, ReLU(), rng=0), LSTM(3, 4, rng=0), GRU(3, 4, rng=0)], ids=repr
)
def test_it_is_that_of_all_that_comes_after_the_step(layer, mask):
    x, dy = RNG.normal(size=(5, 3, 4)), RNG.normal(size=(5, 4, 4))
    with layer.masked(mask):
        layer.forward(x)
        layer.backward(dy)
    found = layer.stateGradient()
    assert found.shape == dy.shape
    np.testing.assert_array_equal(found[-1], dy[-1])
    for t in range(1, 5):
        with layer.masked(None if mask is None else mask[:t]):
            layer.begin()
            layer.forward(x[:t])
            layer.begin(**layer.final)
        with layer.masked(None if mask is None else mask[t:]):
            layer.forward(x[t:])
            layer.backward(dy[t:])
        np.testing.assert_allclose(found[t - 1], dy[t - 1] + layer.initialGradient["h"], atol=1e-12)
    layer.begin()

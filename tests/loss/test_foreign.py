"""Losses and activations compute with arrays of another library that has NumPy's functions, without converting them."""

import numpy as np
import pytest

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from loss import (
    MSE,
    CategoricalCrossEntropy,
    CrossEntropy,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Wasserstein,
)

pytestmark = pytest.mark.usefixtures("numpy_alone")  # which both are compared with to the bit
ACTIVATIONS = [ELU(0.5), Identity(), LeakyReLU(), ReLU(), Sigmoid(), Softmax(), Tanh()]
PAIRS = [form for one in (MSE(), CrossEntropy(), CategoricalCrossEntropy()) for form in map(one.after, one.pairs)]


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """An array as on another device: NumPy's functions work on it, but it does not become an array of NumPy's."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        raise TypeError("an implicit conversion to NumPy")

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        out = keywords.get("out")
        found = getattr(ufunc, method)(*map(unpacked, inputs), **{key: unpacked(v) for key, v in keywords.items()})
        return out[0] if out is not None else packed(found)

    def __array_function__(self, function, types, arguments, keywords):
        return packed(function(*map(unpacked, arguments), **{key: unpacked(v) for key, v in keywords.items()}))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        thing = getattr(self.array, name)
        return (lambda *a, **k: packed(thing(*map(unpacked, a), **k))) if callable(thing) else packed(thing)

    def __getitem__(self, place):
        return packed(self.array[unpacked(place)])

    def __setitem__(self, place, value):
        self.array[unpacked(place)] = unpacked(value)

    def __len__(self):
        return len(self.array)

    def __float__(self):
        return float(self.array)


def packed(value):
    return Foreign(value) if isinstance(value, np.ndarray) else value


def unpacked(value):
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("an array of NumPy's among those of another library")
    if isinstance(value, (tuple, list)):
        return type(value)(map(unpacked, value))
    return value.array if isinstance(value, Foreign) else value


def example(shape=(4, 3)):
    rng = np.random.default_rng(0)
    return rng.uniform(0.1, 0.9, shape), rng.normal(size=shape)


def assert_equal(found, wanted):
    """But for the last bit: a function of NumPy 1.26 may round otherwise where an array lies otherwise in memory."""
    np.testing.assert_allclose(found.array, wanted, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3), (4, 2, 2, 3)], ids=str)
def test_activations(activation, shape):
    da, z = example(shape)
    a = activation.apply(z)
    found = activation.apply(Foreign(z))
    assert_equal(found, a)
    assert_equal(activation.derivative(Foreign(z)), activation.derivative(z))
    assert_equal(activation.backward(Foreign(da), Foreign(z), found), activation.backward(da, z, a))


@pytest.mark.parametrize("loss", [MSE(), CrossEntropy(), CategoricalCrossEntropy()], ids=repr)
def test_losses(loss):
    y, a = example()[0], example()[0][::-1].copy()
    assert loss.apply(Foreign(y), Foreign(a)) == loss.apply(y, a)
    assert np.array_equal(loss.perSample(Foreign(y), Foreign(a)).array, loss.perSample(y, a))
    assert np.array_equal(loss.derivative(Foreign(y), Foreign(a)).array, loss.derivative(y, a))


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3), (4, 2, 2, 3)], ids=str)
def test_pairs(pair, shape):
    y, z = example(shape)
    expected = pair.apply(y, z), pair.perSample(y, z), pair.derivative(y, z)
    pair = type(pair)(pair.loss)
    assert pair.apply(Foreign(y), Foreign(z)) == expected[0]
    assert np.array_equal(pair.perSample(Foreign(y), Foreign(z)).array, expected[1])
    assert np.array_equal(pair.derivative(Foreign(y), Foreign(z)).array, expected[2])


@pytest.mark.parametrize("kind", [NonSaturating, Minimax, LeastSquares, Wasserstein, Hinge])
def test_adversarial_losses(kind):
    z = example((1, 6))[1]
    for found, expected in (
        (kind().critic(Foreign(z), 2), kind().critic(z, 2)),
        (kind().generator(Foreign(z)), kind().generator(z)),
    ):
        assert found[0] == expected[0]
        assert np.array_equal(found[1].array, expected[1])

"""The compiled kernels of recurrent layers held to their NumPy forms: states, gradients, masks."""

from functools import partial

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU
from comparing import kernelDifferences
from layers import GRU, LSTM, RNN

pytest.importorskip("numba", reason="the compiled kernels need numba: pip install -e '.[fast]'")

LAYERS = {
    "tanhStep": lambda i, o: RNN(i, o),
    "reluStep": lambda i, o: RNN(i, o, ReLU()),
    "lstm": lambda i, o: LSTM(i, o),
    "gru": lambda i, o: GRU(i, o),
}
SHAPES = [(1, 1, 1, 1), (4, 2, 3, 5), (3, 5, 2, 33), (2, 3, 70, 16), (2, 1, 1, 300), (3, 2, 2, 0)]
KERNELS = [(name, end) for name in LAYERS for end in ("Forward", "Backward")]

by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
by_layer = pytest.mark.parametrize("name", LAYERS)


def computed(name, shape, dtype, kernels, seed=0, masked=False, change=lambda x: None):
    """All that a layer computes, forward and back."""
    leibnet.kernels(kernels)
    steps, inputs, outputs, samples = shape
    layer, rng = LAYERS[name](inputs, outputs), np.random.default_rng(seed)
    layer.parameterVector[...] = rng.normal(0, 1 / np.sqrt(outputs), layer.parameterVector.size)
    layer.astype(dtype)
    x, mask = rng.normal(size=(steps, inputs, samples)).astype(dtype), rng.random((steps, samples)) < 0.6
    change(x)
    layer.begin(**{state: rng.normal(size=(outputs, samples)) for state in layer.states})
    with np.errstate(all="ignore"), layer.masked(mask if masked else None):
        y = layer.feedforward(x)
        final = [state.copy() for state in layer.final.values()]
        layer.endGradient(**{state: rng.normal(size=(outputs, samples)) for state in layer.states})
        dx = layer.backward(rng.normal(size=y.shape).astype(dtype))
    return [y, *final, dx.copy(), *layer.initialGradient.values(), *layer.gradients.values()]


differences = partial(kernelDifferences, computed)


@by_dtype
@by_layer
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_numbers_of_the_numpy_form(name, shape, masked, dtype):
    assert max(differences(name, shape, dtype, masked=masked)) <= (3e-6 if dtype is np.float32 else 1e-14)


@by_layer
@settings(max_examples=10)
@given(shape=st.tuples(*(st.integers(1, most) for most in (4, 3, 9, 40))), seed=st.integers(0, 2**32 - 1))
def test_the_numbers_in_any_shape(name, shape, seed):
    assert max(differences(name, shape, np.float64, seed=seed)) <= 1e-13


@by_dtype
@by_layer
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_finite_is_so_in_both(name, value, dtype):
    def change(x):
        x[1, 0, 2] = value

    found, expected = (computed(name, (3, 2, 4, 5), dtype, one, change=change) for one in ("numba", "numpy"))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        np.testing.assert_array_equal(np.isinf(one), np.isinf(other))


@pytest.mark.parametrize(("name", "end"), KERNELS)
def test_each_is_taken_and_an_error_of_a_hundred_thousandth_is_found(name, end, monkeypatch):
    leibnet.kernels("numba")
    forms = choice.choose()
    right = forms[name + end]

    def wrong(*given):
        right(*given)
        t = given[-1]
        if end == "Forward":
            given[-3 if name == "gru" else -2][0, t + 1] *= 1.00001  # of h
        else:
            given[-3 if name in ("lstm", "gru") else -2][..., t, :] *= 1.00001  # dz

    monkeypatch.setattr(choice, "_load", lambda: {**forms, name + end: wrong})
    assert max(differences(name, (4, 2, 3, 5), np.float64)) > 1e-7


@by_layer
def test_predictions_take_numpy_alone(name, monkeypatch):
    leibnet.kernels("numba")
    monkeypatch.setattr(choice, "_forms", dict.fromkeys(choice.choose(), pytest.fail))
    LAYERS[name](2, 3).feedforward(np.ones((4, 2, 5)), training=False)

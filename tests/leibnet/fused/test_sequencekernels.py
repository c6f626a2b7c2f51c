"""The compiled kernels of attention, layer normalisation and steps held to their NumPy forms."""

from functools import partial

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import Tanh
from comparing import kernelDifferences
from layers import Attention, CrossAttention, Dense, LayerNormalization, TimeDistributed

pytest.importorskip("numba", reason="the compiled kernels need numba: pip install -e '.[fast]'")

LAYERS = {
    "attention": lambda features: Attention(features, 2 - features % 2),
    "causal": lambda features: Attention(features, 2 - features % 2, causal=True),
    "cross": lambda features: CrossAttention(features, 2 - features % 2),
    "normalization": lambda features: LayerNormalization(features, epsilon=0.1),
    "steps": lambda features: TimeDistributed(Dense(features, 3, Tanh())),
}
KERNELS = {  # where they are taken, and the places of what they write among their arguments
    "attentionShares": ("causal", [0]),
    "attentionSharesBackward": ("cross", [0]),
    "layerNormalize": ("normalization", [4, 5, 6]),
    "layerNormalizationBackward": ("normalization", [4, 5, 6]),
    "foldSteps": ("steps", [1]),
    "unfoldSteps": ("steps", [1]),
    "foldStepsLast": ("attention", [1]),
    "unfoldStepsLast": ("attention", [1]),
}
SHAPES = [(1, 1, 1), (4, 2, 5), (3, 6, 33), (65, 4, 2), (2, 3, 1030), (2, 19, 1)]

by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
by_layer = pytest.mark.parametrize("name", LAYERS)


def computed(name, shape, dtype, kernels, seed=0, masked=False, change=lambda x: None):
    """All that a layer computes, forward and back."""
    leibnet.kernels(kernels)
    steps, features, samples = shape
    layer, rng = LAYERS[name](features), np.random.default_rng(seed)
    layer.astype(dtype)
    for parameter in (one for part in (layer, *layer.parts()) for one in part.parameters.values()):
        parameter[...] = rng.normal(0, 1 / np.sqrt(features), parameter.shape)
    x, mask = rng.normal(size=shape).astype(dtype), rng.random((steps, samples)) < 0.6
    change(x)
    if name == "cross":
        context, seen = rng.normal(size=(steps + 1, features, samples)), rng.random((steps + 1, samples)) < 0.6
        layer.attend(context, seen if masked else None)
    with np.errstate(all="ignore"), layer.masked(mask if masked else None):
        y = layer.feedforward(x)
        dx = layer.backward(rng.normal(size=y.shape).astype(dtype)).copy()
    gradients = [one.copy() for part in (layer, *layer.parts()) for one in getattr(part, "gradients", {}).values()]
    return [y, dx, *gradients, *([layer.contextGradient] if name == "cross" else [])]


differences = partial(kernelDifferences, computed)


@by_dtype
@by_layer
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_numbers_of_the_numpy_form(name, shape, masked, dtype):
    assert max(differences(name, shape, dtype, masked=masked)) <= (3e-6 if dtype is np.float32 else 1e-14)


@by_layer
@settings(max_examples=10)
@given(shape=st.tuples(*(st.integers(1, most) for most in (9, 9, 40))), masked=st.booleans(), seed=st.integers(0, 999))
def test_the_numbers_in_any_shape(name, shape, masked, seed):
    assert max(differences(name, shape, np.float64, seed=seed, masked=masked)) <= 1e-13


@by_dtype
@pytest.mark.parametrize("shape", [(5, 1), (3, 2000), (3, 4, 5, 6), (2, 40, 30, 2)], ids=str)
def test_vectors_and_images_are_normalised_as_in_numpy(shape, dtype):
    found = []
    for kernels in ("numba", "numpy"):
        leibnet.kernels(kernels)
        layer, rng = LayerNormalization(shape[0], epsilon=0.1), np.random.default_rng(0)
        layer.astype(dtype)
        y = layer.feedforward(rng.normal(3, 2, size=shape).astype(dtype))
        found.append([y, layer.backward(rng.normal(size=shape).astype(dtype)), *layer.gradients.values()])
    for one, other in zip(*found, strict=True):
        assert np.abs(one - other).max() <= (1e-5 if dtype is np.float32 else 1e-13) * max(1, np.abs(other).max())


@by_dtype
@by_layer
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_finite_is_so_in_both(name, value, dtype):
    def change(x):
        x[1, 0, 2] = value

    found, expected = (computed(name, (3, 2, 5), dtype, one, change=change) for one in ("numba", "numpy"))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(one), np.isfinite(other))


def test_a_query_that_sees_no_key_takes_nothing(monkeypatch):
    leibnet.kernels("numba")
    layer = CrossAttention(4, 2)
    layer.attend(np.ones((3, 4, 2)), np.array([[True, False]] * 3))
    layer.feedforward(np.ones((2, 4, 2)))
    assert layer.attentionWeights[..., 0].sum(axis=2) == pytest.approx(1)
    assert not layer.attentionWeights[..., 1].any()


@pytest.mark.parametrize(("kernel", "place"), [(name, place) for name in KERNELS for place in KERNELS[name][1]])
def test_each_is_taken_and_an_error_of_a_hundred_thousandth_is_found(kernel, place, monkeypatch):
    leibnet.kernels("numba")
    forms = choice.choose()

    def wrong(*given):
        forms[kernel](*given)
        given[place][...] *= 1.00001

    monkeypatch.setattr(choice, "_load", lambda: {**forms, kernel: wrong})
    assert max(differences(KERNELS[kernel][0], (4, 6, 5), np.float64)) > 1e-7


@by_layer
def test_predictions_take_numpy_alone(name, monkeypatch):
    leibnet.kernels("numba")
    monkeypatch.setattr(choice, "_forms", dict.fromkeys(choice.choose(), pytest.fail))
    layer = LAYERS[name](4)
    if name == "cross":
        layer.attend(np.ones((3, 4, 5)))
    layer.feedforward(np.ones((2, 4, 5)), training=False)

"""The compiled kernels of images held to the NumPy forms of their layers: numbers, gradients, bits."""

from functools import partial

import leibnet
from leibnet.fused import choice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU, Tanh
from comparing import kernelDifferences
from layers import Chain, Conv2D, Conv2DTranspose, MaxPooling2D, MaxUnpooling2D, Wanted
from nn import checkGradients

pytest.importorskip("numba", reason="the compiled kernels need numba: pip install -e '.[fast]'")

LAYERS = {
    "same": lambda c, o: Conv2D(c, o, 3, Tanh(), padding="same", rng=1),
    "valid": lambda c, o: Conv2D(c, o, 3, Tanh(), rng=1),
    "transposed": lambda c, o: Conv2DTranspose(c, o, 3, Tanh(), strides=2, padding="same", rng=1),
    "pooling": lambda c, o: MaxPooling2D(2),
    "overlapping": lambda c, o: MaxPooling2D((3, 2), (2, 1), "same"),
    "apart": lambda c, o: MaxPooling2D(2, 3),
    "large": lambda c, o: MaxPooling2D(17, 1, "same"),
    "unpooling": lambda c, o: unpooling(),
}
KERNELS = {
    "same": {"convolve", "convolveGradient"},
    "valid": {"convolve", "convolveGradient"},
    "transposed": {"enlarge", "enlargeBackward", "enlargeGradient"},
    **{key: {"maxima", "unpool"} for key in ("pooling", "overlapping", "apart", "large", "unpooling")},
}
PLANTED = [(name, kernel) for name in ("same", "transposed", "pooling") for kernel in sorted(KERNELS[name])]
OUTPUTS = {"convolve": 2, "convolveGradient": 2, "enlarge": 2, "enlargeBackward": 2, "enlargeGradient": 2}
OUTPUTS |= {"maxima": 1, "unpool": 2}
SHAPES = [(1, 1, 3, 3, 1), (2, 3, 5, 4, 7), (3, 2, 4, 9, 33), (1, 4, 6, 5, 300)]  # the last: several stretches of a row

by_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
by_layer = pytest.mark.parametrize("name", LAYERS)


def unpooling():
    pool = MaxPooling2D(2)
    return Chain([Conv2D(1, 1, 1, rng=0), pool, MaxUnpooling2D(pool, outputSize=(4, 4))])


def computed(name, shape, dtype, kernels, seed=0, change=lambda x: None):
    """What the layer computes: y, dx, and the gradients of its parameters."""
    leibnet.kernels(kernels)
    channels, outputs, height, width, n = shape
    if name == "unpooling":
        channels, height, width = 1, 4, 4
    layer, rng = LAYERS[name](channels, outputs), np.random.default_rng(seed)
    layer.astype(dtype)
    x = rng.normal(size=(channels, height, width, n)).round(1).astype(dtype)  # equal numbers in some windows
    change(x)
    with np.errstate(all="ignore"):
        y = layer.feedforward(x)
        dx = layer.backward(rng.normal(size=y.shape).astype(dtype))
    gradients = [one.copy() for learner in layer.learning() for one in learner.gradients.values()]
    return [y, dx.copy(), *gradients]


differences = partial(kernelDifferences, computed)


@by_dtype
@by_layer
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_numbers_of_the_numpy_form(name, shape, dtype):
    assert max(differences(name, shape, dtype)) <= (3e-6 if dtype is np.float32 else 1e-13)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(list(LAYERS)),
    shape=st.tuples(*(st.integers(low, 7) for low in (1, 1, 3, 3, 1))),
    seed=st.integers(0, 99),
)
def test_the_numbers_in_any_shape(name, shape, seed):
    assert max(differences(name, shape, float, seed=seed)) <= 1e-13


def counting(kernels, calls):
    def wrapped(name, kernel):
        return lambda *given: (calls.append(name), kernel(*given))[1]

    return {name: wrapped(name, kernel) for name, kernel in kernels.items()}


@by_layer
def test_the_kernels_are_taken_in_trainings_alone(name, monkeypatch):
    calls = []
    leibnet.kernels("numba")
    forms = counting(choice.choose(), calls)
    monkeypatch.setattr(leibnet, "kernels", lambda choice=None: None)
    monkeypatch.setattr(choice, "_forms", forms)
    computed(name, (2, 3, 4, 4, 5), np.float32, None)
    assert KERNELS[name] <= set(calls)
    calls.clear()
    layer = LAYERS[name](1, 2)
    with layer.use("inference"):
        layer.feedforward(np.ones((1, 4, 4, 2)), training=False)
    assert not calls


@pytest.mark.parametrize(("name", "kernel"), PLANTED)
def test_the_comparison_finds_an_error_of_a_hundred_thousandth(name, kernel, monkeypatch):
    leibnet.kernels("numba")
    right = choice.choose()

    def wrong(*given):
        right[kernel](*given)
        given[OUTPUTS[kernel]][...] *= np.float32(1.00001)

    plain = computed(name, (2, 3, 6, 6, 7), np.float32, "numpy")
    monkeypatch.setattr(leibnet, "kernels", lambda choice=None: None)
    monkeypatch.setattr(choice, "_forms", {**right, kernel: wrong})
    found = computed(name, (2, 3, 6, 6, 7), np.float32, None)
    apart = [np.abs(one - other).max() / max(1, np.abs(other).max()) for one, other in zip(found, plain, strict=True)]
    assert max(apart) > 3e-6


@by_layer
def test_the_gradient_exam(name):
    leibnet.kernels("numba")
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 3) if name == "unpooling" else (2, 6, 5, 3))
    report = checkGradients(LAYERS[name](2, 3), x)
    assert report, report


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["same", "valid", "transposed", "pooling", "overlapping"])
def test_a_number_that_is_not_finite_reaches_the_output(name, number):
    def change(x):
        x[0, 1, 2, 0] = number

    shape, both = (2, 3, 4, 5, 3), ("numba", "numpy")
    found, plain = (computed(name, shape, np.float32, kernels, change=change) for kernels in both)
    np.testing.assert_allclose(found[0], plain[0], rtol=1e-5, atol=1e-5)


@by_dtype
@pytest.mark.parametrize("name", ["same", "valid", "transposed", "pooling"])
def test_nothing_depends_on_where_arrays_lie(name, dtype):
    """Whatever lay in work arrays before, and wherever the input begins."""
    leibnet.kernels("numba")
    layer, pool, seen = LAYERS[name](2, 3), np.empty(10_000, dtype), set()
    layer.astype(dtype)
    given = np.random.default_rng(0).normal(size=(2, 6, 5, 11)).astype(dtype)
    for gap in range(20):
        x = pool[gap : gap + given.size].reshape(given.shape)
        x[...] = given
        y = layer.feedforward(x)
        dx = layer.backward(np.cos(y))
        seen.add((y.tobytes(), dx.tobytes(), *(one.tobytes() for one in layer.learning() and layer.gradients.values())))
        layer.feedforward(np.full((2, 8, 8, 20), np.nan, dtype))
        layer.backward(layer.output)
    assert len(seen) == 1


@pytest.mark.parametrize("kernels", ["numpy", "numba"])
@pytest.mark.parametrize("trainable", [True, False])
def test_only_what_is_wanted_is_computed(kernels, trainable):
    leibnet.kernels(kernels)
    for name in ("same", "transposed"):
        layer = LAYERS[name](2, 3)
        layer.trainable = trainable
        y = layer.feedforward(np.ones((2, 4, 4, 3)))
        layer.gradientVector[...] = 7
        assert layer.backward(np.ones_like(y), Wanted(input=False)) is None
        assert np.all(layer.gradientVector == 7) != trainable
        assert layer.backward(np.ones_like(y), Wanted(parameters=False)).shape == (2, 4, 4, 3)


@pytest.mark.parametrize("which", ["input", "gradient", "both"])
@pytest.mark.parametrize("name", ["same", "transposed", "pooling"])
def test_numpy_computes_with_arrays_that_are_not_contiguous(name, which):
    found = []
    for strided in (False, True):
        leibnet.kernels("numba")
        layer, x = LAYERS[name](2, 3), np.random.default_rng(0).normal(size=(2, 4, 6, 5))
        y = layer.feedforward(np.asfortranarray(x) if strided and which != "gradient" else x)
        dy = np.cos(y)
        dx = layer.backward(np.asfortranarray(dy) if strided and which != "input" else dy)
        found.append(
            [y, dx.copy(), *(one.copy() for learner in layer.learning() for one in learner.gradients.values())]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernels", ["numpy", "numba"])
def test_pooling_before_the_activation_is_the_same(kernels):
    """In trainings a chain pools what is left of z: to the bit what the layers compute one by one."""
    leibnet.kernels(kernels)
    x, found = np.random.default_rng(0).normal(size=(2, 6, 7, 5)), []
    for joined in (True, False):
        layers = [Conv2D(2, 4, 3, ReLU(), padding="same", rng=1), MaxPooling2D(2), Conv2D(4, 3, 2, Tanh(), rng=2)]
        layers[0].bias = [[0.3], [-0.2], [0.0], [-9.0]]  # one channel is dead
        chain = Chain(layers)
        y = chain.feedforward(x) if joined else layers[2].forward(layers[1].forward(layers[0].forward(x)))
        dy = np.cos(y)
        dx = chain.backward(dy) if joined else layers[0].backward(layers[1].backward(layers[2].backward(dy)))
        found.append([y, dx, *(one.copy() for layer in chain.learning() for one in layer.gradients.values())])
        found[-1] += [layers[0].output.copy(), layers[0].preactivation.copy(), layers[1].input.copy(), layers[1].output]
    for number, (one, other) in enumerate(zip(*found, strict=True)):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13, err_msg=str(number))
    np.testing.assert_array_equal(found[0][0], found[1][0])

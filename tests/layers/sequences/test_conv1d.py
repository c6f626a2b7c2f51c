"""The convolution of sequences: against its formula, in the exam, and in networks; for PyTorch, see images."""

import leibnet

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import BatchNormalization, Chain, Conv1D, Conv2D, Dense, Flatten, Reshape, Residual, Wanted
from loss import CategoricalCrossEntropy
from nn import MLP, checkGradients
from optimizer import Adam

RNG = np.random.default_rng(0)
PADDINGS = ["valid", "same", "causal"]


def slowly(x, layer):
    """Every sum of the formula, one after the other, for a sequence with its zeros around."""
    (k,), (s,), steps = layer.kernelSize, layer.strides, len(x)
    if layer.padding != "valid":
        total = max((-(-steps // s) - 1) * s + k - steps, 0)
        before = k - 1 if layer.padding == "causal" else total // 2
        x = np.concatenate([np.zeros((before, *x.shape[1:])), x, np.zeros((k, *x.shape[1:]))])
        places = -(-steps // s)
    else:
        places = (steps - k) // s + 1
    z = [np.tensordot(layer.weight, x[t * s : t * s + k], ((2, 1), (0, 1))) + layer.bias for t in range(places)]
    return np.array(z)


@settings(max_examples=25, deadline=None)
@given(
    steps=st.integers(1, 9),
    size=st.integers(1, 5),
    stride=st.integers(1, 4),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    samples=st.integers(1, 3),
    padding=st.sampled_from(PADDINGS),
)
def test_it_is_its_formula(steps, size, stride, channels, samples, padding):
    layer = Conv1D(*channels, size, strides=stride, padding=padding, rng=0)
    layer.bias = RNG.normal(size=(channels[1], 1))
    x = RNG.normal(size=(steps, channels[0], samples))
    if padding == "valid" and size > steps:
        with pytest.raises(ValueError, match=f"sequences to be at least {size} steps, the size of the kernel, got"):
            layer.feedforward(x)
        return
    y = layer.feedforward(x)
    np.testing.assert_allclose(y, slowly(x, layer), atol=1e-12)
    assert y.shape[:-1] == layer.outputShape(x.shape[:-1])


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_gradients(size, stride, padding):
    for channels, samples, activation in ((1, 1, Tanh()), (2, 3, Softmax())):
        layer = Conv1D(channels, 3, size, activation, strides=stride, padding=padding, rng=0)
        report = checkGradients(layer, RNG.normal(size=(6, channels, samples)))
        assert report, report


def test_the_windows_of_a_sequence_are_a_view():
    layer, x = Conv1D(2, 3, 4, strides=2, rng=0), RNG.normal(size=(9, 2, 5))
    layer.feedforward(x)
    assert layer.now.steps is x


def test_no_output_of_a_causal_one_knows_of_a_later_step():
    layer, x = Conv1D(2, 3, 3, padding="causal", rng=0), RNG.normal(size=(6, 2, 1))
    before = layer.feedforward(x)
    x[4] = 7
    changed = (layer.feedforward(x) != before).any(axis=(1, 2))
    np.testing.assert_array_equal(changed, [False] * 4 + [True] * 2)


def test_it_is_the_convolution_of_an_image_of_one_row():
    one, two = (
        Conv1D(2, 3, 3, ReLU(), strides=2, padding="same", rng=0),
        Conv2D(2, 3, (1, 3), ReLU(), strides=(1, 2), padding="same"),
    )
    two.weight, x = one.weight[:, :, np.newaxis], RNG.normal(size=(8, 2, 5))
    y = two.feedforward(np.moveaxis(x, 1, 0)[:, np.newaxis])
    np.testing.assert_allclose(one.feedforward(x), np.moveaxis(y[:, 0], 0, 1))


@pytest.mark.parametrize(
    "activation", [Identity(), ReLU(), LeakyReLU(0.2), ELU(), Sigmoid(), Tanh(), Softmax()], ids=repr
)
def test_bias_and_activation_are_those_of_every_step(activation):
    """With compiled kernels, where they are, and without: y = f(z + b), and db is summed over steps and samples."""
    found = []
    x, dy = RNG.normal(size=(5, 2, 7)), RNG.normal(size=(5, 3, 7))
    for choice in ("numpy", None):
        leibnet.kernels(choice)
        layer = Conv1D(2, 3, 1, activation, rng=0)
        layer.bias = [[1], [2], [3]]
        y = layer.feedforward(x)
        layer.backward(dy)
        found.append([y, layer.gradient.copy(), layer.gradients["weight"].copy(), layer.gradients["bias"].copy()])
        steps = [layer.feedforward(step[np.newaxis]) for step in x]
        np.testing.assert_allclose(y, np.concatenate(steps))
        logits = layer.forwardLogits(x).copy()
        np.testing.assert_allclose(layer.activation.apply(logits), y)
        layer.backwardLogits(dy)
        np.testing.assert_allclose(layer.gradients["bias"], dy.sum(axis=(0, 2))[:, np.newaxis])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_nothing_that_is_not_wanted_is_computed():
    layer, x = Conv1D(2, 3, 3, rng=0), RNG.normal(size=(6, 2, 2))
    y = layer.feedforward(x)
    layer.backward(np.ones_like(y))
    whole = [layer.gradient.copy(), *(one.copy() for one in layer.gradients.values())]
    assert layer.backward(np.ones_like(y), Wanted(input=False)) is None
    layer.gradientVector[...] = 7
    layer.backward(np.ones_like(y), Wanted(parameters=False))
    np.testing.assert_array_equal(layer.gradient, whole[0])
    assert (layer.gradientVector == 7).all()


@pytest.mark.parametrize("padding", PADDINGS)
def test_arrays_of_any_layout_length_and_number(padding):
    layer, again = (Conv1D(2, 3, 3, padding=padding, rng=0) for _ in range(2))
    for shape in ((7, 2, 4), (5, 2, 9), (5, 2, 0), (7, 2, 4)):
        x = RNG.normal(size=(shape[2], shape[1], shape[0])).T
        again.forget()
        y = layer.feedforward(x)
        np.testing.assert_array_equal(y, again.feedforward(x.copy()))
        layer.backward(np.ones_like(y))
        assert layer.gradient.shape == shape


def test_one_feature_may_lie_in_any_distance():
    """NumPy calls such an array contiguous."""
    layer, x = Conv1D(1, 2, 3, rng=0), RNG.normal(size=(7, 4))[:, np.newaxis]
    assert (x.flags.c_contiguous, x.strides[1]) == (True, 0)
    np.testing.assert_array_equal(layer.feedforward(x), Conv1D(1, 2, 3, rng=0).feedforward(x.copy()))


def network():
    adam = Adam(lr=0.01)
    return MLP(
        [
            Reshape((8, 8)),
            Conv1D(8, 12, 3, ReLU(), adam, padding="same", rng=0),
            BatchNormalization(12, optimizer=adam),
            Residual([Conv1D(12, 12, 3, ReLU(), adam, padding="causal", rng=1)]),
            Conv1D(12, 8, 2, ReLU(), adam, strides=2, rng=2),
            Flatten(),
            Dense(32, 10, Softmax(), adam, rng=3),
        ],
        CategoricalCrossEntropy(),
    )


def test_a_network_reads_digits_row_by_row(tmp_path):
    dataset, model = Dataset("digits", rng=0), network()
    model.train(dataset, epochs=4, metrics=["train_loss"], progress=False)
    assert model.evaluate(dataset)["accuracy"] > 0.85
    assert "Conv1D 12 -> 8, 2 by 2, ReLU()" in repr(model)
    again = MLP.load(model.save(tmp_path / "model.safetensors"))
    x = dataset.testSet()[0]
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_gradients_of_a_network_that_answers_for_every_step():
    model = MLP([Conv1D(2, 3, 3, Tanh(), padding="same", rng=0), Conv1D(3, 4, 1, Softmax(), rng=1)])
    report = checkGradients(model, RNG.normal(size=(5, 2, 3)))
    assert report, report


def test_its_initial_weights_have_the_variance_of_their_fan():
    assert Conv1D(16, 64, 4, ReLU(), rng=0).weight.var() == pytest.approx(2 / 64, rel=0.05)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Conv1D(0, 1, 3), "Conv1D: expected inputChannels to be a whole number of at least 1"),
        (lambda: Conv1D(1, 1, (1, 2)), "Conv1D: expected kernelSize to be a whole number"),
        (lambda: Conv1D(1, 1, 3, strides=0), "strides"),
        (lambda: Conv1D(1, 1, 3, padding="full"), "one of 'valid', 'same', 'causal', got 'full'"),
        (
            lambda: Conv1D(4, 1, 3).feedforward(np.ones((64, 5))),
            r"sequences of shape \(steps, 4, N\), got .*; make seq",
        ),
        (lambda: Conv1D(4, 1, 3).feedforward(np.ones((4, 9, 5))), r"np.swapaxes\(x, 0, 1\)"),
        (lambda: Conv1D(4, 1, 3).feedforward(np.ones((4, 9, 5, 2))), r"got \(4, 9, 5, N\)"),
        (lambda: Conv1D(4, 1, 3).feedforward(np.ones((2, 4, 5))), 'take a smaller kernel, or padding="same"'),
        (lambda: Chain([Reshape((8, 3)), Conv1D(4, 1, 3)]).feedforward(np.ones((24, 2))), r"layers\[1\]"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()

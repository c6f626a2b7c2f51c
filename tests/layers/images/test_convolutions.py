"""Convolutions, plain and transposed: against their formula, as adjoints, in pieces, and in networks."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import (
    Activated,
    BatchNormalization,
    Chain,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    MaxPooling2D,
    MaxUnpooling2D,
    Residual,
    UpSampling2D,
    Wanted,
)
from layers.images import windows
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, Autoencoder, checkGradients
from optimizer import SGD, Adam

RNG = np.random.default_rng(0)
SIZES, STEPS, PADDINGS = [1, 2, 3, (2, 3), 5], [1, 2, 3, (1, 2)], ["valid", "same"]


def slowly(x, weight, bias, strides, before, places):
    """Every sum of the formula, one after the other."""
    outputs, inputs, height, width = weight.shape
    z = np.zeros((outputs, *places, x.shape[-1])) + bias.reshape(-1, 1, 1, 1)
    for o, c, i, j, a, b in itertools.product(*map(range, (outputs, inputs, height, width, *places))):
        row, column = strides[0] * a + i - before[0], strides[1] * b + j - before[1]
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            z[o, a, b] += weight[o, c, i, j] * x[c, row, column]
    return z


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("strides", STEPS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_convolution_is_its_formula(size, strides, padding):
    x = RNG.normal(size=(2, 6, 7, 3))
    layer = Conv2D(2, 3, size, strides=strides, padding=padding, rng=0)
    layer.bias = RNG.normal(size=(3, 1))
    y = layer.feedforward(x)
    axes = layer.windows((2, 6, 7))
    before = axes.vertical.before, axes.horizontal.before
    np.testing.assert_allclose(y, slowly(x, layer.weight, layer.bias, layer.strides, before, axes.shape), atol=1e-12)
    assert layer.outputShape((2, 6, 7)) == y.shape[:-1]


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("strides", STEPS)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", [Conv2D, Conv2DTranspose])
def test_gradients(kind, size, strides, padding):
    for channels, samples in ((1, 1), (2, 3)):
        layer = kind(channels, 2, size, Tanh(), strides=strides, padding=padding, rng=0)
        report = checkGradients(layer, RNG.normal(size=(channels, 5, 6, samples)))
        assert report, report


@settings(max_examples=60, deadline=None)
@given(
    sides=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.sampled_from(PADDINGS),
)
def test_the_transposed_one_is_the_adjoint(sides, size, strides, channels, padding):
    """⟨Conv2D(y), x⟩ = ⟨y, Conv2DTranspose(x)⟩, whatever the shapes."""
    up = Conv2DTranspose(channels[0], channels[1], size, strides=strides, padding=padding, rng=0)
    down = Conv2D(channels[1], channels[0], size, strides=strides, padding=padding, rng=0)
    down.weight = np.swapaxes(up.weight, 0, 1)
    x = RNG.normal(size=(channels[0], *sides, 2))
    larger = up.feedforward(x)
    y = RNG.normal(size=larger.shape)
    smaller = down.feedforward(y)
    assert smaller.shape == x.shape
    assert np.vdot(smaller, x) == pytest.approx(np.vdot(y, larger), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "size", "strides", "padding", "down", "up"),
    [
        (28, 3, 2, "same", 14, 56),
        (28, 3, 1, "same", 28, 28),
        (28, 3, 1, "valid", 26, 30),
        (7, 2, 2, "valid", 3, 14),
        (7, 5, 3, "valid", 1, 23),
        (7, 1, 3, "same", 3, 21),
    ],
)
def test_sizes_are_those_of_keras(n, size, strides, padding, down, up):
    assert Conv2D(1, 1, size, strides=strides, padding=padding).outputShape((1, n, n)) == (1, down, down)
    assert Conv2DTranspose(1, 1, size, strides=strides, padding=padding).outputShape((1, n, n)) == (1, up, up)


def test_same_pads_one_more_after_than_before():
    """Keras's: with stride 2 on an even size nothing before, one after."""
    x = np.zeros((1, 4, 4, 1))
    x[0, 3, 3, 0] = 1
    layer = Conv2D(1, 1, 3, strides=2, padding="same")
    layer.weight = np.arange(9.0).reshape(1, 1, 3, 3)
    np.testing.assert_array_equal(layer.feedforward(x)[0, :, :, 0], [[0, 0], [0, 4]])


@pytest.mark.parametrize("kind", [Conv2D, Conv2DTranspose])
@pytest.mark.parametrize("strides", [1, 2])
def test_in_blocks_of_rows_it_is_the_same(kind, strides, monkeypatch):
    x = RNG.normal(size=(2, 8, 7, 5))
    found = []
    for size in (2**21, 300):
        monkeypatch.setattr(windows, "BLOCK", size)
        layer = kind(2, 3, 3, Sigmoid(), strides=strides, padding="same", rng=0)
        y = layer.feedforward(x)
        layer.backward(np.ones_like(y))
        found.append([y, layer.gradient.copy(), *(one.copy() for one in layer.gradients.values())])
    assert len(layer.windows((2, 8, 7)).blocks(2, 5)) > 1
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_buffers_of_another_size_leave_nothing_behind(dtype):
    """Zeros at the border stay zeros when batches and images change."""
    layer, again = (Conv2D(1, 2, 3, padding="same", rng=0) for _ in range(2))
    for one in (layer, again):
        one.astype(dtype)
    for shape in ((1, 5, 6, 4), (1, 5, 6, 2), (1, 3, 8, 4), (1, 5, 6, 4)):
        x = RNG.normal(size=shape).astype(dtype)
        again.forget()
        np.testing.assert_array_equal(layer.feedforward(x), again.feedforward(x))


def test_nothing_that_is_not_wanted_is_computed():
    layer, x = Conv2D(2, 3, 3, rng=0), RNG.normal(size=(2, 6, 6, 2))
    y = layer.feedforward(x)
    layer.backward(np.ones_like(y))
    whole = [layer.gradient.copy(), layer.gradients["weight"].copy()]
    assert layer.backward(np.ones_like(y), Wanted(input=False)) is None
    layer.gradients["weight"][...] = 7
    layer.backward(np.ones_like(y), Wanted(parameters=False))
    np.testing.assert_array_equal(layer.gradient, whole[0])
    np.testing.assert_array_equal(layer.gradients["weight"], 7)
    layer.gradients["weight"][...] = whole[1]
    layer.backward(np.ones_like(y), Wanted(add=True))
    np.testing.assert_allclose(layer.gradients["weight"], 2 * whole[1])


def test_initial_weights_have_the_variance_of_their_fans():
    """He: 2 / fanIn; a transposed one with stride 2 has a quarter of the window's numbers at each output."""
    down = Conv2D(16, 32, 4, ReLU(), rng=0)
    assert down.weight.var() == pytest.approx(2 / (16 * 16), rel=0.05)
    up = Conv2DTranspose(16, 32, 4, ReLU(), strides=2, rng=0)
    assert up.weight.var() == pytest.approx(2 / (16 * 4), rel=0.05)
    y = up.feedforward(np.abs(RNG.normal(size=(16, 8, 8, 20))))[:, 4:-4, 4:-4]
    x = RNG.normal(size=(16, 8, 8, 20))
    z = Conv2DTranspose(16, 32, 4, strides=2, rng=0, initializer="he_normal").feedforward(x)[:, 4:-4, 4:-4]
    assert z.var() == pytest.approx(2, rel=0.15)
    assert np.isfinite(y).all()


def network(**keywords):
    adam = Adam(lr=0.01)
    return MLP(
        [
            Conv2D(1, 4, 3, ReLU(), adam, padding="same", rng=0),
            BatchNormalization(4, optimizer=adam),
            MaxPooling2D(2),
            Residual([Conv2D(4, 4, 3, ReLU(), adam, padding="same", rng=1)]),
            Flatten(),
            Dense(64, 10, Softmax(), adam, rng=2),
        ],
        CategoricalCrossEntropy(),
    )


def test_a_network_learns_digits_as_images():
    dataset = Dataset("digits", images=True, rng=0)
    model = network()
    model.train(dataset, epochs=6, metrics=["train_loss"], progress=False)
    assert model.evaluate(dataset)["accuracy"] > 0.9
    assert "Conv2D 1 -> 4, 3x3, same, ReLU()" in repr(model)


@pytest.mark.parametrize("last", [Softmax(), Sigmoid(), None], ids=str)
def test_gradients_of_a_network_that_answers_for_every_pixel(last):
    model = MLP([Conv2D(2, 3, 3, Tanh(), padding="same", rng=0), Conv2D(3, 4, 1, last, rng=1)])
    report = checkGradients(model, RNG.normal(size=(2, 4, 5, 3)))
    assert report, report
    weighted = checkGradients(model, RNG.normal(size=(2, 4, 5, 3)), weights=RNG.uniform(0, 2, (4, 5, 3)))
    assert weighted, weighted


def test_an_autoencoder_of_images(tmp_path):
    adam, pool = Adam(lr=0.01), MaxPooling2D(2)
    encoder = MLP([Conv2D(1, 4, 3, ReLU(), adam, padding="same", rng=0), pool])
    decoder = MLP(
        [
            MaxUnpooling2D(pool),
            Conv2DTranspose(4, 4, 2, ReLU(), adam, strides=2, rng=1),
            MaxPooling2D(2),
            Conv2D(4, 1, 3, Sigmoid(), adam, padding="same", rng=2),
        ]
    )
    model = Autoencoder(encoder, decoder)
    dataset = Dataset("digits", images=True, rng=0)
    history = model.train(dataset, epochs=2, progress=False)
    assert history["train_loss"][-1] < history["train_loss"][0]
    model.save(tmp_path / "model.safetensors")
    again = Autoencoder.load(tmp_path / "model.safetensors")
    x = dataset.testSet()[0][..., :7]
    np.testing.assert_array_equal(again.reconstruct(x), model.reconstruct(x))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Conv2D(0, 1, 3), "Conv2D: expected inputChannels to be a whole number of at least 1"),
        (lambda: Conv2D(1, 1, 0), "kernelSize"),
        (lambda: Conv2D(1, 1, (1, 2, 3)), "a whole number, or two for height and width"),
        (lambda: Conv2D(1, 1, 3, padding="full"), "padding to be one of 'valid', 'same', got 'full'"),
        (lambda: Conv2D(1, 1, 3, strides=1.5), "strides"),
        (
            lambda: Conv2D(1, 1, 3).feedforward(np.ones((1, 2, 2, 1))),
            "at least 3 x 3, the size of the kernel",
        ),
        (lambda: Conv2D(1, 1, 3).feedforward(np.ones((784, 5))), r"images=True\) or Reshape"),
        (lambda: Conv2D(3, 1, 3).feedforward(np.ones((8, 8, 3, 2))), "channels come first"),
        (lambda: Conv2D(3, 1, 3).feedforward(np.ones((5, 3, 8, 8))), r"samples come last, np.moveaxis\(x, 0, -1\)"),
        (lambda: Conv2D(1, 1, 3).feedforward(np.ones((8, 8, 5))), r"one channel, x\[np.newaxis\]"),
        (lambda: Conv2D(3, 1, 3).feedforward(np.ones((1, 8, 8, 2))), r"images of shape \(3, height, width, N\), got"),
        (lambda: MaxPooling2D(3).feedforward(np.ones((1, 2, 5, 2))), "at least 3 x 3, the size of the window"),
        (lambda: MaxUnpooling2D(3), "pool to be a MaxPooling2D of the same network"),
        (lambda: Chain([MaxUnpooling2D("layers[7]")]).feedforward(np.ones((1, 2, 2, 1))), "not in this network"),
        (lambda: MLP([Conv2D(1, 2, 3), Dense(8, 2)]).predict(np.ones((1, 4, 4, 1))), "Flatten"),
        (lambda: UpSampling2D(0), "size"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises((TypeError, ValueError, RuntimeError), match=words):
        make()


def test_an_unpooling_of_another_size_says_what_to_do():
    pool = MaxPooling2D(2)
    with pytest.raises(ValueError, match=r"expected what layers\[0\].* gave, .*outputSize=\(height, width\)"):
        Chain([pool, MaxUnpooling2D(pool)]).feedforward(np.ones((1, 5, 5, 1)))
    assert Chain([pool, MaxUnpooling2D(pool, (5, 5))]).feedforward(np.ones((1, 5, 5, 1))).shape == (1, 5, 5, 1)


def test_a_biased_layer_of_ones_own_on_images():
    class PerPixel(Activated):
        biased = True

        def __init__(self, channels):
            super().__init__(Tanh())
            self.channels = channels
            self._create(bias=np.ones((channels, 1)))

        def outputShape(self, inputShape):
            return inputShape

        def _forward(self, x, now, training):
            return np.multiply(x, 1, out=now.buffer("z", x.shape))

        def _backward(self, dz, now, wanted):
            return dz if wanted.input else None

    report = checkGradients(PerPixel(2), RNG.normal(size=(2, 3, 4, 5)))
    assert report, report


def test_a_step_with_any_optimizer_moves_every_weight():
    model = MLP(
        [Conv2D(1, 2, 3, ReLU(), SGD(lr=0.1), rng=0), Flatten(), Dense(2 * 36, 1, optimizer=SGD(lr=0.1))], MSE()
    )
    before = model.weights()
    model.feedforward(RNG.normal(size=(1, 8, 8, 5)))
    model.backpropagate(np.ones((1, 5)))
    assert all(np.any(array != before[name]) for name, array in model.weights().items())

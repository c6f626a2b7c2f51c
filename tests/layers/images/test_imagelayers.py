"""All layers on images: in the exam over drawn sizes, with arrays of any type and layout, without samples, and in one
network that is saved, resumed, converted, and asked by several threads at once.
"""

from concurrent.futures import ThreadPoolExecutor

import leibnet

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from activations import ReLU, Sigmoid, Tanh
from dataset import Dataset
from drawn import dtypes, equal, layouts, unchanged, values
from layers import (
    AveragePooling2D,
    BatchNormalization,
    Chain,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Coordinates,
    Corrupt,
    Cropping2D,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
    MaxUnpooling2D,
    Reshape,
    UpSampling2D,
    ZeroPadding2D,
)
from loss import CrossEntropy
from nn import MLP, Autoencoder, checkGradients, seed
from optimizer import Adam


def unpooled():
    pool = MaxPooling2D((2, 3), padding="same")
    return Chain([pool, MaxUnpooling2D(pool, (4, 5))])


# On images of two channels, 4 x 5.
LAYERS = {
    "Conv2D": lambda: Conv2D(2, 3, (3, 2), Tanh(), strides=(1, 2), padding="same", rng=0),
    "Conv2DTranspose": lambda: Conv2DTranspose(2, 3, 3, Tanh(), strides=2, rng=0),
    "Conv1D": lambda: Chain([Reshape((8, 5)), Conv1D(5, 3, 3, Tanh(), strides=2, padding="causal", rng=0)]),
    "MaxPooling2D": lambda: MaxPooling2D(2),
    "MaxUnpooling2D": unpooled,
    "AveragePooling2D": lambda: AveragePooling2D(3, 2, "same"),
    "GlobalAveragePooling2D": GlobalAveragePooling2D,
    "UpSampling2D": lambda: UpSampling2D((1, 2)),
    "ZeroPadding2D": lambda: ZeroPadding2D(((1, 0), (0, 2))),
    "Cropping2D": lambda: Cropping2D(((1, 0), (0, 2))),
    "Coordinates": Coordinates,
}
by_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)

sides = st.tuples(st.integers(1, 7), st.integers(1, 7))
windows = st.tuples(st.integers(1, 4), st.integers(1, 4))
steps = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.sampled_from(["valid", "same"])
few = st.integers(1, 3)
drawn = settings(max_examples=15, derandomize=True, deadline=None)


def apart(*shape):
    """Numbers of which no two are nearly equal: no step of the exam turns a maximum."""
    numbers = np.random.default_rng(shape).permutation(int(np.prod(shape)))
    return numbers.reshape(shape) / numbers.size - 0.5


@pytest.mark.parametrize("kind", [Conv2D, Conv2DTranspose, MaxPooling2D, AveragePooling2D, MaxUnpooling2D])
@drawn
@given(sides=sides, size=windows, strides=steps, padding=paddings, channels=few, samples=few)
def test_gradients_of_any_size(kind, sides, size, strides, padding, channels, samples):
    assume(kind is Conv2DTranspose or padding == "same" or (size[0] <= sides[0] and size[1] <= sides[1]))
    if kind in (Conv2D, Conv2DTranspose):
        layer = kind(channels, 2, size, Tanh(), strides=strides, padding=padding, rng=0)
    else:
        layer = (MaxPooling2D if kind is MaxUnpooling2D else kind)(size, strides, padding)
    if kind is MaxUnpooling2D:
        layer = Chain([layer, MaxUnpooling2D(layer, sides)])
    x = apart(channels, *sides, samples)
    report = checkGradients(layer, x)
    assert report, report
    assert layer.feedforward(x).shape[:-1] == layer.outputShape(x.shape[:-1])


def passes(layer, x, gradient):
    y = layer.feedforward(x)
    layer.backward(gradient)
    return [y, layer.gradient.copy(), *(one.gradientVector.copy() for one in layer.learning())]


@by_layer
@drawn
@given(n=st.integers(1, 4), kinds=st.tuples(dtypes, dtypes), places=st.tuples(layouts, layouts))
def test_arrays_of_any_type_and_layout(make, n, kinds, places):
    rng, layer = np.random.default_rng(n), make()
    x, gradient = values(rng, kinds[0], (2, 4, 5, n)), values(rng, kinds[1], (*layer.outputShape((2, 4, 5)), n))
    expected = passes(layer, x.astype(float), gradient.astype(float))
    x, gradient = places[0](x), places[1](gradient)
    check = unchanged(x, gradient)
    for one, other in zip(passes(layer, x, gradient), expected, strict=True):
        equal(one, other)
    check()


def test_one_pass_has_one_form_though_only_one_of_its_arrays_suits_the_compiled_one():
    """An input that is not contiguous, and gradients that are."""
    x, layer = np.asfortranarray(np.random.default_rng(0).normal(size=(2, 5, 6, 3))), Conv2D(2, 3, 3, rng=0)
    dy = np.ones((*layer.outputShape((2, 5, 6)), 3))
    for one, other in zip(passes(layer, x, dy), passes(layer, x.copy("C"), dy), strict=True):
        equal(one, other)


@by_layer
def test_a_batch_without_samples(make):
    layer = make()
    y, dx, *gradients = passes(layer, np.ones((2, 4, 5, 0)), np.ones((*layer.outputShape((2, 4, 5)), 0)))
    assert y.shape == (*layer.outputShape((2, 4, 5)), 0)
    assert dx.shape == (2, 4, 5, 0)
    assert not any(one.any() for one in gradients)


@by_layer
def test_in_single_precision_everything_is_single(make):
    layer = make()
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    double = layer.feedforward(x)
    layer.astype(np.float32)
    found = passes(layer, x, np.ones(double.shape))
    assert {one.dtype for one in found} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found[0], double, rtol=1e-5, atol=1e-5)


# One network with all of them ----------------------------------------------------------------------------------------


def network():
    adam, pool = Adam(lr=0.003), MaxPooling2D(2)
    return MLP(
        [
            Corrupt(0.1),
            Conv2D(1, 4, 3, ReLU(), adam, padding="same", rng=0),
            BatchNormalization(4, optimizer=adam),
            pool,
            Dropout(0.2),
            ZeroPadding2D(1),
            Conv2D(4, 4, 3, ReLU(), adam, rng=1),
            MaxUnpooling2D(pool),
            Conv2DTranspose(4, 2, 2, ReLU(), adam, strides=2, rng=2),
            AveragePooling2D(2),
            UpSampling2D(2),
            Conv2D(2, 1, 2, Sigmoid(), adam, strides=2, rng=3),
        ],
        CrossEntropy(),
    )


IMAGES = Dataset("digits", images=True, train_size=120, rng=0).trainSet()[0]


def trained(epochs=1, **keywords):
    seed(5)
    model = network()
    data = Dataset.fromArrays(IMAGES, IMAGES, batch_size=30, rng=0)
    model.train(data, epochs=epochs, metrics=["train_loss"], progress=False, **keywords)
    return model


def test_resumed_to_the_bit(tmp_path):
    """With running averages, noise, dropped numbers, and places of maxima."""
    leibnet.threads(1)
    try:
        whole, file = trained(2), tmp_path / "run.safetensors"
        trained(1, checkpoint=file)
        resumed = trained(2, checkpoint=file, resume=True)
    finally:
        leibnet.threads(None)
    assert {"layers.2.mean", "layers.8.weight"} < set(whole.arrays())
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(array, resumed.arrays()[name])
    assert not np.array_equal(whole.arrays()["layers.1.weight"], trained(1).arrays()["layers.1.weight"])


def test_saved_and_loaded(tmp_path):
    model = trained()
    again = MLP.load(model.save(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(again.predict(IMAGES), model.predict(IMAGES))
    assert again.config() == model.config()


def test_threads_predict_at_once_and_none_takes_the_places_of_another():
    model = trained()
    parts = [IMAGES[..., i : i + 15] for i in range(0, 120, 15)]
    expected = [model.predict(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(model.predict, parts * 5))
    for one, other in zip(found, expected * 5, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_prediction_leaves_the_backward_pass_that_is_still_to_come():
    model, x, y = network(), IMAGES[..., :10], IMAGES[..., 10:20]
    gradients = []
    for interrupted in (False, True):
        seed(1)
        model.chain.forward(x)
        if interrupted:
            model.predict(y)
        model.chain.backward(np.ones((1, 8, 8, 10)))
        gradients.append(model.layers[1].gradients["weight"].copy())
    assert gradients[0].any()
    np.testing.assert_array_equal(*gradients)


def test_there_and_back_between_precisions():
    model = trained()
    before, single = model.predict(IMAGES), model.arrays()
    model.astype(np.float64)
    assert model.predict(IMAGES).dtype == np.float64
    np.testing.assert_allclose(model.predict(IMAGES), before, atol=1e-5)
    model.astype(np.float32)
    for name, array in single.items():
        np.testing.assert_array_equal(array, model.arrays()[name])


def test_a_table_shows_the_shapes_for_images_that_it_is_given():
    model = network()
    line = "layers[3]   MaxPooling2D 2x2 "
    assert [one.split()[-2] for one in repr(model).splitlines() if one.startswith(line)] == ["any"]
    assert [one.split()[-2] for one in model.chain.table((1, 6, 8)).splitlines() if one.startswith(line)] == ["4x3x4"]


def test_places_are_the_same_in_a_training_and_in_a_prediction():
    """Of windows that are 0 after ReLU, too, though a chain may pool before it in a training."""
    pool, rng = MaxPooling2D(2), np.random.default_rng(0)
    convolution = Conv2D(1, 4, 3, ReLU(), padding="same", rng=0)
    convolution.bias[:] = -1
    chain = Chain([convolution, pool, Conv2D(4, 4, 1, Tanh(), rng=1), MaxUnpooling2D(pool)])
    chain.layers[2].bias = [[1], [2], [3], [4]]
    for one in (chain, Chain.fromConfig(chain.config())):
        x = rng.normal(size=(1, 6, 6, 5))
        training = one.feedforward(x)
        assert (pool.output == 0).any()
        np.testing.assert_allclose(training, one.predict(x))


class Watched(MaxPooling2D):
    def _forward(self, x, now, training):
        self.seen = x.copy()
        return super()._forward(x, now, training)


class Negated(Conv2D):
    def forward(self, x, training=True):
        return -super().forward(x, training)


def test_layers_of_derived_classes_are_computed_one_after_the_other():
    """They may change what the two would compute in one."""
    x = np.random.default_rng(0).normal(size=(1, 6, 6, 5))
    pool = Watched(2)
    Chain([Conv2D(1, 4, 3, ReLU(), rng=0), pool]).feedforward(x)
    assert pool.seen.min() == 0  # behind ReLU
    chain = Chain([Negated(1, 4, 3, ReLU(), rng=0), MaxPooling2D(2)])
    np.testing.assert_allclose(chain.feedforward(x), chain.predict(x))


def test_between_two_layers_in_one_there_is_no_gradient():
    chain = Chain([Conv2D(1, 4, 3, ReLU(), rng=0), MaxPooling2D(2)])
    y = chain.forward(np.random.default_rng(0).normal(size=(1, 6, 6, 5)))
    chain.backward(np.ones_like(y))
    with pytest.raises(RuntimeError, match=r"layers\[1\] .* is computed in one with layers\[0\] .*, with no gradient"):
        _ = chain.layers[1].gradient
    assert chain.layers[0].gradient.shape == (1, 6, 6, 5)


# Unpooling without its pooling layer ---------------------------------------------------------------------------------


def test_codes_alone_lack_the_places():
    pool = MaxPooling2D(2)
    model = Autoencoder(MLP([pool]), MLP([MaxUnpooling2D(pool), Conv2D(1, 1, 1, Sigmoid())]))
    with pytest.raises(RuntimeError, match=r"decoder.layers\[0\] .*the codes of an autoencoder lack the places"):
        model.decode(np.ones((1, 4, 4, 3)))
    model.train(Dataset("digits", images=True, train_size=100, batch_size=50, rng=0), epochs=1, progress=False)
    codes = model.encode(IMAGES[..., :50])
    with pytest.raises(RuntimeError, match="to have passed the same samples before it"):
        model.decode(codes)  # as many as in a batch: the places of the last one would fit
    assert model.reconstruct(IMAGES).shape == IMAGES.shape


def test_a_pooling_layer_of_no_network_or_behind_it():
    pool = MaxPooling2D(2)
    for layer in (MaxUnpooling2D(pool), Chain([MaxUnpooling2D(pool), pool])):
        with pytest.raises(RuntimeError, match="to have passed the same samples before it"):
            layer.feedforward(np.ones((1, 2, 2, 1)))

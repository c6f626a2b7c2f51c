"""Spectral normalisation: by PyTorch's figures, against the full decomposition, in files and in a GAN."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import Identity, LeakyReLU, Sigmoid, Tanh
from dataset import Dataset
from layers import (
    L1,
    Chain,
    Contractive,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Reshape,
    SpectralNormalization,
    TiedDense,
    Wanted,
)
from nn import GAN, MLP, checkGradients
from optimizer import SGD, Adam

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())["spectral"]
MAKE = {
    "Dense": lambda: Dense(4, 3, None, SGD(lr=0.1)),
    "Conv2D": lambda: Conv2D(2, 3, (3, 2), None, SGD(lr=0.1), (2, 1)),
    "Conv2DTranspose": lambda: Conv2DTranspose(3, 2, (3, 2), None, SGD(lr=0.1), (2, 1)),
}


def largest(layer):
    return np.linalg.svd(layer.weight.reshape(len(layer.weight), -1), compute_uv=False)[0]


def close(right):
    return pytest.approx(right, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("case", REFERENCE, ids=lambda case: case["kind"])
def test_as_PyTorch_does(case):
    def images(array):
        return np.moveaxis(np.array(array), 0, -1)

    def turned(weight):  # transposed ones are (in, out, height, width) there
        return np.swapaxes(weight, 0, 1) if case["kind"] == "Conv2DTranspose" else np.array(weight)

    inside = MAKE[case["kind"]]()
    layer = SpectralNormalization(inside)
    inside.weight, inside.bias = turned(case["weight"]), np.array(case["bias"])[:, None]
    for name, values in (("left", case["u"]), ("right", case["v"])):
        inside.statistics[name][:, 0] = values
    for step in case["training"]:
        assert layer.feedforward(images(step["x"])) == close(images(step["y"]))
        assert layer.backward(images(step["dy"])) == close(images(step["dx"]))
        assert inside.gradients["weight"] == close(turned(step["dweight"]))
        assert inside.gradients["bias"].ravel() == close(np.array(step["dbias"]))
        layer.update()
    assert len(case["training"]) == 3
    step = case["inference"]
    assert layer.feedforward(images(step["x"]), training=False) == close(images(step["y"]))


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_the_slope_is_at_most_1_and_its_gradient_the_whole_one(data, seed):
    """By the full decomposition of W/σ, once the power iteration has come to its end."""
    kind, inputs, outputs, samples = (
        data.draw(one) for one in (st.sampled_from(sorted(MAKE)), *3 * [st.integers(1, 4)])
    )
    rng = np.random.default_rng(seed)
    if kind == "Dense":
        inside, shape = Dense(inputs, outputs, Tanh(), rng=rng), (inputs,)
    else:
        size, strides = (tuple(data.draw(st.integers(1, 3)) for _ in range(2)) for _ in range(2))
        make = {"Conv2D": Conv2D, "Conv2DTranspose": Conv2DTranspose}[kind]
        inside, shape = make(inputs, outputs, size, Tanh(), strides=strides, padding="same", rng=rng), (inputs, 3, 4)
    layer = SpectralNormalization(inside, rng=rng)
    layer.iterate(400)
    assert layer.sigma == pytest.approx(largest(inside), rel=2e-3)
    report = checkGradients(layer, rng.normal(size=(*shape, samples)))
    assert report, report


def test_it_is_the_layer_with_a_smaller_weight():
    inside = Dense(5, 4, Sigmoid(), rng=0)
    layer, x = SpectralNormalization(inside, rng=1), np.random.default_rng(0).normal(size=(5, 6))
    plain = Dense(5, 4, Sigmoid())
    plain.weight = inside.weight / layer.sigma
    np.testing.assert_allclose(layer.feedforward(x), plain.feedforward(x), rtol=1e-14)
    assert (layer.inputShape, layer.outputShape((5,)), layer.numParameters()) == ((5,), (4,), 24)
    assert layer.multiplications((5,)) == plain.multiplications((5,))
    np.testing.assert_allclose(layer.forwardLogits(x), plain.forwardLogits(x), rtol=1e-14)
    np.testing.assert_allclose(layer.output, plain.output, rtol=1e-14)
    dz = np.ones((4, 6))
    np.testing.assert_allclose(layer.backwardLogits(dz), plain.backwardLogits(dz), rtol=1e-13)


def test_u_and_v_move_once_after_every_update_in_training_alone():
    inside = Dense(5, 4, optimizer=SGD(lr=0.5), rng=0)
    layer, x = SpectralNormalization(inside, rng=1), np.random.default_rng(0).normal(size=(5, 6))

    def pair():
        return inside.statistics["left"].copy(), inside.statistics["right"].copy()

    def moved(before):
        return not np.array_equal(pair()[0], before[0]) and not np.array_equal(pair()[1], before[1])

    start = pair()
    layer.forward(x)
    assert not moved(start)
    layer.backward(np.ones((4, 6)))
    layer.update()
    layer.forward(x, training=False)
    assert not moved(start)
    layer.forward(x)
    assert moved(start)
    after = pair()
    layer.forward(2 * x)
    assert not moved(after)


def test_in_training_it_follows_the_largest_singular_value():
    inside = Dense(6, 5, optimizer=SGD(lr=0.05), rng=0)
    layer, rng = SpectralNormalization(inside, rng=1), np.random.default_rng(0)
    for _ in range(200):
        layer.forward(rng.normal(size=(6, 8)))
        layer.backward(rng.normal(size=(5, 8)))
        layer.update()
    layer.forward(rng.normal(size=(6, 8)))
    assert layer.sigma == pytest.approx(largest(inside), rel=0.02)


def test_added_gradients_and_frozen_layers():
    layer = SpectralNormalization(Dense(3, 2, rng=0), rng=1)
    rng = np.random.default_rng(0)
    total, passes = 0, [(rng.normal(size=(3, 4)), rng.normal(size=(2, 4))) for _ in range(2)]
    for x, dy in passes:
        layer.forward(x)
        layer.backward(dy)
        total = total + layer.layer.gradientVector
    for x, dy in passes:
        layer.forward(x)
        layer.backward(dy, Wanted(add=x is not passes[0][0]))
    np.testing.assert_allclose(layer.layer.gradientVector, total, rtol=1e-13)
    before = layer.layer.gradients["weight"].copy()
    layer.backward(dy, Wanted(parameters=False))
    layer.freeze()
    layer.backward(dy)
    assert np.array_equal(layer.layer.gradients["weight"], before)
    assert layer.backward(dy, Wanted(input=False)) is None


def test_a_weight_that_another_layer_shares():
    inside = Dense(4, 3, Tanh(), rng=0)
    network = MLP([SpectralNormalization(inside, rng=1), TiedDense(inside)])
    report = checkGradients(network, np.random.default_rng(0).normal(size=(4, 5)))
    assert report, report


def test_a_penalty_of_the_output():
    layer = SpectralNormalization(Dense(4, 3, Tanh(), penalty=L1(0.3), rng=0), rng=1)
    report = checkGradients(layer, np.random.default_rng(0).normal(size=(4, 5)))
    assert report, report


def discriminator(seed, last=Sigmoid, packing=1):
    adam = Adam(lr=0.01, beta1=0.5)
    layers = [
        Conv2D(packing, 4, 3, LeakyReLU(0.2), adam, 2, "same", rng=seed),
        Conv2D(4, 4, 3, LeakyReLU(0.2), adam, 2, "same", rng=seed + 1),
        Dense(16, 1, last(), adam, rng=seed + 2),
    ]
    first, second, last = (SpectralNormalization(layer, rng=seed) for layer in layers)
    return MLP([first, second, Flatten(), last])


def generator(seed):
    adam = Adam(lr=0.01, beta1=0.5)
    up = Conv2DTranspose(3, 1, 3, Tanh(), adam, 2, "same", rng=seed + 1)
    return MLP([Dense(4, 48, Tanh(), adam, rng=seed), Reshape((3, 4, 4)), up])


def digits():
    return Dataset("digits", train_size=120, test_size=20, batch_size=40, images=True, valueRange=(-1, 1), rng=0)


def test_a_GAN_with_a_normalised_discriminator_learns_with_exact_gradients():
    gan = GAN(generator(0), discriminator(5), rng=1)
    report = checkGradients(gan, np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)))
    assert report, report
    history = gan.train(digits(), epochs=3)
    assert np.isfinite(history["train_discriminator_loss"]).all()
    for layer in gan.discriminator.layers[::3]:
        assert layer.sigma == pytest.approx(largest(layer.layer), rel=0.1)
    x = np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 5))
    slope = np.abs(gan.discriminator.chain.predict(x) - gan.discriminator.chain.predict(-x))
    assert slope.max() < 1


def test_a_critic_of_normalised_layers_alone_needs_no_other_constraint():
    gan = GAN(generator(0), discriminator(5, Identity), generatorLoss="wasserstein", rng=1)
    assert checkGradients(gan, np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)))
    critic = discriminator(5, Identity)
    open_end = MLP([*critic.layers[:-1], Dense(16, 1)])
    with pytest.raises(ValueError, match=r"or every layer SpectralNormalization\(\.\.\.\)"):
        GAN(generator(0), open_end, generatorLoss="wasserstein")


def test_packed_images_are_printed_as_channels():
    gan = GAN(generator(0), discriminator(5, packing=2), packing=2)
    assert "SpectralNormalization (Conv2D 2 -> 4, 3x3 by 2x2, same" in repr(gan)


def test_files_keep_it_to_the_bit(tmp_path):
    model = discriminator(0)
    model.layers[0].iterate(3)
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 4))
    model.save(tmp_path / "model.safetensors")
    again = MLP.load(tmp_path / "model.safetensors")
    assert np.array_equal(again.predict(x), model.predict(x))
    left = [one.layers[0].layer.statistics["left"] for one in (model, again)]
    assert np.array_equal(*left)


def test_a_training_is_resumed_to_the_bit(tmp_path):
    def trained(epochs, **keywords):
        gan = GAN(generator(0), discriminator(5), rng=1)
        gan.train(digits(), epochs=epochs, metrics=[], **keywords)
        return gan

    path = tmp_path / "checkpoint.safetensors"
    trained(1, checkpoint=path)
    resumed = trained(3, checkpoint=path, resume=True)
    whole = trained(3)
    for one, other in zip(whole.namedLayers().values(), resumed.namedLayers().values(), strict=True):
        for mine, theirs in zip(one.parameters.values(), other.parameters.values(), strict=True):
            assert np.array_equal(mine, theirs)
        for mine, theirs in zip(one.statistics.values(), other.statistics.values(), strict=True):
            assert np.array_equal(mine, theirs)


def test_in_single_precision_it_computes_in_it():
    layer = SpectralNormalization(Dense(3, 2, rng=0), rng=1)
    layer.astype(np.float32)
    x = np.ones((3, 4), np.float32)
    assert layer.feedforward(x).dtype == np.float32
    assert layer.backward(np.ones((2, 4))).dtype == np.float32
    assert layer.layer.statistics["left"].dtype == np.float32


def test_bad_layers_are_refused():
    inside = Dense(3, 2)
    layer = SpectralNormalization(inside)
    for other in (Flatten(), Chain([Dense(3, 2)]), layer, None):
        with pytest.raises(TypeError, match="expected layer to be a layer with a weight"):
            SpectralNormalization(other)
    with pytest.raises(ValueError, match="not normalised yet"):
        SpectralNormalization(inside)
    with pytest.raises(ValueError, match="penalty does not depend on its weight"):
        SpectralNormalization(Dense(3, 2, Tanh(), penalty=Contractive()))
    with pytest.raises(ValueError, match="Dense 3 -> 2"):
        layer.feedforward(np.ones((4, 5)))


def test_a_weight_of_zeros_is_named_and_one_set_by_hand_is_found_again():
    inside = Dense(3, 2, initializer="zeros")
    layer = MLP([SpectralNormalization(inside, rng=0)]).layers[0]
    with pytest.raises(ValueError, match=r"layers\[0\].*expected its weight to be other than 0"):
        layer.feedforward(np.ones((3, 1)))
    inside.weight = [[3, 0, 0], [0, 4, 0]]
    layer.iterate(30)
    assert layer.sigma == pytest.approx(4)

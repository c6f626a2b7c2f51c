"""Pooling, unpooling, and images made larger and smaller."""

import numpy as np
import pytest

from dataset import GaussianNoise, Masking, SaltAndPepper
from layers import (
    AveragePooling2D,
    Chain,
    Coordinates,
    Corrupt,
    Cropping2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    MaxUnpooling2D,
    UpSampling2D,
    ZeroPadding2D,
)
from nn import checkGradients

RNG = np.random.default_rng(0)


def slowly(x, size, strides, padding, function):
    layer = MaxPooling2D(size, strides, padding)
    v, h = layer.windows(x.shape[:-1])
    y = np.zeros((len(x), v.m, h.m, x.shape[-1]))
    for a in range(v.m):
        for b in range(h.m):
            top, left = v.s * a - v.before, h.s * b - h.before
            window = x[:, max(top, 0) : max(top + v.k, 0), max(left, 0) : max(left + h.k, 0)]
            y[:, a, b] = function(window, axis=(1, 2))
    return y


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [None, 1, 2, (1, 3)], ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, (2, 3)], ids=str)
@pytest.mark.parametrize(("kind", "function"), [(MaxPooling2D, np.max), (AveragePooling2D, np.mean)])
def test_pooling(kind, function, size, strides, padding):
    x, layer = RNG.normal(size=(2, 5, 7, 3)), kind(size, strides, padding)
    y = layer.feedforward(x)
    np.testing.assert_allclose(y, slowly(x, size, strides, padding, function))
    assert layer.outputShape((2, 5, 7)) == y.shape[:-1]
    report = checkGradients(layer, x)
    assert report, report


def test_of_equal_numbers_the_first_gets_the_gradient():
    layer = MaxPooling2D(2)
    layer.feedforward(np.zeros((1, 4, 4, 2)))
    layer.backward(np.ones((1, 2, 2, 2)))
    np.testing.assert_array_equal(layer.gradient[0, :, :, 0], np.kron(np.ones((2, 2)), [[1, 0], [0, 0]]))


def test_unpooling_puts_numbers_back_where_they_were():
    pool = MaxPooling2D(2)
    x = RNG.normal(size=(3, 6, 4, 2))
    y = Chain([pool, MaxUnpooling2D(pool)]).feedforward(x)
    kept = y != 0
    np.testing.assert_array_equal(y[kept], x[kept])
    assert kept.sum() == 3 * 3 * 2 * 2
    report = checkGradients(Chain([pool, MaxUnpooling2D(pool)]), x)
    assert report, report


def test_the_place_of_its_pooling_layer_stands_in_the_description():
    pool = MaxPooling2D(2)
    inner = Chain([pool, Chain([MaxUnpooling2D(pool)])])
    chain = Chain([ZeroPadding2D(1), inner])
    again = Chain.fromConfig(chain.config())
    x = RNG.normal(size=(2, 4, 4, 3))
    np.testing.assert_array_equal(again.feedforward(x), chain.feedforward(x))
    leaves = list(again.leaves().values())
    assert leaves[2].pool is leaves[1]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (UpSampling2D(2), (2, 3, 4, 2)),
        (UpSampling2D((3, 1)), (1, 2, 2, 1)),
        (ZeroPadding2D(2), (2, 3, 4, 2)),
        (ZeroPadding2D((0, 1)), (1, 1, 1, 1)),
        (ZeroPadding2D(((1, 2), (3, 0))), (2, 3, 2, 2)),
        (Cropping2D(1), (2, 3, 4, 2)),
        (Cropping2D(((0, 2), (1, 0))), (1, 4, 3, 2)),
        (GlobalAveragePooling2D(), (3, 2, 5, 4)),
        (Coordinates(), (2, 3, 4, 2)),
        (Coordinates(), (1, 1, 2, 3)),
        (Corrupt(0.5, rng=0), (2, 3, 4, 2)),
        (Corrupt(GaussianNoise(0.5, clip=(-1, 1)), rng=0), (2, 30)),
        (Corrupt(Masking(0.3, value=0), rng=0), (2, 3, 4, 2)),
        (Corrupt(SaltAndPepper(0.3, low=0, high=1), rng=0), (4, 20)),
    ],
    ids=str,
)
def test_gradients_and_shapes(layer, shape):
    x = RNG.normal(size=shape)
    assert layer.feedforward(x).shape[:-1] == layer.outputShape(shape[:-1])
    report = checkGradients(layer, x)
    assert report, report


def test_what_they_do():
    x = np.arange(4.0).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(
        UpSampling2D(2).feedforward(x)[0, :, :, 0], np.kron([[0, 1], [2, 3]], np.ones((2, 2)))
    )
    padded = ZeroPadding2D(((1, 0), (0, 2))).feedforward(x)[0, :, :, 0]
    np.testing.assert_array_equal(padded, [[0, 0, 0, 0], [0, 1, 0, 0], [2, 3, 0, 0]])
    np.testing.assert_array_equal(Cropping2D(((0, 1), (1, 0))).feedforward(x).ravel(), [1])
    np.testing.assert_array_equal(GlobalAveragePooling2D().feedforward(x), [[1.5]])
    told = Coordinates().feedforward(x)[..., 0]
    np.testing.assert_array_equal(told, [[[0, 1], [2, 3]], [[-1, 1], [-1, 1]], [[-1, -1], [1, 1]]])
    assert not Coordinates().feedforward(np.ones((1, 1, 1, 1)))[1:].any()


def test_noise_is_drawn_in_training_alone_and_not_cut_off():
    layer, x = Corrupt(0.5), np.zeros((784, 100))
    y = layer.feedforward(x)
    assert y.std() == pytest.approx(0.5, rel=0.02)
    assert y.min() < -1
    assert np.any(layer.feedforward(x) != y)
    np.testing.assert_array_equal(layer.feedforward(x, training=False), x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Corrupt(Masking(0.3)), "one that does not leave value to the data"),
        (lambda: Corrupt(GaussianNoise(0.3)), "one that does not leave clip to the data"),
        (lambda: Corrupt(-1), "the deviation of noise"),
        (lambda: ZeroPadding2D(-1), "padding"),
        (lambda: ZeroPadding2D((1, 2, 3)), r"\(rows, columns\) or"),
        (lambda: Cropping2D(2).feedforward(np.ones((1, 4, 5, 1))), "images that are larger, got 4 x 5; crop less"),
        (lambda: GlobalAveragePooling2D().feedforward(np.ones((4, 5))), "images of shape"),
        (lambda: UpSampling2D().feedforward(np.ones((4, 5))), "Reshape"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


@pytest.mark.parametrize("corruption", [0.3, Masking(0.3, value=0), GaussianNoise(0.2, clip=(0, 1))], ids=str)
def test_a_corruption_is_made_again_from_its_description(corruption):
    chain = Chain([Corrupt(corruption)])
    again = Chain.fromConfig(chain.config())
    assert again.layers[0].corruption.config() == chain.layers[0].corruption.config()
    assert again.config() == chain.config()

"""A network that is only read: the field of its layers, threads, and what it does not take."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from activations import ReLU
from layers import (
    AveragePooling2D,
    Chain,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Copy,
    MaxPooling2D,
    Parallel,
    Residual,
    Sum,
    UpSampling2D,
)
from nn import Dream, UnitActivation, featureCorrelation, optimizeInput
from nn.synthesis.frozennetwork import FrozenNetwork


def drawn(*shape, number=0):
    return np.random.default_rng(number).random(shape)


def same(*size, strides=1, rng=0):
    return Conv2D(3, 3, size, strides=strides, padding="same", rng=rng)


NETWORKS = {
    "poolings": [same(3, 3), AveragePooling2D(2), same(3, 3), AveragePooling2D(2, strides=1), same(3, 3, strides=2)],
    "not-square": [same(5, 1), same(3, 1, strides=(2, 1)), AveragePooling2D((1, 2)), same(1, 3)],
    "residual": [Residual([same(3, 3), same(3, 3)]), same(3, 3)],
    "projection": [Residual([same(1, 1)], same(5, 5)), same(3, 3)],
    "beside": [Copy(2), Parallel([Chain([same(3, 3), same(5, 3)]), same(3, 3)]), Concatenate()],
    "larger": [same(2, 2, strides=2), UpSampling2D(2), same(3, 3)],
    "transposed": [Conv2DTranspose(3, 3, 4, strides=2, rng=0), Conv2D(3, 3, 3, rng=0)],
}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_field_is_that_of_the_gradient(name):
    frozen, x = FrozenNetwork(Chain(NETWORKS[name])), drawn(3, 41, 41, 1)
    place = frozen.place("test", -1)
    y = frozen.outputs(x, [place])[place]
    fields = []
    for down, right in np.ndindex(2, 2):  # neighbours, of which enlarging layers give some a smaller field
        dy = np.zeros_like(y)
        dy[:, y.shape[1] // 2 + down, y.shape[2] // 2 + right] = 1
        reached = frozen.gradient({place: dy}, x).any(axis=(0, 3)).nonzero()
        fields.append([np.ptp(one) + 1 for one in reached])
    assert frozen.field([place]) == tuple(np.max(fields, axis=0))


def test_pictures_are_compared_with_the_field_along_each_side():
    wide = Chain([same(1, 7)])
    assert optimizeInput(wide, Dream(0), drawn(3, 2, 7), 1, progress=False).picture.shape == (3, 2, 7, 1)
    with pytest.raises(ValueError, match="of at least 1 x 7, the field of layers.0, got 7 x 6"):
        optimizeInput(wide, Dream(0), drawn(3, 7, 6), 1, progress=False)


def test_octaves_know_the_size_of_the_picture_to_the_pixel():
    """In octaves of sides that are rounded, what is as large as the field is not taken for smaller."""
    network = Chain([same(15, 15)])
    for width in range(15, 18):
        optimizeInput(network, Dream(0), drawn(3, 20, width), 1, octaves=4, progress=False)
    with pytest.raises(ValueError, match="got 20 x 14"):
        optimizeInput(network, Dream(0), drawn(3, 20, 14), 1, octaves=4, progress=False)


def test_threads_do_not_disturb_one_another():
    network = Chain([Conv2D(3, 4, 3, ReLU(), rng=0), MaxPooling2D(2), Conv2D(4, 5, 3, ReLU(), rng=1)])

    def made(number):
        return optimizeInput(network, Dream(2), drawn(3, 12, 12, number=number), 30, progress=False).picture

    expected = [made(number) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(made, [0, 1, 2, 3] * 3))
    assert all(np.array_equal(one, expected[i % 4]) for i, one in enumerate(found))


def test_arrays_side_by_side_are_not_looked_at():
    network = Chain([same(1, 1), Copy(2), Sum()])
    with pytest.raises(ValueError, match="a layer that gives one array, not 2 side by side, got 'layers.1'"):
        optimizeInput(network, UnitActivation(1, 0), drawn(3, 4, 4), 1, progress=False)


def test_there_is_no_correlation_of_single_numbers():
    network = Chain([Conv2D(3, 4, 5, rng=0)])
    assert featureCorrelation(network, *[drawn(3, 6, 5)] * 2, 0) == pytest.approx(1)
    with pytest.raises(ValueError, match="a layer that gives more than one number a channel, got 'layers.0'"):
        featureCorrelation(network, drawn(3, 5, 5), drawn(3, 5, 5), 0)
    with pytest.raises(ValueError, match="featureCorrelation: expected a to be pictures"):
        featureCorrelation(network, drawn(3, 5), drawn(3, 5), 0)
    with pytest.raises(ValueError, match="featureCorrelation: expected b to be a picture of the shape of a"):
        featureCorrelation(network, drawn(3, 6, 5), drawn(3, 7, 5), 0)

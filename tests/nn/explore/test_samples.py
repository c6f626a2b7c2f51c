"""Samples for a model, and which numbers are black and white."""

import numpy as np
import pytest

from activations import Sigmoid, Softmax
from dataset import Dataset, Standardization
from layers import Dense
from nn import MLP, PCA
from nn.explore.samples import samplesFor
from nn.explore.scale import PictureScale, inputRange, pictureShape
from picturemodels import PICTURES


def network(inputs):
    return MLP([Dense(inputs, 10, Softmax(), rng=1)])


def test_the_bundled_digits_in_the_model_s_size():
    inputs, labels = Dataset("digits", rng=0).testSet()
    small = samplesFor(network(64))
    assert np.array_equal(small.inputs, inputs)
    assert np.array_equal(small.labels, labels.argmax(axis=0))
    assert len(small) == 360
    large = samplesFor(network(784))
    assert large.inputs.shape == (784, 360)
    pictures = large.inputs.reshape(28, 28, -1)
    assert pictures[:2].mean() < 0.005  # a margin, as MNIST's have
    assert samplesFor(PICTURES["convolutional"]()).inputs.shape == (1, 8, 8, 360)
    assert samplesFor(PICTURES["GAN"]()).inputs.min() == -1


@pytest.mark.parametrize("model", [network(7), network(9), network(63), PICTURES["colour"](), MLP()])
def test_no_samples_for_other_models(model):
    assert samplesFor(model) is None


def test_those_of_a_data_set_that_is_asked_for():
    asked = samplesFor(PICTURES["convolutional"](), "digits")
    assert (asked.name, asked.inputs.shape) == ("digits", (1, 8, 8, 360))
    points = samplesFor(MLP([Dense(2, 2, Softmax(), rng=1)]), "two_moons")
    assert points.inputs.shape == (2, 1000)
    with pytest.raises(ValueError, match="there is no data set 'mist': there are digits"):
        samplesFor(network(64), "mist")
    with pytest.raises(ValueError, match=r"takes samples of shape \(7,\), those of 'digits' have \(64,\)"):
        samplesFor(network(7), "digits")


def test_which_shapes_are_pictures():
    assert pictureShape(network(784)) == (1, 28, 28)
    assert pictureShape(network(12)) is None
    assert pictureShape(network(16)) is None  # four pixels a side
    assert pictureShape(PICTURES["colour"]()) == (3, 8, 8)
    assert pictureShape(PICTURES["PCA"]()) == (1, 8, 8)


def test_which_numbers_are_black_and_white():
    assert inputRange(network(64)) == (0, 1)
    assert inputRange(PICTURES["GAN"]()) == (-1, 1)
    assert inputRange(PICTURES["autoencoder"]()) == (0, 1)
    inputs = Dataset("digits", rng=0).trainSet()[0]
    for white in (1, 16, 255):
        model = network(64)
        model.standardization = Standardization.of(white * inputs)
        assert inputRange(model) == (0, white)
        assert inputRange(PCA(5).fit(white * inputs)) == (0, white)


def test_a_drawing_in_the_model_s_numbers():
    model = network(64)
    model.standardization = Standardization.of(16 * Dataset("digits", rng=0).trainSet()[0])
    scale = PictureScale(model)
    x = scale.ofDrawing(np.pad(np.ones((100, 20)), 50))
    assert x.shape == (64, 1)
    assert (x.min(), x.max()) == (0, 16)
    assert scale.shown(x).max() == 1
    game = PictureScale(PICTURES["GAN"]())
    assert game.ofDrawing(np.zeros((280, 280))).max() == -1
    coloured = PictureScale(PICTURES["colour"]())
    assert coloured.shown(coloured.ofField(np.ones((280, 280)))).shape == (8, 8, 3)
    assert Sigmoid().range == (0, 1)

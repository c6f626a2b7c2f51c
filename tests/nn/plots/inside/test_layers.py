"""What every layer makes of an image, as a picture."""

import numpy as np
import pytest
from matplotlib.text import Text

from activations import ReLU, Sigmoid
from layers import Chain, Conv2D, Conv2DTranspose, Copy, Dense, Flatten, MaxPooling2D, Reshape, Sum
from nn import MLP, Autoencoder, plots

IMAGE = np.random.default_rng(0).random((1, 8, 8))


def autoencoder():
    encoder = MLP([Conv2D(1, 5, 3, ReLU(), padding="same"), MaxPooling2D(2)])
    return Autoencoder(encoder, MLP([Conv2DTranspose(5, 1, 3, Sigmoid(), strides=2, padding="same")]))


def drawn(figure):
    """The images by row, from the top."""
    rows = {}
    for image in figure.axes[0].images:
        bottom, top = image.get_extent()[2:]
        rows.setdefault(round((bottom + top) / 2, 6), []).append(image)
    return [rows[middle] for middle in sorted(rows, reverse=True)]


def test_a_row_for_the_input_and_every_layer():
    model = autoencoder()
    expected = [IMAGE, *(y[..., 0] for y in model.activations(IMAGE[..., np.newaxis]).values())]
    rows = drawn(plots.plotLayers(model, IMAGE))
    assert [len(row) for row in rows] == [1, 5, 5, 1]
    for row, channels in zip(rows, expected, strict=True):
        np.testing.assert_array_equal([image.get_array() for image in row], channels)
        assert {image.get_clim() for image in row} == {(channels.min(), channels.max())}


def test_the_labels_say_name_and_shape_and_what_is_left_out():
    figure = plots.plotLayers(autoencoder(), IMAGE[..., np.newaxis], count=3)
    assert [len(row) for row in drawn(figure)] == [1, 3, 3, 1]
    assert [text.get_text() for text in figure.findobj(Text) if "\n" in text.get_text()] == [
        "input\n1×8×8",
        "encoder.layers.0\n5×8×8, first 3",
        "encoder.layers.1\n5×4×4, first 3",
        "decoder.layers.0\n1×8×8",
    ]


def test_a_vector_is_a_strip():
    network = MLP([Reshape((1, 2, 3)), Flatten(), Dense(6, 4)])
    rows = drawn(plots.plotLayers(network, np.arange(6.0)))
    assert [len(row) for row in rows] == [1, 1, 1, 1]
    np.testing.assert_array_equal(rows[0][0].get_array(), [np.arange(6.0)])
    np.testing.assert_array_equal(rows[3][0].get_array(), network.predict(np.arange(6.0)[:, np.newaxis]).T)


def test_white_images_have_a_frame_on_white_paper():
    (axes,) = plots.plotLayers(Chain([Flatten()]), np.ones((1, 4, 8))).axes
    for image, frame in zip(axes.images, axes.patches, strict=True):
        left, right, bottom, top = image.get_extent()
        np.testing.assert_allclose(frame.get_bbox().extents, (left, bottom, right, top))


def test_images_that_are_not_square_keep_their_shape():
    ((image,), _) = drawn(plots.plotLayers(Chain([Flatten()]), np.zeros((1, 4, 8))))
    left, right, bottom, top = image.get_extent()
    assert right - left == pytest.approx(2 * (top - bottom))


def test_bad_input():
    network = MLP([Flatten(), Dense(64, 2)])
    for wrong in (MLP, Dense(2, 3), None):
        with pytest.raises(TypeError, match="network to be an MLP, an autoencoder or a Chain of layers, got"):
            plots.plotLayers(wrong, IMAGE)
    with pytest.raises(ValueError, match=r"one sample, .channels, height, width., got .1, 8, 8, 3.; choose one"):
        plots.plotLayers(network, np.zeros((1, 8, 8, 3)))
    with pytest.raises(ValueError, match="got .8, 8.; a grey image is x.np.newaxis."):
        plots.plotLayers(network, np.zeros((8, 8)))
    with pytest.raises(ValueError, match="expected an input of shape .64, N., samples as columns, got .49, 1."):
        plots.plotLayers(network, np.zeros((1, 7, 7)))
    with pytest.raises(
        ValueError, match="the output of layers.0 to be an image or a vector of each sample, got '2 arrays'"
    ):
        plots.plotLayers(Chain([Copy(2), Sum()]), IMAGE)
    with pytest.raises(TypeError, match="count to be a whole number"):
        plots.plotLayers(network, IMAGE, count=1.5)

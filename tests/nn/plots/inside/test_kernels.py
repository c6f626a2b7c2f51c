"""The kernels of a convolution as images."""

import numpy as np
import pytest
from matplotlib.text import Text

from activations import ReLU
from layers import Conv2D, Conv2DTranspose, Dense, Flatten
from nn import MLP, plots


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def arrays(figure):
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


@pytest.mark.parametrize("kind", [Conv2D, Conv2DTranspose])
def test_a_row_for_every_output_and_a_column_for_every_input(kind):
    layer = kind(3, 4, (2, 5))
    figure = plots.plotKernels(layer)
    np.testing.assert_array_equal(arrays(figure), layer.weight.reshape(12, 2, 5))
    corners = [image.get_extent()[::3] for image in figure.axes[0].images]  # left and top
    columns, rows = ({round(corner[side], 6) for corner in corners} for side in (0, 1))
    assert (len(rows), len(columns)) == (4, 3)
    assert corners[1][0] > corners[0][0]  # of one output, side by side
    assert corners[3][1] < corners[0][1]
    assert [word for word in words(figure) if word.startswith(("in ", "out "))] == [
        *("in 0", "out 0", "in 1", "in 2"),
        *("out 1", "out 2", "out 3"),
    ]


def test_one_input_channel_is_a_sheet():
    layer = Conv2D(1, 9, 3, ReLU())
    figure = plots.plotKernels(layer)
    np.testing.assert_array_equal(arrays(figure), layer.weight[:, 0])
    lefts = {round(image.get_extent()[0], 6) for image in figure.axes[0].images}
    assert len(lefts) == 3
    assert "Kernels of Conv2D 1 -> 9, 3x3, ReLU()" in words(figure)


def test_of_many_the_first_and_the_picture_says_so():
    layer = Conv2D(6, 5, 3)
    figure = plots.plotKernels(layer, count=4)
    np.testing.assert_array_equal(arrays(figure), layer.weight[:4, :4].reshape(16, 3, 3))
    assert any(word.endswith("\nthe first 4 of 5 outputs, 4 of 6 inputs") for word in words(figure))
    assert any(word.endswith("\nthe first 5 of 6 inputs") for word in words(plots.plotKernels(layer, count=5)))


def test_one_scale_with_white_at_zero():
    layer = Conv2D(2, 2, 1)
    layer.weight = np.array([0.5, -3, 1, 0]).reshape(2, 2, 1, 1)
    for image in plots.plotKernels(layer).axes[0].images:
        assert image.get_clim() == (-3, 3)
        assert min(image.cmap(image.norm(0.0))[:3]) > 0.95


def test_the_place_in_a_network_is_named():
    network = MLP([Flatten(), Dense(4, 4), Dense(4, 1)])
    with pytest.raises(ValueError, match=r"such as Conv2D, got Dense 4 -> 4"):
        plots.plotKernels(network.layers[1])
    for wrong in (network, "Conv2D"):
        with pytest.raises(TypeError, match=r"layer to be a Layer such as network.layers.0., got"):
            plots.plotKernels(wrong)
    with pytest.raises(ValueError, match=r"a weight .out, in, height, width., such as Conv2D, got Flatten"):
        plots.plotKernels(network.layers[0])
    with pytest.raises(TypeError, match="count to be a whole number of at least 1, got 0.5"):
        plots.plotKernels(Conv2D(1, 1, 3), count=0.5)
    chain = MLP([Conv2D(1, 2, 3)])
    assert "Kernels of layers[0] (Conv2D 1 -> 2, 3x3, Identity())" in words(plots.plotKernels(chain.layers[0]))

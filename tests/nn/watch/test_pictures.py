"""The pictures of a diagnosis can be read, whatever the numbers are."""

import numpy as np
import pytest
from diagnosed import MODELS, classifier, digits, sigmoids, trained
from matplotlib.figure import Figure

from activations import Identity, LeakyReLU, ReLU, Softmax
from layers import BatchNormalization, Dense, Dropout, Flatten
from nn import MLP, seed
from nn.watch.layerstate import stateOf
from nn.watch.pictures import histograms, sizes, units
from pictures import visible


@pytest.mark.parametrize("name", [*MODELS, "sigmoids", "dead"])
def test_those_of_all_models(name):
    if name in MODELS:
        model, data = trained(name)
    else:
        model, data = (sigmoids() if name == "sigmoids" else classifier()), digits()
    if name == "dead":
        model.layers[0].bias[...] = -100
    figures = model.diagnose(data).figures()
    assert set(figures) == {"activations", "gradients", "units"} | ({"codes"} if name == "VAE" else set())
    assert len(figures["activations"].axes) == len(model.namedLayers())
    for figure in figures.values():
        checkReadable(figure)


def checkReadable(figure):
    """It can be drawn, all texts lie inside, and none on another."""
    assert type(figure) is Figure
    width, height = figure.get_size_inches() * figure.dpi
    texts = [text for text in visible(figure) if text.get_visible() and text.get_text()]
    extents = [text.get_window_extent() for text in texts]
    for i, box in enumerate(extents):
        assert min(box.x0, box.y0) >= 0, texts[i]
        assert box.x1 <= width, texts[i]
        assert box.y1 <= height, texts[i]
        assert not any(box.overlaps(other) for other in extents[i + 1 :]), texts[i]


def state(output):
    """Of a layer with this output."""
    layer = Flatten()
    layer.locate("layers[1].chain.layers[12]")
    layer.forward(output)
    return stateOf(layer)


SCALES = 1e-5, 0.0123, 1, 1e9, 1e30


@pytest.mark.parametrize("scale", [1e-30, 321.9, *(pytest.param(one, marks=pytest.mark.slow) for one in SCALES)])
def test_outputs_of_any_size(scale):
    rng = np.random.default_rng(0)
    normal = scale * rng.normal(size=(6, 50)).astype(np.float32)
    offsets = [0, 1, -1.2345678, 12345.678, 1e-7 * scale, -1e3 * scale]
    checkReadable(histograms([state(np.float32(offset) + normal) for offset in offsets]))


def test_outputs_that_begin_beside_a_round_number():
    """Whose label would stand below the corner, and run into that of the other axis."""
    states = [state(np.array([[low, 0.72]])) for low in np.linspace(0.296, 0.326, 6)]
    checkReadable(histograms(states))


@pytest.mark.parametrize("value", [0, -1.2345e-6, *(pytest.param(one, marks=pytest.mark.slow) for one in (5, 7.77e30))])
def test_outputs_that_are_all_equal_or_nearly(value):
    outputs = np.full((2, 60), value, np.float32)
    counts, edges = state(outputs).counts, state(outputs).edges
    assert counts.sum() == 120
    assert np.isfinite(edges).all()
    assert edges[0] < value < edges[-1]
    neighbours = np.where(np.arange(60) % 2, np.nextafter(outputs, np.float32(np.inf)), outputs)
    assert state(neighbours).counts.sum() == 120
    checkReadable(histograms([state(outputs), state(neighbours), state(1e-4 * neighbours)]))


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-0.51234, 12.3456, ["-0.512", "12.3"]),
        (5, 5.00012, ["5", "5.00012"]),
        (0, 1, ["0", "1"]),
        (3, 3, ["2.7", "3.3"]),
        (0, 0, ["-0.5", "0.5"]),
    ],
)
def test_the_ends_of_a_histogram_are_told_apart(low, high, labels):
    (axes,) = histograms([state(np.array([[low, high]], float))]).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == labels
    assert [label.get_horizontalalignment() for label in axes.get_xticklabels()] == ["left", "right"]


@pytest.mark.parametrize(
    "factors", [(1e-30, 1e25), *(pytest.param(one, marks=pytest.mark.slow) for one in ((1e-3, 1e-3), (1.0, 1e4)))]
)
def test_gradients_of_very_different_sizes(factors):
    seed(0)
    first, second, last = Dense(64, 9, Identity()), Dense(9, 9, ReLU()), Dense(9, 10, Softmax())
    model = MLP([first, second, BatchNormalization(9), Dropout(), last])
    for layer, factor in zip((first, second), factors, strict=True):
        layer.weight *= factor
    for figure in model.diagnose(digits()).figures().values():
        checkReadable(figure)


def test_long_names():
    layer = Dense(1000, 2000, LeakyReLU(0.123456789))
    layer.locate("encoder.layers[10].chain.layers[11].layers[12]")
    layer.forward(np.zeros((1000, 3)))
    layer.backward(np.ones((2000, 3)))
    states = 4 * [stateOf(layer)]
    for picture in (histograms, sizes, units):
        checkReadable(picture(states))

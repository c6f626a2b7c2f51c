"""Pictures of codes as functions of factors."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

from nn import plots
from nn.plots import canvas

X, Y = np.tile(np.arange(3.0), 8), np.repeat(np.arange(4.0), 6)
CODES = np.stack([X - 1, Y - 1.5, np.tile([1.0, 1, 1, -1, -1, -1], 4)])


def test_a_map_has_the_mean_of_its_code_at_every_place():
    figure = plots.plotCodeMaps(CODES, X, Y, heading="Codes", names=("left", "up"))
    axes = figure.axes[0]
    maps = [np.asarray(image.get_array()) for image in axes.images]
    assert np.array_equal(maps[0], np.tile([-1, 0, 1], (4, 1)))
    assert np.array_equal(maps[1], np.repeat([[-1.5], [-0.5], [0.5], [1.5]], 3, axis=1))
    assert not maps[2].any()
    assert {image.get_clim() for image in axes.images} == {(-1.5, 1.5)}
    words = [text.get_text() for text in axes.texts if text.get_text()]
    assert words == ["Codes\nleft to the right, up downwards", "z1", "z2", "z3"]


def test_a_place_without_a_sample_is_white():
    (image,) = plots.plotCodeMaps([[2.0, 3, 5]], [0, 1, 1], [0, 0, 1], titles=["position"]).axes[0].images
    assert np.asarray(image.get_array()).tolist() == [[2, 3], [0, 5]]


def test_a_curve_has_the_mean_of_its_class():
    shape = np.tile([0, 0, 0, 2, 2, 2], 4)
    figure = plots.plotCodeCurves(CODES, Y, shape, ["disc", "none", "square"], ["a", "b", "c"], xlabel="height")
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["height"] * 3
    for axes, expected in zip(
        figure.axes, ([[0] * 4] * 2, [[-1.5, -0.5, 0.5, 1.5]] * 2, [[1] * 4, [-1] * 4]), strict=True
    ):
        assert [line.get_ydata().tolist() for line in axes.lines] == expected
        assert [line.get_xdata().tolist() for line in axes.lines] == [[0, 1, 2, 3]] * 2
        assert [to_hex(line.get_color()).upper() for line in axes.lines] == [canvas.BLUE, canvas.RED]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["disc", "square"]
    assert not plots.plotCodeCurves(CODES, Y).legends


def test_a_line_of_a_class_leaves_out_values_that_it_does_not_have():
    figure = plots.plotCodeCurves([[1.0, 2, 3, 4]], [0, 1, 1, 2], [0, 0, 1, 1])
    assert [line.get_xdata().tolist() for line in figure.axes[0].lines] == [[0, 1], [1, 2]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plots.plotCodeMaps(CODES[0], X, Y),
            "plotCodeMaps: expected codes to be columns (latentDim, N) of at m",
        ),
        (lambda: plots.plotCodeMaps(np.ones((41, 3)), [0, 1, 2], [0, 1, 2]), "at most 40 rows, got (41, 3)"),
        (lambda: plots.plotCodeMaps(CODES, X[1:], Y), "plotCodeMaps: expected across to be of shape (24,)"),
        (lambda: plots.plotCodeMaps(CODES, X, Y, titles=["a"]), "titles to be a title for each of 3 codes, got 1"),
        (
            lambda: plots.plotCodeMaps(np.ones((1, 201)), np.zeros(201), np.arange(201) / 200),
            "expected down to be of at most 200 values, got '201 values'; round it",
        ),
        (lambda: plots.plotCodeCurves(CODES, X[1:]), "plotCodeCurves: expected factor to be of shape (24,)"),
        (lambda: plots.plotCodeCurves(CODES, X, X[1:]), "plotCodeCurves: expected classes to be of shape (24,)"),
        (lambda: plots.plotCodeCurves(CODES, X, X, ["a"]), "classNames to be names of 3 classes, got ['a']"),
        (lambda: plots.plotCodeCurves(CODES, np.full(24, np.nan)), "factor to be finite numbers"),
    ],
    ids=range(9),
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()

"""The picture of a segmentation: input, truth, answer and error."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nn import plots

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 3, (6, 5, 4))
ANSWER = np.where(RNG.uniform(size=TRUTH.shape) < 0.2, (TRUTH + 1) % 3, TRUTH)
IMAGES = RNG.uniform(size=(1, 6, 5, 4))
NAMES = ["ground", "cat", "$dog$"]


def oneHot(numbers):
    return np.moveaxis(np.eye(3)[numbers], -1, 0)


def drawn(figure):
    """The pictures, row by row."""
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(("label", "output"), [(TRUTH, ANSWER), (oneHot(TRUTH), 0.5 * oneHot(ANSWER))])
def test_four_rows(label, output):
    figure = plots.plotSegmentation(IMAGES, label, output, NAMES, heading="Scenes")
    pictures, axes = drawn(figure), figure.axes[0]
    assert len(pictures) == 16
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == NAMES
    colours = np.array([to_rgb(handle.get_color()) for handle in legend.legend_handles])
    assert len(np.unique(colours, axis=0)) == 3
    wrong = TRUTH != ANSWER
    red = np.array(to_rgb("#D55E00"))
    for i in range(4):
        np.testing.assert_allclose(pictures[i][..., 0], (IMAGES[0, ..., i] - IMAGES.min()) / np.ptp(IMAGES))
        np.testing.assert_allclose(pictures[4 + i], colours[TRUTH[..., i]])
        np.testing.assert_allclose(pictures[8 + i], colours[ANSWER[..., i]])
        np.testing.assert_array_equal((pictures[12 + i] == red).all(axis=-1), wrong[..., i])
        assert f"{wrong[..., i].mean():.1%}" in texts(figure)
    assert {"input", "truth", "answer", "error", "Scenes"} < set(texts(figure))


def test_colour_one_output_and_many_classes():
    coloured = plots.plotSegmentation(RNG.uniform(size=(3, 6, 5, 4)), TRUTH > 1, RNG.uniform(size=(1, 6, 5, 4)))
    assert drawn(coloured)[0].shape == (6, 5, 3)
    many = plots.plotSegmentation(IMAGES, 13 * TRUTH, 13 * TRUTH)
    assert len(many.axes[0].get_legend().get_texts()) == 27
    columns = plots.plotSegmentation(IMAGES.reshape(30, 4), TRUTH, TRUTH, imageShape=(6, 5))
    np.testing.assert_allclose(drawn(columns)[0], drawn(plots.plotSegmentation(IMAGES, TRUTH, TRUTH))[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((IMAGES, TRUTH[..., :3], ANSWER), "label to be (classes, 6, 5, 4) or class numbers (6, 5, 4)"),
        ((IMAGES, TRUTH, ANSWER[0]), "output to be (classes, 6, 5, 4) or class numbers (6, 5, 4)"),
        ((IMAGES, TRUTH + 0.5, ANSWER), "label to be class numbers 0, 1, 2, ..., got '0.5 to 2.5'"),
        ((IMAGES, TRUTH, ANSWER, ["a"]), "classNames to be names of 3 classes"),
        ((np.ones((1, 4, 4, 21)), np.ones((4, 4, 21)), np.ones((4, 4, 21))), "at most 20 images"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plots.plotSegmentation(*arguments)

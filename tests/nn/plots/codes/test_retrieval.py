"""The picture of queries and answers."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from nn import plots
from nn.plots import canvas

PICTURES = np.random.default_rng(0).random((12, 8))  # eight images of 4 × 3


def frames(axes):
    """By colour, the images that are framed: the images of the same extent."""
    extents = [tuple(np.round(image.get_extent(), 9)) for image in axes.images]
    found = {}
    for patch in axes.findobj(Rectangle):
        if patch is not axes.patch:
            x, y, width, height = patch.get_bbox().bounds
            place = extents.index(tuple(np.round((x, x + width, y, y + height), 9)))
            found.setdefault(to_hex(patch.get_edgecolor()).upper(), []).append(place)
    return found


def test_each_row_is_a_query_and_its_answers():
    right = np.array([[True, False], [False, True], [True, True]])  # (3 answers, 2 queries)
    distances = np.array([[0, 1], [2, 3], [4, 5]])
    figure = plots.plotRetrieval(PICTURES[:, :2], PICTURES[:, 2:], (4, 3), right, distances, ["one", "two"], "Found")
    axes = figure.axes[0]
    shown = [np.asarray(image.get_array()).ravel() for image in axes.images]
    order = [0, 2, 3, 4, 1, 5, 6, 7]
    assert all(np.array_equal(one, PICTURES[:, place]) for one, place in zip(shown, order, strict=True))
    assert frames(axes) == {canvas.BLUE: [0, 4], canvas.RED: [2, 5]}
    words = [text.get_text() for text in axes.texts if text.get_text()]
    assert words == ["Found", "one", "0", "2", "4", "two", "1", "3", "5"]
    flat = plots.plotRetrieval(PICTURES[:, :2], PICTURES[:, 2:], (4, 3), right.T.ravel())
    assert frames(flat.axes[0]) == frames(axes)
    plain = plots.plotRetrieval(PICTURES[:, :1], PICTURES[:, 2:], (4, 3))
    assert frames(plain.axes[0]) == {canvas.BLUE: [0]}


def test_in_colour():
    images = np.random.default_rng(0).random((3, 4, 3, 6))
    axes = plots.plotRetrieval(images[..., :2], images).axes[0]
    assert [np.asarray(image.get_array()).shape for image in axes.images] == [(4, 3, 3)] * 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"answers": PICTURES[:, :3]}, "answers to be as many images of one kind for each of 2 queries"),
        ({"answers": np.tile(PICTURES, 50)}, "answers to be as many images of one kind for each of 2 queries"),
        ({"right": [1, 0, 1]}, "right to be of shape (4, 2) or (8,), a number for every answer, got (3,)"),
        ({"distances": np.ones((2, 4))}, "distances to be of shape (4, 2) or (8,)"),
        ({"names": ["a"]}, "names to be a name for each of 2 queries, got 1"),
        ({"imageShape": (5, 3)}, "queries to be columns (15, N)"),
    ],
)
def test_bad_input(given, message):
    arguments = {"queries": PICTURES[:, :2], "answers": PICTURES, "imageShape": (4, 3)} | given
    with pytest.raises(ValueError, match=re.escape(message)):
        plots.plotRetrieval(**arguments)

"""Strokes, and how they become a network's picture."""

import itertools

import numpy as np
import pytest

from dataset import Dataset
from digitstrokes import STROKES
from nn.explore.subjects.centring import centred, whole
from nn.explore.subjects.strokes import MOST_POINTS, Strokes


def drawn(lines, width=0.075):
    strokes = Strokes()
    for line in lines:
        strokes.begin(*line[0], width)
        strokes.extend(line[1:])
    return strokes


def test_a_stroke_leaves_ink_as_wide_as_the_brush():
    ink = drawn([[(0.5, 0.2), (0.5, 0.8)]], width=0.1).ink()
    assert ink.shape == (280, 280)
    assert (ink[140] > 0.5).sum() == pytest.approx(28, abs=1)
    assert (ink[:, 140] > 0.5).sum() == pytest.approx(0.7 * 280, abs=2)
    assert ink[0].max() == 0


def test_undo_clear_and_the_drawing_as_it_grew():
    strokes = drawn([[(0.2, 0.2), (0.2, 0.8)], [(0.8, 0.2), (0.8, 0.5), (0.8, 0.8)]])
    assert (len(strokes), strokes.points) == (2, 5)
    both = strokes.ink()
    assert both[:, 140:].any()
    assert np.array_equal(strokes.ink(points=5), both)
    assert not strokes.ink(points=2)[:, 140:].any()
    assert not strokes.ink(points=4)[155:, 140:].any()
    strokes.undo()
    assert not strokes.ink()[:, 140:].any()
    strokes.clear()
    strokes.undo()
    assert not strokes.ink().any()


def test_a_point_is_a_dot_and_a_line_may_leave_the_field():
    assert drawn([[(0.5, 0.5)]]).ink()[140, 140] == 1
    assert drawn([[(0.5, 0.5), (1e9, 0.5)]]).ink()[140, 279] == 1


def test_points_that_are_none_and_too_many_are_refused():
    strokes = drawn([[(0.5, 0.5)]])
    with pytest.raises(ValueError, match="points of two numbers"):
        strokes.extend([(0.5, float("nan"))])
    with pytest.raises(ValueError, match="clear it"):
        strokes.extend([(0.5, 0.5)] * MOST_POINTS)
    assert strokes.points == 1


@pytest.mark.parametrize("side", [28, 32, 64])
def test_a_digit_is_centred_as_mnist_s_are(side):
    ink = drawn([[(x / 4, 0.1 + y / 4) for x, y in line] for line in STROKES[3]]).ink()
    picture = centred(ink, side, side)
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    box = round(side * 20 / 28)
    assert rows[-1] - rows[0] + 1 == box
    assert columns[-1] - columns[0] + 1 < box
    places = np.arange(side) + 0.5
    for axis in (0, 1):
        assert picture.sum(axis=1 - axis) @ places / picture.sum() == pytest.approx(side / 2, abs=0.51)
    assert 0 <= picture.min() < picture.max() <= 1


def test_where_it_was_drawn_and_how_large_makes_no_difference():
    small = [[(0.4 + x / 2, 0.3 + y / 2) for x, y in line] for line in STROKES[5]]
    large, other = centred(drawn(STROKES[5], 0.1).ink(), 28, 28), centred(drawn(small, 0.05).ink(), 28, 28)
    moved = [np.roll(other, by, axis=(0, 1)) for by in itertools.product((-1, 0, 1), repeat=2)]
    assert min(np.abs(large - one).mean() for one in moved) < 0.02


def test_small_pictures_are_made_as_the_bundled_digits():
    inputs, _ = Dataset("digits", rng=0).testSet()
    usual = inputs.mean()
    for digit, lines in STROKES.items():
        picture = centred(drawn(lines).ink(), 8, 8)
        assert picture.any(axis=1).all(), digit  # it fills the height
        assert set(np.unique(picture * 16) % 1) == {0}  # shares of 16 places
        assert picture.mean() == pytest.approx(usual, abs=0.06), digit


def test_an_empty_field_is_black():
    assert not centred(np.zeros((280, 280)), 28, 28).any()
    assert not centred(np.zeros((280, 280)), 8, 8).any()
    assert centred(np.ones((280, 280)), 28, 20).shape == (28, 20)


def test_the_whole_field_stays_as_it_is():
    ink = np.zeros((280, 280))
    ink[:140] = 1
    picture = whole(ink, 14, 28)
    assert picture.shape == (14, 28)
    assert picture[:6].min() > 0.999
    assert picture[8:].max() < 0.001

"""Curves and bars as drawings."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from nn.explore.panels.widgets.chart import bars, lines
from nn.explore.panels.widgets.states import squares, unitsAsPicture


def points(drawing):
    return [
        [tuple(map(float, pair.split(","))) for pair in one.split()] for one in re.findall(r'points="([^"]+)"', drawing)
    ]


def test_a_curve_is_drawn_from_its_lowest_to_its_highest_number():
    drawing = lines({"y": [0, 2, 1]})
    assert ElementTree.fromstring(drawing).tag == "svg"
    ((low, high, middle),) = points(drawing)
    assert low[0] < high[0] < middle[0]
    assert high[1] < middle[1] < low[1]
    assert np.isclose(middle[1], (low[1] + high[1]) / 2, atol=0.1)
    assert ">2<" in drawing
    assert ">0<" in drawing


@pytest.mark.parametrize("curve", [[], [3.0], [3.0, 3.0], [np.nan, 1.0], [1e30, -1e30], np.arange(5000)])
def test_any_curve_can_be_drawn(curve):
    drawing = lines({"<y>": curve, "z": [0, 1]}, xlabel="a & b")
    ElementTree.fromstring(drawing)
    assert "nan" not in drawing
    assert max(map(len, points(drawing)), default=0) <= 800


def test_a_gap_parts_a_curve():
    assert len(points(lines({"y": [0, 1, np.nan, 2, 3]}))) == 2


def test_bars_are_shares_of_their_limits():
    table = bars([0.25, 2.0, -1], ["a", "<b>", "c"])
    assert re.findall(r"width:([\d.]+)%", table) == ["25.00", "100.00", "0.00"]
    assert "&lt;b&gt;" in table


def test_units_fill_a_picture():
    assert squares(12) == (3, 4)
    assert squares(7) == (1, 7)
    picture = unitsAsPicture(np.array([0.0, 1, 1, 0, 1]))
    assert picture.shape == (2, 3)
    assert picture.ravel().tolist() == [0, 1, 1, 0, 1, 0.5]
    assert unitsAsPicture(np.array([-2.0, 2])).ravel().tolist() == [0, 1]


def test_long_names_do_not_cover_each_other():
    drawing = lines({"a" * 100: [0, 1], "b" * 100: [1, 0], "c": [0, 0]})
    assert f">{'a' * 21}..</text>" in drawing
    assert ">c</text>" in drawing

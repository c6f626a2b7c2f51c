"""Attributes of drawn figures whose answers are known."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nn import imageAttributes

SIDE = 28
SIZES = st.integers(1, 12)


def rectangle(height, width, top=3, left=3):
    image = np.zeros((1, SIDE, SIDE, 1))
    image[0, top : top + height, left : left + width] = 1
    return image


def stroke(slope, breadth=2.0, height=16):
    """A stroke that goes `slope` pixels to the right for each pixel up; its edges are grey as they should be."""
    fine = (np.arange(SIDE * 8) + 0.5) / 8 - SIDE / 2
    y, x = np.meshgrid(-fine, fine, indexing="ij")
    inside = (np.abs(x - slope * y) <= breadth / 2) & (np.abs(y) <= height / 2)
    return inside.reshape(SIDE, 8, SIDE, 8).mean(axis=(1, 3))[None, :, :, None]


def one(image, name):
    return float(imageAttributes(image)[name][0])


@given(SIZES, SIZES, SIZES, SIZES)
@example(1, 12, 1, 1)  # a single row, whose slant would be rounding over rounding
def test_a_rectangle_has_its_sides_wherever_it_stands(height, width, top, left):
    found = imageAttributes(rectangle(height, width, top, left))
    assert found["width"] == pytest.approx(width)
    assert found["height"] == pytest.approx(height)
    assert found["slant"] == pytest.approx(0)
    assert found["ink"] == pytest.approx(height * width / SIDE**2)


@pytest.mark.parametrize("slope", [-0.6, -0.2, 0.0, 0.3, 0.7])
def test_a_stroke_leans_by_its_angle_and_stays_as_wide(slope):
    image = stroke(slope)
    assert one(image, "slant") == pytest.approx(np.degrees(np.arctan(slope)), abs=0.5)
    assert one(image, "width") == pytest.approx(2, abs=0.6)  # of a row; upright, its edges are grey
    assert one(image, "height") == pytest.approx(16, abs=0.2)


@pytest.mark.parametrize("breadth", [2.0, 3.0, 4.0])
def test_thickness_is_area_over_half_the_edges(breadth):
    expected = breadth * 16 / (breadth + 16)  # of a bar, whose ends are edges, too
    assert one(stroke(0.0, breadth), "thickness") == pytest.approx(expected, rel=0.06)


def test_a_thicker_stroke_is_thicker_at_the_same_ink():
    thin, thick = stroke(0.2, 2.0), 0.5 * stroke(0.2, 4.0)
    assert one(thin, "ink") == pytest.approx(one(thick, "ink"), rel=0.02)
    assert one(thick, "thickness") > 1.5 * one(thin, "thickness")


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_columns_images_and_another_range_give_the_same(seed, count):
    images = np.random.default_rng(seed).random((1, 6, 5, count))
    found = imageAttributes(images)
    for other in (
        imageAttributes(images.reshape(30, -1), (6, 5)),
        imageAttributes(2 * images - 1, valueRange=(-1, 1)),
    ):
        for name, values in found.items():
            assert values.shape == (count,)
            np.testing.assert_allclose(other[name], values, rtol=1e-9, atol=1e-9)


def test_what_lies_beyond_the_range_is_cut_off():
    image = rectangle(4, 4)
    np.testing.assert_array_equal(one(3 * image - 0.5, "ink"), one(image, "ink"))


def test_a_picture_without_ink_has_nothing_and_disturbs_no_other():
    both = np.concatenate([np.zeros((1, SIDE, SIDE, 1)), rectangle(2, 3)], axis=-1)
    for name, values in imageAttributes(both).items():
        assert values[0] == 0
        assert values[1] == one(rectangle(2, 3), name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"images": np.zeros((30, 4))}, "of columns, give their imageShape"),
        ({"images": np.zeros((30, 4)), "imageShape": (5, 5)}, r"columns \(25, N\) as imageShape says"),
        ({"images": np.zeros((3, 5, 5, 4))}, "one grey image or more"),
        ({"images": np.zeros((1, 5, 5, 0))}, "one grey image or more"),
        ({"images": np.full((1, 2, 2, 1), np.nan)}, "finite numbers"),
        ({"images": np.full((1, 2, 2, 1), 200, np.uint8)}, "not grey values"),
        ({"images": np.zeros((1, 2, 2, 1)), "valueRange": (1, 0)}, "valueRange"),
        ({"images": np.zeros((4, 1)), "imageShape": (0, 4)}, r"imageShape to be \(height, width\)"),
    ],
    ids=["columns", "shape", "colour", "none", "nan", "grey", "range", "side"],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        imageAttributes(**arguments)


def test_a_shape_that_is_none():
    with pytest.raises(TypeError, match="imageShape"):
        imageAttributes(np.zeros((4, 1)), 4)

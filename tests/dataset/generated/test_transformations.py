"""Transformations of images: what each makes of images of which that is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import Dataset, transformations

ALL = ["sheared", "blurred", "dilated", "eroded", "edges", "inverted"]
DRAWN = [*ALL, "upright"]


def image(*rows):
    return np.array(rows, float)[np.newaxis, :, :, np.newaxis]


def seen(x):
    return x[0, :, :, 0]


def dot(side=5, value=1.0):
    x = np.zeros((1, side, side, 1))
    x[0, side // 2, side // 2] = value
    return x


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=25)
@given(st.integers(1, 2), st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(0, 99))
def test_new_images_of_the_same_kind_and_each_by_itself(name, channels, height, width, n, seed):
    function = getattr(transformations, name)
    x = np.random.default_rng(seed).random((channels, height, width, n), np.float32)
    before = x.copy()
    y = function(x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert np.array_equal(x, before)
    assert not np.shares_memory(x, y)
    assert y.min() >= -1e-6
    assert y.max() <= 1 + 1e-6
    for channel in range(channels):
        for i in range(n):
            one = function(x[channel : channel + 1, ..., i : i + 1])
            assert np.allclose(one[0, ..., 0], y[channel, ..., i], atol=1e-6)


def test_a_shear_moves_rows_by_their_distance_from_the_middle():
    column = np.zeros((5, 5))
    column[:, 2] = 1
    assert np.array_equal(seen(transformations.sheared(image(*column), 1)), np.eye(5)[::-1])
    assert np.array_equal(seen(transformations.sheared(image(*column), -1)), np.eye(5))
    half = seen(transformations.sheared(image(*column), 0.25))
    assert np.allclose(half[:, 2], [0.5, 0.75, 1, 0.75, 0.5])
    assert np.allclose(half[0, 3], 0.5)
    assert np.allclose(half[4, 1], 0.5)
    assert np.array_equal(transformations.sheared(image(*column), 0), image(*column))
    out = transformations.sheared(image([0, 0, 1], [0, 0, 0], [0, 0, 0]), 1)
    assert not out.any()  # what goes out is lost


def test_a_blur_is_a_gaussian_around_every_pixel():
    y = seen(transformations.blurred(dot(13), 1.0))
    assert y.sum() == pytest.approx(1)
    assert np.allclose(y, y.T)
    assert np.allclose(y, y[::-1, ::-1])
    assert y[6, 7] / y[6, 6] == pytest.approx(np.exp(-0.5))
    assert y[6, 8] / y[6, 6] == pytest.approx(np.exp(-2))
    assert y[5, 7] / y[6, 6] == pytest.approx(np.exp(-1))
    wider = seen(transformations.blurred(dot(13), 2.0))
    assert wider[6, 6] < y[6, 6]


def test_strokes_become_thicker_and_thinner():
    y = seen(transformations.dilated(dot(5, 0.7)))
    expected = np.zeros((5, 5))
    expected[1:4, 1:4] = 0.7
    assert np.array_equal(y, expected)
    assert np.array_equal(seen(transformations.eroded(image(*expected))), seen(dot(5, 0.7)))
    assert np.array_equal(transformations.dilated(dot(5), 5), np.ones((1, 5, 5, 1)))
    assert np.array_equal(transformations.dilated(dot(5), 1), dot(5))
    full = np.ones((1, 4, 4, 1))
    assert np.array_equal(transformations.eroded(full), full)  # outside, there is nothing that could eat at it


@settings(max_examples=40)
@given(st.integers(1, 7), st.integers(1, 7), st.sampled_from([1, 3, 5]), st.integers(0, 99))
def test_morphology_is_the_extreme_of_every_window(height, width, size, seed):
    x, reach = np.random.default_rng(seed).random((1, height, width, 2)), size // 2
    for name, extreme in (("dilated", np.max), ("eroded", np.min)):
        y = getattr(transformations, name)(x, size)
        for i in range(height):
            for j in range(width):
                window = x[:, max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1]
                assert np.array_equal(y[:, i, j], extreme(window, axis=(1, 2)))


def test_edges_are_where_brightness_changes():
    y = seen(transformations.edges(image(*np.repeat([[0, 0, 0, 1, 1, 1]], 5, axis=0))))
    assert np.allclose(y, np.repeat([[0, 0, 1, 1, 0, 0]], 5, axis=0))
    assert not transformations.edges(np.full((1, 5, 5, 1), 0.7)).any()
    assert np.allclose(
        transformations.edges(dot(3))[0, :, :, 0], [[2**-1.5, 0.5, 2**-1.5], [0.5, 0, 0.5], [2**-1.5, 0.5, 2**-1.5]]
    )


def test_black_becomes_white():
    assert np.allclose(seen(transformations.inverted(image([0, 0.25], [1, 0.5]))), [[1, 0.75], [0, 0.5]])


@settings(max_examples=40)
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_areas_are_shared_out(height, width, draw):
    size = draw.draw(st.integers(1, height)), draw.draw(st.integers(1, width))
    x = np.random.default_rng(height).random((2, height, width, 3))
    y = transformations.reduced(x, size)
    assert y.shape == (2, *size, 3)
    assert np.allclose(y.mean(axis=(1, 2)), x.mean(axis=(1, 2)))
    finer = np.repeat(np.repeat(x, size[0], axis=1), size[1], axis=2)  # of which every part has whole pixels
    blocks = finer.reshape(2, size[0], height, size[1], width, 3).mean(axis=(2, 4))
    assert np.allclose(y, blocks)
    assert np.allclose(transformations.reduced(x, (height, width)), x)


def test_a_slanted_bar_becomes_upright():
    bar = np.zeros((1, 11, 11, 1))
    bar[0, 2:9, 5] = 1
    for slope in (-0.5, 0.0, 0.3, 0.5):
        slanted = transformations.sheared(bar, slope)
        assert np.abs(transformations.upright(slanted) - bar).max() < 0.55  # blurred by two mixtures
        columns = transformations.upright(slanted)[0, 2:9, :, 0] @ np.arange(11)
        assert np.allclose(columns, 5, atol=1e-6)
    assert np.allclose(transformations.upright(bar), bar)
    dots = np.concatenate([np.zeros((1, 5, 5, 1)), dot(5, 0.5)], axis=-1)  # nothing, and one row
    assert np.array_equal(transformations.upright(dots), dots)


def test_slants_are_each_images_own():
    x = Dataset("digits", images=True).testSet().inputs[..., :12]
    both = transformations.upright(np.concatenate([x, x]))  # the channels go together
    assert np.allclose(both[:1], transformations.upright(x), atol=1e-6)
    for i in range(12):
        assert np.allclose(both[:1, ..., i : i + 1], transformations.upright(x[..., i : i + 1]), atol=1e-6)
    assert both.dtype == x.dtype


@settings(max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
def test_a_box_fills_the_height_wherever_it_lies(height, width, above, left, factor):
    drawn = np.random.default_rng(height).uniform(0.3, 1, (2, height, width, 1))
    framed = np.pad(drawn, ((0, 0), (above, 2), (left, 1), (0, 0)))
    y = transformations.boxed(framed, (height * factor, width * factor))
    assert np.allclose(y, np.repeat(np.repeat(drawn, factor, axis=1), factor, axis=2))
    assert np.allclose(transformations.boxed(framed, (height, width), threshold=0.0), drawn)


def test_a_box_keeps_its_ratio_until_it_is_too_wide():
    tall, wide = np.zeros((1, 12, 12, 1)), np.zeros((1, 12, 12, 1))
    tall[0, 2:10, 6:8], wide[0, 4:8, 2:10] = 1, 1
    expected = np.zeros((8, 8))
    expected[:, 3:5] = 1
    assert np.allclose(seen(transformations.boxed(tall, (8, 8))), expected)
    expected[:, 2:6] = 1
    assert np.allclose(seen(transformations.boxed(wide, (8, 8), widest=4)), expected)
    assert np.allclose(seen(transformations.boxed(wide, (8, 8))), 1)
    assert not transformations.boxed(wide * 0.1, (8, 8)).any()


def test_every_option_counts():
    x = Dataset("digits", images=True).testSet().inputs[..., :20]
    for name, options in {
        "sheared": ({"slope": 0.2}, {"slope": 0.5}),
        "blurred": ({"deviation": 0.5}, {"deviation": 1.5}),
        "dilated": ({"size": 3}, {"size": 5}),
        "eroded": ({"size": 3}, {"size": 5}),
        "reduced": ({"size": (4, 4)}, {"size": (2, 4)}),
        "boxed": ({"size": (4, 4), "widest": 2}, {"size": (4, 4)}),
    }.items():
        one, other = (getattr(transformations, name)(x, **given) for given in options)
        assert one.shape != other.shape or not np.allclose(one, other)


@pytest.mark.parametrize("name", DRAWN)
def test_bad_images(name):
    function = getattr(transformations, name)
    with pytest.raises(ValueError, match=f"{name}: expected images to be of shape"):
        function(np.zeros((8, 8)))
    with pytest.raises(ValueError, match="floats from 0 to 1, got 'uint8 from 0 to 0'; divide grey values by 255"):
        function(np.zeros((1, 8, 8, 2), np.uint8))
    with pytest.raises(ValueError, match="floats from 0 to 1"):
        function(np.full((1, 8, 8, 2), 2.0))
    with pytest.raises(ValueError, match="finite"):
        function(np.full((1, 8, 8, 2), np.nan))


@pytest.mark.parametrize(
    ("name", "given", "error", "message"),
    [
        ("sheared", ("steep",), TypeError, "slope"),
        ("blurred", (0,), ValueError, "deviation"),
        ("dilated", (2,), ValueError, "size to be an odd number, got 2"),
        ("eroded", (0,), ValueError, "size to be a whole number of at least 1"),
        ("reduced", (4,), TypeError, r"size to be \(height, width\)"),
        ("reduced", ((9, 4),), ValueError, r"size to be at most \(8, 8\)"),
        ("reduced", ((0, 4),), ValueError, "every side of size"),
        ("boxed", (4,), TypeError, r"boxed: expected size to be \(height, width\)"),
        ("boxed", ((4, 4), 5), ValueError, "widest to be at most 4"),
        ("boxed", ((4, 4), 2, 1.5), ValueError, "threshold"),
    ],
)
def test_bad_options(name, given, error, message):
    with pytest.raises(error, match=message):
        getattr(transformations, name)(np.zeros((1, 8, 8, 2)), *given)

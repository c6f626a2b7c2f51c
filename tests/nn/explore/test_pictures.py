"""Arrays as pictures."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from nn.explore.pictures import bytesOf, levels, png, signed, tiles


def test_a_picture_comes_back_from_its_png():
    values = np.array([[0.0, 0.5], [1.0, 2.0]])
    picture = np.asarray(Image.open(io.BytesIO(bytesOf(values))))
    assert picture.tolist() == [[0, 128], [255, 255]]
    url = png(values, size=10)
    assert np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))).shape == (10, 10)


def test_every_pixel_becomes_a_square():
    large = np.asarray(Image.open(io.BytesIO(bytesOf(np.eye(3), size=12))))
    assert large.shape == (12, 12)
    assert (large[4:8, 4:8] == 255).all()
    assert (large[4:8, :4] == 0).all()


def test_colours_stay():
    colours = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(bytesOf(colours)))), colours)


def test_levels_of_other_limits():
    assert levels([-1, 0, 1], (-1, 1)).tolist() == [0, 128, 255]
    assert levels([5.0, 10.0], None).tolist() == [0, 255]
    assert levels([3.0, 3.0], None).tolist() == [0, 0]
    assert levels([np.nan, np.inf]).tolist() == [0, 255]


@pytest.mark.parametrize("shape", [(3,), (2, 2, 4), (0, 3), (1, 2, 2, 3)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="expected .*height, width"):
        bytesOf(np.zeros(shape))


def test_signed_numbers():
    colours = signed(np.array([0.0, 2.0, 1.0, -2.0]))
    assert colours.tolist() == [[0, 0, 0], [255, 255, 255], [128, 128, 128], [64, 140, 255]]
    assert signed(np.array([[1.0], [10.0]]), each=True)[:, 0, 0].tolist() == [255, 255]


def test_tiles_stand_in_rows():
    images = np.full((6, 2, 3, 3), 7, np.uint8)
    images[4] = 9
    sheet = tiles(images, 3)
    assert sheet.shape == (5, 11, 3)
    assert (sheet[3:, 4:7] == 9).all()
    assert (sheet[2] == 90).all()
    assert tiles(images).shape == (8, 7, 3)  # nearest to a square, without an empty place

"""Pictures from files and into files, the photo that is at hand, textures and patches, and what they refuse."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataset import patches, readPicture, samplePhoto, texture, writePicture
from dataset.generated.textures import TEXTURES


def drawn(*shape):
    return np.random.default_rng(0).random(shape)


@settings(max_examples=10)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3]))
def test_what_is_written_is_read(height, width, channels):
    picture = np.round(255 * drawn(channels, height, width)) / 255
    path = f"picture-{os.getpid()}.png"
    try:
        writePicture(picture, path)
        found = readPicture(path, colour=channels == 3)
    finally:
        os.remove(path)
    assert found.shape == (channels, height, width, 1)
    assert found.dtype == np.float32
    assert np.allclose(found[..., 0], picture, atol=1e-6)


def test_jpeg_and_pixels_beyond_the_ends(tmp_path):
    picture = np.stack([np.full((16, 16), value) for value in (-0.5, 0.5, 1.5)])[..., None]
    writePicture(picture, tmp_path / "picture.jpg")
    assert np.allclose(readPicture(tmp_path / "picture.jpg"), np.clip(picture, 0, 1), atol=0.02)


def test_sizes(tmp_path):
    path = tmp_path / "wide.png"
    picture = np.zeros((3, 20, 60))
    picture[:, :, 20:40] = 1  # its middle is white
    writePicture(picture, path)
    assert readPicture(path).shape == (3, 20, 60, 1)
    assert readPicture(path, 30).shape == (3, 10, 30, 1)
    middle = readPicture(path, (10, 10))
    assert middle.shape == (3, 10, 10, 1)
    assert middle.min() > 0.9
    assert readPicture(path, (5, 15), colour=False).shape == (1, 5, 15, 1)


def test_what_is_transparent_is_white_and_photos_are_upright(tmp_path):
    Image.new("RGBA", (4, 2), (255, 0, 0, 0)).save(tmp_path / "glass.png")
    assert readPicture(tmp_path / "glass.png").min() == 1
    lying = Image.new("RGB", (4, 2), "red")
    exif = lying.getexif()
    exif[0x0112] = 6  # turn by 90 degrees
    lying.save(tmp_path / "lying.jpg", exif=exif)
    assert readPicture(tmp_path / "lying.jpg").shape == (3, 4, 2, 1)


@pytest.mark.parametrize("name", ["grey.png", "grey.tif"])
def test_grey_of_16_bits(name, tmp_path):
    grey = np.linspace(0, 65535, 60).astype(np.uint16).reshape(6, 10)
    Image.fromarray(grey).save(tmp_path / name)
    for colour in (False, True):
        assert np.allclose(readPicture(tmp_path / name, colour=colour)[..., 0], grey / 65535, atol=0.5 / 255 + 1e-6)
    for dtype in (np.float32, np.int32):
        Image.fromarray(grey.astype(dtype)).save(tmp_path / "wide.tif")
        with pytest.raises(ValueError, match=r"wide.tif has pixels of 32 bits: save it with 8 or 16 bits"):
            readPicture(tmp_path / "wide.tif")


def test_files_that_are_no_pictures_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        readPicture(tmp_path / "nothing.png")
    with pytest.raises(OSError, match="is a folder"):
        readPicture(tmp_path)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"text.png cannot be read as a picture"):
        readPicture(tmp_path / "text.png")
    writePicture(drawn(3, 50, 50), tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"cut.png cannot be read as a picture"):
        readPicture(tmp_path / "cut.png")


def test_pictures_that_are_too_large_are_refused(tmp_path):
    Image.new("L", (2000, 1500)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match="too large, 2000 x 1500 pixels; at most 2,000,000 are taken; give size=512"):
        readPicture(tmp_path / "large.png")
    assert readPicture(tmp_path / "large.png", 100).shape == (3, 75, 100, 1)
    Image.new("1", (10000, 9000)).save(tmp_path / "huge.png")  # of which Pillow warns
    with pytest.raises(ValueError, match="at most 80,000,000 are taken; make it smaller"):
        readPicture(tmp_path / "huge.png", 100)
    with pytest.raises(ValueError, match="of at most 2,000,000 pixels"):
        readPicture(tmp_path / "large.png", 2000)


@pytest.mark.parametrize("size", [0, (3, 0), (1, 2, 3)], ids=str)
def test_bad_sizes_are_refused(size):
    with pytest.raises(ValueError, match="size"):
        samplePhoto(size)


@pytest.mark.parametrize(
    ("picture", "path", "match"),
    [
        (drawn(3, 4, 4), "picture.gif", "ends in .png, .jpg, .jpeg"),
        (drawn(2, 4, 4), "picture.png", "one picture"),
        (drawn(3, 4, 4, 2), "picture.png", "one picture"),
        (np.full((3, 4, 4), np.nan), "picture.png", "finite"),
    ],
    ids=["ending", "channels", "several", "nan"],
)
def test_what_is_no_picture_is_not_written(picture, path, match, tmp_path):
    with pytest.raises(ValueError, match=match):
        writePicture(picture, tmp_path / path)
    assert not list(tmp_path.iterdir())


def test_the_photo():
    assert samplePhoto().shape == (3, 256, 256, 1)
    whole = samplePhoto(None)
    assert whole.shape == (3, 600, 512, 1)
    assert 0.2 < whole.mean() < 0.8


@pytest.mark.parametrize("name", list(TEXTURES))
def test_textures(name):
    picture = texture(name, 96, rng=0)
    assert picture.shape == (3, 96, 96, 1)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < picture.max() <= 1
    assert np.array_equal(picture, texture(name, 96, rng=0))
    assert not np.array_equal(picture, texture(name, 96, rng=1))
    means = [
        quarter.mean(axis=(1, 2, 3)) for half in np.split(picture, 2, axis=1) for quarter in np.split(half, 2, axis=2)
    ]
    assert np.std(means, axis=0).max() < 0.15  # it looks the same everywhere


def test_other_textures_are_refused():
    with pytest.raises(ValueError, match="'stripes'"):
        texture("wood")
    assert texture("checks", 1, rng=0).shape == (3, 1, 1, 1)


@given(st.integers(1, 6), st.integers(1, 9), st.integers(6, 10), st.integers(6, 10))
def test_patches_are_pieces(size, count, height, width):
    first = np.arange(3.0 * height * width).reshape(3, height, width)
    found = patches([first, -1 - first[..., None]], size, count, rng=0)
    assert found.shape == (3, size, size, count)
    for i in range(count):
        piece = found[..., i] if i % 2 == 0 else -1 - found[..., i]
        down, right = divmod(int(piece[0, 0, 0]), width)
        assert np.array_equal(piece, first[:, down : down + size, right : right + size])


@pytest.mark.parametrize(
    "pictures",
    [[], [drawn(3, 5, 9)], [drawn(3, 9, 9), drawn(1, 9, 9)], [drawn(9, 9)]],
    ids=["none", "small", "channels", "flat"],
)
def test_no_patches_of_what_is_too_small(pictures):
    with pytest.raises(ValueError, match="of 6 x 6 or more"):
        patches(pictures, 6)

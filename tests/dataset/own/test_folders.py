"""Images in folders, one for each class."""

import numpy as np
import pytest

from dataset import Dataset

Image = pytest.importorskip("PIL.Image")


def write(path, array, **keywords):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **keywords)


@pytest.fixture
def folder(tmp_path):
    """Dogs are bright and cats dark: 6 and 4 of them, 5 x 7, in grey."""
    for i in range(6):
        write(tmp_path / "pets" / "dog" / f"{i}.png", np.full((5, 7), 200 + i, np.uint8))
    for i in range(4):
        write(tmp_path / "pets" / "cat" / "more" / f"{i}.PNG", np.full((5, 7), i, np.uint8))
    (tmp_path / "pets" / "dog" / ".hidden.png").write_bytes(b"nothing")
    (tmp_path / "pets" / "dog" / "notes.txt").write_text("no image")
    (tmp_path / "pets" / "empty").mkdir()
    return tmp_path / "pets"


def test_folders_are_classes(folder):
    dataset = Dataset.fromFolder(folder, test_size=0, shuffle=False)
    assert (dataset.name, dataset.classNames, dataset.train_size) == ("pets", ["cat", "dog"], 10)
    assert (dataset.sampleShape, dataset.imageShape, dataset.valueRange) == ((35,), (5, 7), (0, 1))
    x, _ = dataset.trainSet()
    np.testing.assert_allclose(x[0] * 255, [0, 1, 2, 3, 200, 201, 202, 203, 204, 205], rtol=1e-5)
    np.testing.assert_array_equal(dataset.labels("train"), [0] * 4 + [1] * 6)


def test_as_images_and_weighted(folder):
    dataset = Dataset.fromFolder(folder, images=True, test_size=2, classWeights={"cat": 2}, valueRange=(-1, 1), rng=0)
    assert (dataset.sampleShape, dataset.test_size) == ((1, 5, 7), 2)
    batch = dataset.trainSet()
    np.testing.assert_array_equal(batch.weights, np.where(batch.labels[0] == 1, 2, 1))


def test_in_colour_and_of_another_size(folder, tmp_path):
    red = np.zeros((9, 4, 3), np.uint8)
    red[..., 0] = 255
    write(tmp_path / "pets" / "fox" / "red.bmp", red)
    dataset = Dataset.fromFolder(folder, size=(6, 8), colour=True, test_size=0, shuffle=False)
    assert (dataset.sampleShape, dataset.classNames) == ((3, 6, 8), ["cat", "dog", "fox"])
    np.testing.assert_allclose(dataset.trainSet()[0][..., -1].mean(axis=(1, 2)), [1, 0, 0], atol=1e-6)
    grey = Dataset.fromFolder(folder, size=(6, 8), test_size=0, shuffle=False)
    np.testing.assert_allclose(grey.trainSet()[0][0, -1], round(0.299 * 255) / 255, atol=1e-6)


def test_what_is_transparent_is_white(tmp_path):
    write(tmp_path / "a" / "clear.png", np.zeros((2, 2, 4), np.uint8))
    write(tmp_path / "a" / "deep.png", np.full((2, 2), 32768, np.uint16))
    write(tmp_path / "a" / "other.png", np.zeros((2, 2), np.uint8))
    x, _ = Dataset.fromFolder(tmp_path, test_size=0, shuffle=False).trainSet()
    np.testing.assert_allclose(x[0], [1, 128 / 255, 0])


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_photographs_are_turned_upright(tmp_path, suffix):
    image = Image.fromarray(np.repeat([[0, 250], [0, 250]], 8, axis=0).repeat(4, axis=1).astype(np.uint8))  # 16 x 8
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned to the right by 90 degrees: 8 x 16, dark above
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / f"1.{suffix}", exif=exif)
    for size in (None, (4, 8)):
        x, _ = Dataset.fromFolder(tmp_path, test_size=0, images=True, size=size).trainSet()
        height, width = size or (8, 16)
        assert x.shape == (1, height, width, 1)
        above, below = x[0, : height // 2].mean(), x[0, height // 2 :].mean()
        assert above < 0.1
        assert below > 0.9


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_numbers_of_32_bits_are_refused(tmp_path, dtype):
    write(tmp_path / "a" / "1.tif", np.full((2, 2), 1, dtype))
    with pytest.raises(ValueError, match=r"1.tif to be an image of 8 or 16 bits, got '[IF]'; it does not say what is"):
        Dataset.fromFolder(tmp_path)


def test_without_classes_and_with_a_test_folder(tmp_path, folder):
    write(tmp_path / "plain" / "1.png", np.zeros((2, 2), np.uint8))
    write(tmp_path / "plain" / "2.png", np.full((2, 2), 9, np.uint8))
    assert Dataset.fromFolder(tmp_path / "plain", test_size=0).labelDim == 0
    write(tmp_path / "test" / "dog" / "1.png", np.full((5, 7), 99, np.uint8))
    dataset = Dataset.fromFolder(folder, testFolder=tmp_path / "test")
    np.testing.assert_array_equal(dataset.labels("test"), [1])
    assert dataset.train_size == 10


def test_what_cannot_be_read_is_named(folder, tmp_path):
    (folder / "cat" / "broken.jpg").write_bytes(b"not an image")
    with pytest.raises(ValueError, match="broken.jpg cannot be read as an image: .*; remove or replace it"):
        Dataset.fromFolder(folder)
    whole = folder / "dog" / "0.png"
    (folder / "cat" / "broken.jpg").unlink()
    whole.write_bytes(whole.read_bytes()[:50])
    with pytest.raises(ValueError, match="0.png cannot be read as an image"):
        Dataset.fromFolder(folder)


def test_what_is_too_large_is_refused(folder):
    with pytest.raises(ValueError, match=r"a file of at most 1e-05 MB, got '0.0 MB'; reduce it, or give megabytes="):
        Dataset.fromFolder(folder, megabytes=1e-5)
    write(folder / "cat" / "huge.png", np.zeros((3000, 3000), np.uint8))
    with pytest.raises(ValueError, match=r"huge.png.* to be an image of at most 4,000,000 pixels, got '3000 x 3000'"):
        Dataset.fromFolder(folder, megabytes=1)


def test_what_does_not_fit_is_refused(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        Dataset.fromFolder(tmp_path / "nowhere")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileNotFoundError, match=r"there are no images in .* \(bmp, gif,"):
        Dataset.fromFolder(tmp_path / "nothing")
    with pytest.raises(ValueError, match="images to be True for images in colour"):
        Dataset.fromFolder(folder, colour=True, images=False)
    for size in (5, (5,), "55", (0, 5), (2.5, 5)):
        with pytest.raises((TypeError, ValueError), match="size"):
            Dataset.fromFolder(folder, size=size)
    write(folder / "dog" / "wide.png", np.zeros((5, 9), np.uint8))
    with pytest.raises(ValueError, match=r"wide.png to be 5 x 7, as 0.PNG, got '5 x 9'; say to which size"):
        Dataset.fromFolder(folder)
    write(folder / "top.png", np.zeros((5, 7), np.uint8))
    with pytest.raises(ValueError, match="has both images, such as top.png, and classes"):
        Dataset.fromFolder(folder)
    write(tmp_path / "test" / "bird" / "1.png", np.zeros((5, 7), np.uint8))
    (folder / "top.png").unlink()
    with pytest.raises(ValueError, match="the classes of testFolder to be among"):
        Dataset.fromFolder(folder, testFolder=tmp_path / "test", size=(5, 7))

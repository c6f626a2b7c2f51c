"""The bundled digits: the published numbers, always split the same way."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np

import dataset
from dataset import Dataset


def test_the_numbers_are_the_published_ones():
    data = Dataset("digits")
    assert (data.train_size, data.test_size) == (1437, 360)
    assert (data.inputDim, data.labelDim, data.classes, data.imageShape) == (64, 10, 10, (8, 8))
    assert data.classNames == list("0123456789")
    labels = np.concatenate((data.labels("train"), data.labels("test")))
    # The repository's page gives these counts for the digits 0 to 9 of its test set.
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    grey = 16 * np.concatenate((data.trainSet()[0], data.testSet()[0]), axis=1)
    assert set(grey.ravel().tolist()) == set(range(17))
    np.testing.assert_array_equal(data.trainSet()[1].argmax(axis=0), data.labels("train"))


def test_the_first_digit_of_the_file_is_a_zero_and_is_delivered_as_such():
    picture = """
        0  0  5 13  9  1  0  0
        0  0 13 15 10 15  5  0
        0  3 15  2  0 11  8  0
        0  4 12  0  0  8  8  0
        0  5  8  0  0  9  8  0
        0  4 11  0  1 12  7  0
        0  2 14  5 10 12  0  0
        0  0  6 13 10  0  0  0
    """
    zero = np.array(picture.split(), int)
    data = Dataset("digits", dtype=np.float64)
    parts = [(16 * data.trainSet()[0], data.labels("train")), (16 * data.testSet()[0], data.labels("test"))]
    found = [
        label for grey, labels in parts for column, label in zip(grey.T, labels, strict=True) if (column == zero).all()
    ]
    assert found == [0]


def test_the_split_does_not_depend_on_rng():
    first, second = Dataset("digits", rng=1), Dataset("digits", rng=2, train_size=5, test_size=5)
    np.testing.assert_array_equal(first.testSet()[0][:, :5], second.testSet()[0])
    np.testing.assert_array_equal(first.trainSet()[0][:, :5], second.trainSet()[0])
    assert hashlib.sha256(first.labels("test").astype(np.uint8).tobytes()).hexdigest()[:16] == "2afb26f01c4ab83c"


def test_the_checksum_is_that_of_the_content_and_stated_beside_it():
    (checksum,) = Dataset("digits").checksums.values()
    readme = Path(dataset.__file__).with_name("data") / "README.md"
    assert checksum in readme.read_text(encoding="utf-8")
    assert "CC BY 4.0" in Dataset("digits").description


def test_import_and_bundled_data_need_no_network_library():
    program = (
        "import sys, dataset; dataset.Dataset('digits'); "
        "sys.exit(any(name in sys.modules for name in ('pooch', 'requests', 'urllib3')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

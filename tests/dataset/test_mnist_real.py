"""The real MNIST, where it is at hand: in the folder LEIBNET_DATA or beside the checkout in shared/data."""

import os
from pathlib import Path

import numpy as np
import pytest

from dataset import Dataset, available


def real_folder():
    return Path(os.environ.get("LEIBNET_DATA") or Path(__file__).parents[2] / "../shared/data")


@pytest.fixture(scope="module")
def real():
    folder = real_folder()
    if not folder.is_dir() or not available("mnist", folder=folder):
        pytest.skip(f"MNIST is not at hand: no files in {folder}; set LEIBNET_DATA to a folder with mnist/")
    return Dataset("mnist", train_size=60000, test_size=10000, batch_size=50, folder=folder, rng=0)


def test_mnist_is_what_was_published(real):
    assert (real.train_size, real.test_size, real.inputDim, real.labelDim) == (60_000, 10_000, 784, 10)
    assert (real.imageShape, real.valueRange, real.classNames) == ((28, 28), (0.0, 1.0), list("0123456789"))
    # The first labels and the counts of the classes are known from the literature.
    assert real.labels("train")[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert real.labels("test")[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(real.labels("train")).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(real.labels("test")).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert real.checksums["t10k-images-idx3-ubyte"].startswith("0fa7898d509279e4")


def test_mean_and_deviation_of_the_training_images_are_the_known_ones(real):
    total, squares = 0.0, 0.0
    for x, _ in real.chunks("train", size=5000):
        total += x.sum(dtype=float)
        squares += np.square(x, dtype=float).sum()
    mean = total / (60_000 * 784)
    assert mean == pytest.approx(0.1307, abs=5e-5)
    assert np.sqrt(squares / (60_000 * 784) - mean**2) == pytest.approx(0.3081, abs=5e-5)


def test_an_epoch_of_the_lecture_has_1200_batches(real):
    assert len(real) == 1200
    train, test, batchSize = next(real.batches())
    assert train[0].shape == test[0].shape == (784, 50)
    assert train[1].shape == test[1].shape == (10, 50)
    assert batchSize == 50
    assert train[0].min() == 0
    assert train[0].max() == 1
    np.testing.assert_array_equal(train[1].sum(axis=0), 1)
    np.testing.assert_array_equal(test[1].argmax(axis=0), real.labels("test")[:50])


def test_images_stay_bytes_in_memory(real):
    assert sum(split.rows.nbytes for split in real._splits.values()) == 70_000 * 784


def test_images_are_the_same_columns(real):
    images = Dataset("mnist", 500, 100, images=True, folder=real_folder(), rng=0)
    assert (images.sampleShape, images.inputDim, images.labelShape) == ((1, 28, 28), 784, (10,))
    np.testing.assert_array_equal(images.testSet()[0].reshape(784, 100), real.testSet()[0][:, :100], strict=True)

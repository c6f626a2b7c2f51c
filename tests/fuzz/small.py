"""MNIST and Fashion-MNIST in small: 40 + 10 real digits of 8 x 8, in files verified like the published ones."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from dataset import Dataset
from dataset.files import mnist
from dataset.files.archive import Archive

IMAGES, LABELS = mnist.TRAIN_IMAGES, mnist.TRAIN_LABELS


def idx_file(array):
    """The bytes of the idx file of an array of uint8."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def contents():
    """The decompressed content of the four files, by name."""
    digits = Dataset("digits", train_size=40, test_size=10, rng=0)
    files = {}
    for part, split in (("train", digits.trainSet()), ("t10k", digits.testSet())):
        files[f"{part}-images-idx3-ubyte"] = idx_file(np.rint(16 * split[0].T).astype(np.uint8).reshape(-1, 8, 8))
        files[f"{part}-labels-idx1-ubyte"] = idx_file(split[1].argmax(axis=0).astype(np.uint8))
    return files


def pack(content, level=9):
    return gzip.compress(content, level, mtime=0)


class SmallMnist:
    """The files of `name` in `folder`, published there; `check` loads them."""

    def __init__(self, folder: Path, name: str, packed: bool):
        self.folder, self.name = folder, name
        files = contents()
        for file, content in files.items():
            archive = Archive(
                file,
                len(content),
                hashlib.sha256(content).hexdigest(),
                len(pack(content)),
                hashlib.sha256(pack(content)).hexdigest(),
            )
            mnist.FILES[name][file] = archive if name == "mnist" else replace(archive, contentSha256=None)
            self.path(file, packed).write_bytes(pack(content) if packed else content)
        self.good = self.delivered()

    def path(self, file, packed):
        return self.folder / (f"{file}.gz" if packed else file)

    def delivered(self):
        data = Dataset(self.name, folder=self.folder, rng=0)
        return *data.trainSet(), *data.testSet(), data.checksums

    def check(self):
        """Load the files: an error, or what was published."""
        for got, expected in zip(self.delivered(), self.good, strict=True):
            np.testing.assert_equal(got, expected)

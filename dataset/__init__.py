"""Data sets: named ones, own arrays, batches.

from dataset import Dataset

dataset = Dataset("mnist", train_size=60000, test_size=10000, batch_size=50)
"""

import blas  # noqa: F401, I001 - before NumPy, see blas.kernels

from dataset import random
from dataset.archive import CorruptFileError
from dataset.batch import Batch
from dataset.catalogue import available, names
from dataset.dataset import Dataset
from dataset.download import DownloadError

__all__ = [
    "Batch",
    "CorruptFileError",
    "Dataset",
    "DownloadError",
    "available",
    "names",
    "random",
]

"""Data sets: named ones, own arrays, batches.

from dataset import Dataset

dataset = Dataset("mnist", train_size=60000, test_size=10000, batch_size=50)
"""

import leibnet  # noqa: F401, I001 - before NumPy, see leibnet.kernels

from leibnet.randomness import data as random
from dataset.files.archive import CorruptFileError
from dataset.batch import Batch
from dataset.catalogue import available, names
from dataset.dataset import Dataset
from dataset.files.download import DownloadError

__all__ = [
    "Batch",
    "CorruptFileError",
    "Dataset",
    "DownloadError",
    "available",
    "names",
    "random",
]

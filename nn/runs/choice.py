"""The choice of the data set."""

from __future__ import annotations

from typing import Any

from dataset import Dataset, DownloadError, available
from nn.runs.record import RunError

IMAGES = ("mnist", "fashion_mnist", "digits")


def chooseDataset(name: str | None, **options: Any) -> Dataset:
    """The data set of that name; without a name MNIST if it is here or can be downloaded, otherwise the bundled digits.

    Prints which one it is, and why. RunError if there is none.

    >>> dataset = chooseDataset("digits", batch_size=100)
    Data set: digits (as asked for), 1,437 training and 360 test samples

    Parameters
    ----------
    name : of the data set, or None.
    options : further arguments of `Dataset`.
    """
    try:
        if name is not None:
            dataset, why = Dataset(name, **options), "as asked for"
        elif available("mnist"):
            dataset, why = Dataset("mnist", **options), "it is at hand"
        else:
            dataset, why = _downloaded_or_bundled(options)
    except (OSError, ValueError) as error:
        raise RunError(f"no data set: {error}") from error
    print(f"Data set: {dataset.name} ({why}), {dataset.train_size:,} training and {dataset.test_size:,} test samples")
    return dataset


def _downloaded_or_bundled(options: dict[str, Any]) -> tuple[Dataset, str]:
    try:
        return Dataset("mnist", **options), "downloaded"
    except DownloadError:
        return Dataset("digits", **options), "MNIST is not at hand and cannot be downloaded"

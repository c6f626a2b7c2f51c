"""What the examples share: the choice of the data set, and the folder of a run."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

from dataset import Dataset, DownloadError, available

IMAGES = ("mnist", "fashion_mnist", "digits")


def parser(description: str, batchSize: int | None = 50, datasets: tuple[str, ...] = IMAGES) -> argparse.ArgumentParser:
    """The command-line arguments that every example has; with `batchSize=None` its default depends on the data set."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--dataset", choices=datasets, help="data set (default: mnist if it can be had, or digits)")
    usual = batchSize or "by data set"
    arguments.add_argument(
        "--batch-size", type=positive_integer, default=batchSize, help=f"size of a mini-batch (default: {usual})"
    )
    arguments.add_argument("--seed", type=seed_number, default=0, help="of all random numbers (default: 0)")
    arguments.add_argument("--output", type=Path, help="folder of the run (default: runs/<example>-<date>-<time>)")
    return arguments


def positive_integer(text: str) -> int:
    """1, 2, 3, ..., for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text}")
    return number


def seed_number(text: str) -> int:
    """0, 1, 2, ..., for argparse."""
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected a seed that is not negative, got {text}")
    return number


def positive_number(text: str) -> float:
    """A positive, finite number, for argparse."""
    if not 0 < (number := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return number


def chooseDataset(name: str | None, **sizes: Any) -> Dataset:
    """The data set of that name; without a name MNIST if it is here or can be downloaded, otherwise the bundled digits.

    Prints which one it is, and why.
    """
    try:
        if name is not None:
            dataset, why = Dataset(name, **sizes), "as asked for"
        elif available("mnist"):
            dataset, why = Dataset("mnist", **sizes), "it is at hand"
        else:
            dataset, why = downloadedOrBundled(**sizes)
    except (OSError, ValueError) as error:
        raise SystemExit(f"no data set: {error}") from None
    print(f"Data set: {dataset.name} ({why}), {dataset.train_size:,} training and {dataset.test_size:,} test samples")
    return dataset


def downloadedOrBundled(**sizes: Any) -> tuple[Dataset, str]:
    try:
        return Dataset("mnist", **sizes), "downloaded"
    except DownloadError:
        return Dataset("digits", **sizes), "MNIST is not at hand and cannot be downloaded"


def runFolder(output: Path | None, example: str) -> Path:
    """The folder that a run writes to, made if need be."""
    folder = output or Path("runs") / f"{example}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(f"the run folder {folder} cannot be made: {error}") from None
    return folder

"""MNIST for the libraries that bring no loader of their own, and what is recorded of a training."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from peers.workloads import Array, Workload

METRICS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
EPOCHS = 10
WORKLOAD = Workload("classifier", 50, (100, 50), 0.002)


def files() -> list[str]:
    """The four files on this machine: training images and labels, test images and labels. Empty if one is missing."""
    from dataset.files.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, locate

    found = locate("mnist")
    names = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
    return [str(found[name]) for name in names] if all(name in found for name in names) else []


def load(files: Iterable[str]) -> tuple[Array, Array, Array, Array]:
    """Training images (N, 784) float32 in [0, 1] and classes (N,), test images and classes."""
    images, classes, test_images, test_classes = (_content(Path(file)) for file in files)
    return _scaled(images), classes[8:], _scaled(test_images), test_classes[8:]


def _content(path: Path) -> Array:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8)


def _scaled(content: Array) -> Array:
    return np.divide(content[16:].reshape(-1, 784), 255, dtype=np.float32)


class History:
    """The four metrics of the lecture, by epochs."""

    def __init__(self) -> None:
        self.metrics: dict[str, list[float]] = {name: [] for name in METRICS}

    def add(self, *values: Any) -> None:
        for series, value in zip(self.metrics.values(), values, strict=True):
            series.append(float(value))

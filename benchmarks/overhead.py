"""What the companions of a training cost: the lecture's classifier, 784-100-50-10 at batch size 50, with and without.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --rounds 60

Trainings with and without each companion run in turns, on one thread, in single precision; what counts is the median of
their steps' processor time, on which a busy machine has little influence, and of the ratios of neighbours. A checkpoint
is written twice in such a short training, at its beginning and end, in a long one every 30 seconds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import leibnet

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from nn import MLP, Checkpoint, seed
from optimizer import Adam

ALONE: dict[str, Any] = {"watch": False}
EPOCHS = 4


def companions(folder: Path) -> dict[str, dict[str, Any]]:
    """By name, what `train` is told in place of ALONE; files go to the folder."""
    return {
        "watch": {"watch": True},
        "run folder": {"folder": folder / "run"},
        "checkpoint": {"checkpoint": folder / "checkpoint.safetensors"},
    }


def learnable(samples: int) -> Dataset:
    """As large as MNIST's images, as dark, and in ten classes: patterns of their own, under noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, samples)
    pattern = (rng.random((784, 10)) < 0.15)[:, labels]
    images = (pattern ^ (rng.random((784, samples)) < 0.1)) * rng.random((784, samples))
    return Dataset.fromArrays(images, labels, test_size=50, train_size=samples - 50, rng=0)


def microseconds(dataset: Dataset, settings: dict[str, Any]) -> float:
    """Of a step, on average over a training."""
    seed(0)
    adam = Adam(learningRate=0.1)
    layers = [Dense(784, 100, ReLU(), adam), Dense(100, 50, ReLU(), adam), Dense(50, 10, Softmax(), adam)]
    classifier = MLP(layers)
    start = time.process_time()
    classifier.train(dataset, epochs=EPOCHS, metrics=[], **settings)
    return 1e6 * (time.process_time() - start) / (EPOCHS * len(dataset))


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--samples", type=int, default=10_050)
    options = arguments.parse_args()
    with TemporaryDirectory() as folder:
        compare(options, Path(folder))


def compare(options: argparse.Namespace, folder: Path) -> None:
    dataset = learnable(options.samples)
    leibnet.threads(1)
    print(f"{EPOCHS * len(dataset)} steps a training, {options.rounds} rounds in turns")
    for name, settings in companions(folder).items():
        pairs: list[list[float]] = []
        for turn in range(-1, options.rounds):
            order = [ALONE, ALONE | settings][:: 1 if turn % 2 else -1]
            times = [microseconds(dataset, one) for one in order]
            if turn >= 0:  # the first round warms up
                pairs.append(times if turn % 2 else times[::-1])
        without, beside = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(after / before for before, after in pairs)
        print(f"{name}: {without:.1f} µs a step without, {beside:.1f} with, ratio {ratio:.4f} ({ratio - 1:+.2%})")
        if name == "checkpoint":
            seconds = 1e-6 * (beside - without) * EPOCHS * len(dataset) / 2
            share = seconds / Checkpoint(folder).seconds
            print(f"  {1e3 * seconds:.1f} ms for each of its two writings, in a long training {share:.2%}")


if __name__ == "__main__":
    main()

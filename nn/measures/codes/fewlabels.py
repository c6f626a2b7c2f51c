"""What codes are worth where few samples have labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from nn.measures.codes.comparison import Encoder, classesToCompare, encoded
from nn.measures.codes.linearprobe import LinearProbe


@dataclass(frozen=True)
class FewLabels:
    """Accuracy on the test set against the number of labels.

    Attributes
    ----------
    labels : (n,), how many labelled samples there were.
    accuracy : by the name of the codes, (n,), on average over the draws.
    spread : likewise, the standard deviation over the draws.
    """

    labels: Array
    accuracy: Mapping[str, Array]
    spread: Mapping[str, Array]

    def curves(self) -> dict[str, tuple[Array, Array]]:
        """The error in % against the number of labels, by name, for `plots.plotCurves`."""
        return {name: (self.labels, 100 * (1 - share)) for name, share in self.accuracy.items()}

    def __str__(self) -> str:
        width = max(len("labels"), *map(len, self.accuracy))
        lines = [f"{'labels':<{width}}" + "".join(f"  {count:>8,}" for count in self.labels)]
        lines += [f"{name:<{width}}" + "".join(f"  {one:>8.2%}" for one in row) for name, row in self.accuracy.items()]
        return "\n".join(lines)


def fewLabels(
    encoders: Mapping[str, Encoder],
    dataset: Dataset,
    perClass: Iterable[int] = (1, 3, 10, 30, 100),
    draws: int = 5,
    rng: np.random.Generator | int | None = 0,
) -> FewLabels:
    """How well a `LinearProbe` does with few labels: on codes that were learnt from all samples without their labels,
    and on the samples themselves, which know of nothing but the labelled ones.

    The labelled samples are drawn from the training set, as many of each class, the same for all codes. With three of
    a class or more the penalty is chosen on a fifth of them, as nothing else is known; with fewer it is 0.01.

    Parameters
    ----------
    encoders, dataset : as for `compareCodes`.
    perClass : numbers of labelled samples of each class; default 1, 3, 10, 30, 100.
    draws : how often they are drawn; default 5.
    rng : generator or seed for that; default 0, None for the library's own.

    Example
    -------
    >>> digits = Dataset("digits", rng=0)
    >>> few = fewLabels({"pixels": lambda x: x}, digits, perClass=[1, 10], draws=2)
    >>> bool(few.accuracy["pixels"][0] < few.accuracy["pixels"][1])
    True
    """
    owner = "fewLabels"
    classes = classesToCompare(owner, encoders, dataset)
    if not isinstance(perClass, Iterable):
        raise TypeError(refusal(owner, "perClass", "whole numbers such as [1, 10]", perClass))
    sizes = [wholeNumber(owner, "each of perClass", one) for one in perClass]
    draws, source = wholeNumber(owner, "draws", draws), randomGenerator(owner, rng) or randomness.networks.generator
    train, test = dataset.labels("train"), dataset.labels("test")
    fewest = int(np.bincount(train, minlength=classes).min())
    if not sizes or max(sizes) > fewest:
        raise ValueError(refusal(owner, "perClass", f"numbers up to {fewest}, of the rarest class", sizes))
    chosen = [[_drawn(train, classes, size, source) for _ in range(draws)] for size in sizes]
    accuracy, spread = {}, {}
    for name, encode in encoders.items():
        codes, tests = (encoded(owner, name, encode, dataset, split) for split in ("train", "test"))
        found = np.array([[_accuracy(codes, train, places, tests, test) for places in one] for one in chosen])
        accuracy[name], spread[name] = found.mean(axis=1), found.std(axis=1)
    return FewLabels(np.array(sizes) * classes, accuracy, spread)


def _drawn(labels: Array, classes: int, size: int, rng: np.random.Generator) -> Array:
    """Places of so many samples of each class, the classes in turn."""
    rows = [rng.choice(np.flatnonzero(labels == one), size, replace=False) for one in range(classes)]
    return rng.permutation(np.concatenate(rows))


def _accuracy(codes: Array, labels: Array, places: Array, tests: Array, truth: Any) -> float:
    several = len(places) >= 3 * (labels.max() + 1)
    probe = LinearProbe() if several else LinearProbe([0.01])
    return probe.fit(codes[:, places], labels[places]).accuracy(tests, truth)

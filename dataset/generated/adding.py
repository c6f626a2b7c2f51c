"""The adding problem: two numbers that stand far from each other in a long sequence are to be added."""

from collections.abc import Callable

from leibnet.arguments import wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.source import Request, Source

TRAIN_SIZE = 10_000
TEST_SIZE = 1_000


def _adding(request: Request, *, steps: int = 100) -> Source:
    """Sequences (steps, 2): random numbers, uniform in [0, 1), and a mark that is 1 at two steps and 0 at all others.

    The target (1,) is the sum of the two numbers that are marked. The steps are any two different ones. Who always
    answers 1 has a mean squared error of 1/6, the variance of the sum.

    Options:
        steps: of a sequence, default 100, at least 2.

    Source: Hochreiter & Schmidhuber 1997, "Long short-term memory"; stated so by Le, Jaitly & Hinton 2015, "A simple
    way to initialize recurrent networks of rectified linear units", arXiv:1504.00941.
    """
    steps = wholeNumber("Dataset", "steps", steps, least=2)
    return Source(
        "adding",
        *_samples(TRAIN_SIZE if request.trainSize is None else request.trainSize, steps, request.rng),
        *_samples(TEST_SIZE if request.testSize is None else request.testSize, steps, request.rng),
        featureNames=["number", "mark"],
        description="The adding problem of Hochreiter & Schmidhuber 1997, generated on the spot.",
    )


LOADERS: dict[str, Callable[..., Source]] = {"adding": _adding}


def _samples(size: int, steps: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs (size, steps, 2) and targets (size, 1)."""
    inputs = np.zeros((size, steps, 2), np.float32)
    inputs[:, :, 0] = rng.random((size, steps), np.float32)
    first = rng.integers(steps, size=size)
    second = (first + rng.integers(1, steps, size=size)) % steps
    each = np.arange(size)
    inputs[each, first, 1] = inputs[each, second, 1] = 1
    targets = inputs[each, first, 0].astype(float) + inputs[each, second, 0]
    return inputs, targets[:, np.newaxis]

"""Random numbers by scikit-learn's `random_state`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leibnet import randomness

import numpy as np
from sklearn.utils import check_random_state


def generator_of(random_state: Any) -> np.random.Generator:
    """A new generator, seeded by a `random_state`: a whole number, a `numpy.random.RandomState`, or None."""
    return np.random.default_rng(check_random_state(random_state).randint(2**31, size=4))


@contextmanager
def drawn_from(rng: np.random.Generator) -> Iterator[None]:
    """A stretch in which what this thread draws from the library's own generators follows from `rng`.

    So it holds for initial weights and noise of any network, and for the shuffling of any data set. Afterwards the
    library's generators are as they were before.
    """
    with randomness.held():
        generators = randomness.networks.generator, randomness.data.generator
        before = [generator.bit_generator.state for generator in generators]
        try:
            for generator in generators:
                generator.bit_generator.state = np.random.PCG64(int(rng.integers(2**63))).state
            yield
        finally:
            for generator, state in zip(generators, before, strict=True):
                generator.bit_generator.state = state

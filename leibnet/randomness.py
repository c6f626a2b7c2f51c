"""The library's own random numbers, where no generator is handed in, and one seed for all of them."""

from __future__ import annotations

import numpy as np


class Randomness:
    """A generator that is looked up when it is used: `seed` sets its state, and its identity stays."""

    def __init__(self) -> None:
        self._generator = np.random.default_rng()

    @property
    def generator(self) -> np.random.Generator:
        """The generator itself."""
        return self._generator


networks = Randomness()  # initial weights, and the noise of layers and models
data = Randomness()  # generated data, splits, shuffling and corruption


def seed(n: int) -> None:
    """Seeds the library's own generators: initial weights and noise of layers, shuffling and generated data.

    The same seed gives the same numbers, from then on. What is handed a generator of its own (`rng`) keeps to that.
    NumPy's global state (`np.random.seed`) plays no part in this library.

    >>> seed(0)
    """
    network_seed, data_seed = np.random.SeedSequence(n).spawn(2)
    networks.generator.bit_generator.state = np.random.PCG64(network_seed).state
    data.generator.bit_generator.state = np.random.PCG64(data_seed).state

"""One seed for all random numbers of the library."""

from __future__ import annotations

import numpy as np

import dataset.random
import layers.random


def seed(n: int) -> None:
    """Seeds the library's own generators: initial weights and noise of layers, shuffling and generated data.

    The same seed gives the same numbers, from then on. What is handed a generator of its own (`rng`) keeps to that.
    NumPy's global state (`np.random.seed`) plays no part in this library.

    >>> seed(0)
    """
    layerSeed, dataSeed = np.random.SeedSequence(n).spawn(2)
    layers.random.generator.bit_generator.state = np.random.PCG64(layerSeed).state
    dataset.random.generator.bit_generator.state = np.random.PCG64(dataSeed).state

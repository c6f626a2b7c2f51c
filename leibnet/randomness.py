"""The library's own random numbers, where no generator is handed in, and one seed for all of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np


class Randomness:
    """A generator that is looked up when it is used: `seed` sets its state, and its identity stays.

    While a thread trains, the generator is that thread's alone: what others draw meanwhile, to sample from the same
    model say, comes from generators of their own, and the training draws what it would draw without them. In a forked
    process it begins anew, so that workers differ; one that calls `seed` has its seed.
    """

    def __init__(self) -> None:
        self._generator = np.random.default_rng()
        self._holder: int | None = None
        self._lock = threading.Lock()
        self._thread = _Thread()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._beginAnew)

    @property
    def generator(self) -> np.random.Generator:
        """The generator of this thread."""
        own, holder = self._thread, self._holder
        apart = own.holds or (holder is not None and holder != threading.get_ident())
        return own.generator if apart else self._generator

    @contextmanager
    def held(self) -> Iterator[None]:
        """A stretch in which no other thread draws from this thread's generator."""
        me, before = threading.get_ident(), self._thread.holds
        with self._lock:
            first = self._holder is None
            if first:
                self._holder = me
            elif self._holder != me:
                self._thread.holds = True
        try:
            yield
        finally:
            self._thread.holds = before
            if first:
                self._holder = None

    def _beginAnew(self) -> None:
        self._generator.bit_generator.state = np.random.PCG64().state
        self._holder, self._lock, self._thread = None, threading.Lock(), _Thread()


class _Thread(threading.local):
    """A thread's own generator, and whether it keeps to it: it trains beside the thread that holds the library's."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng()
        self.holds = False


networks = Randomness()  # initial weights, and the noise of layers and models
data = Randomness()  # generated data, splits, shuffling and corruption


@contextmanager
def held() -> Iterator[None]:
    """A stretch, such as a training, in which no other thread draws from this thread's generators."""
    with ExitStack() as stack:
        stack.enter_context(networks.held())
        stack.enter_context(data.held())
        yield


def seed(n: int) -> None:
    """Seeds the library's own generators: initial weights and noise of layers, shuffling and generated data.

    The same seed gives the same numbers, from then on. What is handed a generator of its own (`rng`) keeps to that.
    NumPy's global state (`np.random.seed`) plays no part in this library.

    >>> seed(0)
    """
    network_seed, data_seed = np.random.SeedSequence(n).spawn(2)
    networks.generator.bit_generator.state = np.random.PCG64(network_seed).state
    data.generator.bit_generator.state = np.random.PCG64(data_seed).state

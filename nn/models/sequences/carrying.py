"""What recurrent layers remember from one batch to the next, where the samples go on in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leibnet.ranks import current, gathered
from leibnet.types import Array

from layers import Bidirectional, Chain, Continuing, remember

Memory = dict[str, dict[str, Array]]


class Carrying:
    """The final states of a network's recurrent layers, with which they begin the next window of a stream.

    Attention and positions begin every window anew: what they keep would grow, or come to an end.

    So a long sequence is learnt from in windows, and the gradient ends at the beginning of each: truncated
    backpropagation through time, Williams & Peng 1990, "An efficient gradient-based algorithm for on-line training of
    recurrent network trajectories". Training and evaluation have a memory each.

    Parameters
    ----------
    chain : the network.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._kept: dict[bool, Memory] = {True: {}, False: {}}

    @contextmanager
    def around(self, window: int, training: bool) -> Iterator[None]:
        """A stretch with the forward pass of this window of a stream, see `dataset.Batch`.

        It begins where the window before ended, the first one with 0; so does what follows.
        """
        self._check()
        remember(self._chain, _own(self._kept[training]) if window else None)
        try:
            yield
            self._kept[training] = self._endless()
        finally:
            remember(self._chain, None)

    def _endless(self) -> Memory:
        """Copies of the final states of the layers that go on without end; of several ranks, those of all streams."""
        leaves = self._chain.leaves().items()
        going_on = {name: leaf for name, leaf in leaves if isinstance(leaf, Continuing) and leaf.isEndless}
        return {name: {state: _all(array) for state, array in leaf.final.items()} for name, leaf in going_on.items()}

    def _check(self) -> None:
        """ValueError for a layer that begins at the end of a window: what it remembers is of no use in the next."""
        for layer in self._chain.parts():
            if isinstance(layer, Bidirectional):
                expected = "layers that read forwards, as the batches of the data set go on where others end"
                raise ValueError(f"{layer.describe()}: expected {expected}; take LSTM or GRU")

    def forget(self) -> None:
        """A training begins."""
        remember(self._chain, None)
        self._kept[True] = {}

    def state(self) -> dict[str, Any]:
        """The memory of the training, for a checkpoint."""
        return {"memory": self._kept[True]} if self._kept[True] else {}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""
        self._kept[True] = state.get("memory", {})


def _all(array: Array) -> Array:
    """A copy, or the states of the streams of all ranks."""
    return array.copy() if current() is None else gathered(array)


def _own(memory: Memory) -> Memory:
    """What belongs to the streams of this rank."""
    share = current()
    if share is None:
        return memory
    return {
        name: {state: array[..., share.columns] for state, array in states.items()} for name, states in memory.items()
    }

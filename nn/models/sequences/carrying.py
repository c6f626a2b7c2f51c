"""What recurrent layers remember from one batch to the next, where the samples go on in it."""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

from dataset import Batch
from layers import Chain, memory, remember

Memory = dict[str, dict[str, Array]]


class Carrying:
    """The final states of a network's recurrent layers, with which they begin the next window of a stream.

    A batch says by its `window` which window of its stream it is, see `dataset.Batch`. Training and evaluation have a
    memory each. Truncated backpropagation through time: Williams & Peng 1990, "An efficient gradient-based algorithm
    for on-line training of recurrent network trajectories".

    Parameters
    ----------
    chain : the network.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._kept: dict[bool, Memory] = {True: {}, False: {}}

    def begin(self, batch: Batch, training: bool) -> None:
        """Before a forward pass: the layers go on where the window before this one ended, or begin anew."""
        if batch.window:
            remember(self._chain, self._kept[training])
        elif batch.window == 0 or self._kept[training]:
            remember(self._chain, None)
            self._kept[training] = {}

    def end(self, batch: Batch, training: bool) -> None:
        """After it."""
        if batch.window is not None:
            self._kept[training] = memory(self._chain)

    def state(self) -> dict[str, Any]:
        """That of the training, for a checkpoint."""
        return {"memory": self._kept[True]} if self._kept[True] else {}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""
        self._kept[True] = state.get("memory", {})

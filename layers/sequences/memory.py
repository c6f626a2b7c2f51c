"""What a network remembers of a sequence, to go on with the next stretch of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leibnet.arguments import choice, instance, refusal
from leibnet.types import Array

from layers.layer import Layer
from layers.sequences.continuing import Continuing


def memory(network: Layer) -> dict[str, dict[str, Array]]:
    """What a network remembers after the last step of its last forward pass: copies.

    By the name of the layer in the network and the name of the state, samples last: the states of recurrent layers, the
    keys and values of attention, positions; of this thread's pass.

    Example
    -------
    A sequence in two halves is as the whole.

    >>> from layers import LSTM, Chain
    >>> network, x = Chain([LSTM(2, 3, rng=0)]), np.linspace(0, 1, 8).reshape(4, 2, 1)
    >>> whole = network.feedforward(x)
    >>> half = network.feedforward(x[:2])
    >>> remember(network, memory(network))
    >>> bool(np.allclose(network.feedforward(x[2:]), whole[2:]))
    True
    """
    return {
        name: {state: array.copy() for state, array in layer.final.items()}
        for name, layer in _continuing("memory", network).items()
    }


def remember(network: Layer, memory: Mapping[str, Mapping[str, Array]] | None) -> None:
    """The next forward passes of this thread's pass begin with these states, those of a `memory`; None: with 0."""
    layers, given = _continuing("remember", network), {} if memory is None else memory
    if not isinstance(given, Mapping) or not all(isinstance(states, Mapping) for states in given.values()):
        raise TypeError(refusal("remember", "memory", "what memory(network) gave, or None", memory))
    for name in given:
        choice(network.describe(), "every layer of the memory", name, list(layers))
    for name, layer in layers.items():
        layer.begin(**given.get(name, {}))


def _continuing(owner: str, network: Any) -> dict[str, Continuing]:
    instance(owner, "network", network, Layer, "model.chain")
    return {name: leaf for name, leaf in network.leaves().items() if isinstance(leaf, Continuing)}

"""What the decoder of a network looks at."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import instance
from leibnet.types import Array

from layers.attention.crossattention import CrossAttention
from layers.layer import Layer


def attend(network: Layer, context: Any, mask: Any = None) -> None:
    """Says what all `CrossAttention` layers of a network look at in the next forward passes of this thread's pass.

    Parameters
    ----------
    network : a layer that is made of layers, such as a `Chain`.
    context : (steps, features, N), not copied; None: nothing, until it is said anew.
    mask : which of its steps the samples have, (steps, N) of bool; default all.

    Raises
    ------
    ValueError : a network without such a layer; a context of other features, or a mask of another shape.

    Example
    -------
    >>> from layers import Attention, Chain, Residual
    >>> decoder = Chain([Residual([Attention(4, causal=True)]), Residual([CrossAttention(4)])])
    >>> attend(decoder, np.zeros((7, 4, 2)))
    >>> decoder.feedforward(np.ones((3, 4, 2))).shape
    (3, 4, 2)
    """
    for layer in _looking("attend", network):
        layer.attend(context, mask)


def contextGradient(network: Layer) -> Array:
    """The gradient of the loss with respect to the context, (steps, features, N): the sum of those of all layers.

    Of the last backward pass in this thread's pass; a new array. RuntimeError if there was none.
    """
    first, *others = (layer.contextGradient for layer in _looking("contextGradient", network))
    return sum(others, first.copy())


def _looking(owner: str, network: Any) -> list[CrossAttention]:
    instance(owner, "network", network, Layer, "a chain with CrossAttention in it")
    found = [leaf for leaf in network.leaves().values() if isinstance(leaf, CrossAttention)]
    if not found:
        raise ValueError(f"{owner}: expected a network with a CrossAttention layer in it, got {network!r}")
    return found

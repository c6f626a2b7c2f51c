"""A convolution and the max-pooling behind it, computed in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leibnet.types import Array

from activations import ReLU
from layers.images.conv2d import Conv2D
from layers.images.conv2dtranspose import Conv2DTranspose
from layers.images.pooling import MaxPooling2D
from layers.layer import Layer
from layers.passes import EVERYTHING, Wanted


class PooledConvolution:
    """y = ReLU(maxpool(W * x) + b), which is maxpool(ReLU(W * x + b)) to the bit, with less to do behind W * x.

    Neither function changes the order of numbers, so that the largest of a window stays the largest. Where all of a
    window are equal after ReLU, they are 0 and have no gradient, whichever of them is chosen; but where an unpooling
    layer would put something at the place of the one that is chosen, the two are computed one after the other. Numbers
    that differ so little that they are equal after b is added share no gradient: it goes to the larger one, not to the
    first.

    Stands in for the two layers in a chain's training passes; they themselves are the reference. Afterwards, the
    `output` and `preactivation` of the convolution and the `input` of the pooling layer are computed when they are
    asked for, with the parameters that there are by then; there is no `gradient` between the two.
    """

    def __init__(self, convolution: Conv2D | Conv2DTranspose, pool: MaxPooling2D) -> None:
        self._convolution, self._pool = convolution, pool

    def forward(self, x: Any, training: bool = True) -> Array:
        """That of the two layers."""
        return self._convolution.forwardThrough(x, self._pool, training)

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Array | None:
        """That of the two layers."""
        return self._convolution.backwardThrough(dy, self._pool, wanted)

    def skipBackward(self) -> None:
        """Says it to both."""
        self._convolution.skipBackward()
        self._pool.skipBackward()

    @property
    def learns(self) -> bool:
        """Whether the convolution does."""
        return self._convolution.learns


def pooled(layers: Sequence[Layer]) -> list[Layer | PooledConvolution]:
    """The layers, with those in one that may be."""
    found: list[Layer | PooledConvolution] = []
    for layer in layers:
        before = found[-1] if found else None
        if isinstance(layer, MaxPooling2D) and isinstance(before, (Conv2D, Conv2DTranspose)) and _agrees(before, layer):
            found[-1] = PooledConvolution(before, layer)
        else:
            found.append(layer)
    return found


def _agrees(convolution: Conv2D | Conv2DTranspose, pool: MaxPooling2D) -> bool:
    """Whether nothing but the pooling needs the convolution's output, and nothing the places of maxima that are 0.

    Layers of classes derived from these may compute something else, and are left alone.
    """
    plain = type(convolution) in (Conv2D, Conv2DTranspose) and type(pool) is MaxPooling2D
    return plain and type(convolution.activation) is ReLU and convolution.penalty is None and not pool.isReferredTo

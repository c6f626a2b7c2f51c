"""The last step of a sequence."""

from __future__ import annotations

from leibnet.types import Array, Shape

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted
from layers.sequences.steps import checkSequence, maskOf


class LastStep(Layer):
    """y = x[T]: of a sequence (steps, features, N) the last step, (features, N), for a label of the whole sequence.

    Of samples with different numbers of steps (`masked`) it is the last step that each of them has.

    Example
    -------
    >>> LastStep().feedforward(np.array([[[1.0]], [[2.0]], [[3.0]]]))
    array([[3.]])
    """

    def outputShape(self, inputShape: Shape) -> Shape:
        checkSequence(self, inputShape)
        return inputShape[1:]

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        mask = maskOf(self, x)
        now.last = None
        if mask is None:
            return x[-1]
        lasting = mask.any(axis=0)
        if not lasting.all():
            raise ValueError(
                f"{self.describe()}: expected sequences of at least one step, got none in sample "
                f"{int(lasting.argmin())}; look at the mask"
            )
        now.last = len(mask) - 1 - mask[::-1].argmax(axis=0)
        return np.moveaxis(x[now.last, ..., np.arange(x.shape[-1])], 0, -1)  # from (N, features)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = 0
        if now.last is None:
            dx[-1] = dy
        else:
            dx[now.last, ..., np.arange(dy.shape[-1])] = np.moveaxis(dy, -1, 0)
        return dx

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        return None

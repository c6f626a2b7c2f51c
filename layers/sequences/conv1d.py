"""The convolution of sequences."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array, Shape

import numpy as np

from layers.images.convolutional import Convolutional
from layers.images.windows import Axis
from layers.passes import Pass, Wanted
from layers.sequences.steps import checkFeatures, lasting, lies, maskOf, overlapping


class Conv1D(Convolutional):
    """z[t, o] = Σ_i Σ_c W[o, c, i] x[s t + i - p, c] + b[o],        y = f(z)

    The same weights at every place of a sequence (steps, features, N); x is 0 outside. As in `Conv2D`, it is called a
    convolution, and is a correlation. Waibel et al. 1989, "Phoneme recognition using time-delay neural networks".

    The steps of a window lie behind one another in memory. So all windows are a view of the sequence, (places, steps of
    the window · features, N), and nothing is copied for the product with the weights.

    Parameters
    ----------
    inputChannels, outputChannels : features of a step that come in and go out, positive integers.
    kernelSize : steps of the window.
    activation : f; default Identity().
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    strides : s, the steps in which the window moves; default 1.
    padding : "valid" (default): the window stays inside, p = 0; "same": zeros around, as for `Conv2D`; "causal": zeros
        before alone, p = kernelSize - 1, so that no output knows of a later step.
    initializer, rng, penalty : as for `Conv2D`.

    The weight is (outputChannels, inputChannels, kernelSize). Steps that a sample does not have (`masked`) are 0. It
    has those outputs whose windows lie within its steps or, with zeros around, those where it has a step.

    Example
    -------
    The difference of every step from the one before.

    >>> layer = Conv1D(1, 1, 2)
    >>> layer.weight = [[[-1, 1]]]
    >>> layer.feedforward(np.array([1.0, 4, 9, 16]).reshape(4, 1, 1)).ravel()
    array([3., 5., 7.])
    """

    isLinear = True

    paddings = "valid", "same", "causal"

    def _sides(self, name: str, value: Any) -> Shape:
        if isinstance(value, (tuple, list)) and len(value) == 1:  # as in files
            (value,) = value
        return (wholeNumber(self.name, name, value),)

    def _sample(self, shape: Shape) -> Shape:
        checkFeatures(self, shape, self.inputChannels)
        return shape

    def windows(self, shape: Shape) -> tuple[Axis]:
        """The places of the window on samples of this shape; ValueError where they are shorter than it."""
        steps, _ = self._sample(shape)
        (k,), (s,) = self.kernelSize, self.strides
        axis = Axis.of(steps, k, s, "valid" if self.padding == "valid" else "same")
        if not axis.m:
            remedy = 'take a smaller kernel, or padding="same"'
            expected = f"at least {k} steps, the size of the kernel"
            raise ValueError(refusal(self.describe(), "sequences", expected, steps, remedy))
        return (axis._replace(before=k - 1) if self.padding == "causal" else axis,)

    def outputShape(self, inputShape: Shape) -> Shape:
        (axis,) = self.windows(inputShape)
        return axis.m, self.outputChannels

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        (axis,) = self.windows(x.shape[:-1])
        now.axis, mask = axis, maskOf(self, x)
        now.missing = None if mask is None else ~mask[:, np.newaxis]
        now.steps = steps = self._padded(x, now)
        windows = overlapping(steps, axis.k, axis.m, axis.s)
        z = now.buffer("z", (axis.m, self.outputChannels, x.shape[-1]))
        return np.matmul(self._rows(), windows, out=z)  # (out, k · in) · (places, k · in, N)

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        axis, steps, dW = now.axis, now.steps, self.block.gradients["weight"]
        W = self._rows().reshape(self.outputChannels, axis.k, self.inputChannels)
        rows = _by_feature(dz) if wanted.parameters else None
        dsteps = now.buffer("dsteps", steps.shape) if wanted.input else None
        if dsteps is not None:
            dsteps[...] = 0
        for i in range(axis.k):
            here = slice(i, i + (axis.m - 1) * axis.s + 1, axis.s)  # where the window's step i was
            if rows is not None:  # (out, places · N) · (places · N, in)
                dW[:, :, i] = np.matmul(rows, _by_feature(steps[here]).T)
            if dsteps is not None:  # (in, out) · (places, out, N)
                dsteps[here] += np.matmul(W[:, i].T, dz)
        if dsteps is None:
            return None
        dx: Array = dsteps[axis.before : axis.before + axis.n]
        if now.missing is not None:
            np.copyto(dx, 0, where=now.missing)
        return dx

    def _padded(self, x: Array, now: Pass) -> Array:
        """x with its zeros before and after, its numbers behind one another in memory: x itself where it is that."""
        axis = now.axis
        length = max((axis.m - 1) * axis.s + axis.k, axis.before + axis.n)
        if length == axis.n and lies(x) and now.missing is None:
            return x
        steps = now.buffer("steps", (length, *x.shape[1:]))
        steps[: axis.before], steps[axis.before + axis.n :] = 0, 0
        here = steps[axis.before : axis.before + axis.n]
        here[...] = x
        if now.missing is not None:
            np.copyto(here, 0, where=now.missing)
        return steps

    def _rows(self) -> Array:
        """W as (out, k · in), a copy."""
        return np.moveaxis(self.weight, 2, 1).reshape(self.outputChannels, -1)

    def takeMask(self, mask: Array | None) -> Array | None:
        super().takeMask(mask)
        (k,), (s,) = self.kernelSize, self.strides
        if mask is None or self.padding != "valid":
            return None if mask is None else mask[::s]
        return lasting(mask, k)[::s]

    def multiplications(self, inputShape: Shape) -> int:
        return self.outputShape(inputShape)[0] * math.prod(self.weight.shape)


def _by_feature(steps: Array) -> Array:
    """A sequence (steps, features, N) as (features, steps · N), a copy."""
    return np.moveaxis(steps, 1, 0).reshape(steps.shape[1], -1)

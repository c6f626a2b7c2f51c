"""The transposed convolution of images."""

from __future__ import annotations

import math

from leibnet.types import Array, Shape

import numpy as np

from layers.images.convolutional import Convolutional
from layers.images.windows import Windows, flat, imageShape
from layers.passes import Pass, Wanted


class Conv2DTranspose(Convolutional):
    """z[o, s a + i - p, s b + j - p] += Σ_c W[o, c, i, j] x[c, a, b],        y = f(z + b)

    The adjoint of a `Conv2D` from its output to its input, with the same window, strides and padding: it enlarges where
    that reduces. ⟨Conv2D(y), x⟩ = ⟨y, Conv2DTranspose(x)⟩ for equal weights, in and out exchanged. Third lecture;
    Dumoulin & Visin 2016, arXiv:1603.07285, section 4.

    The memory of columns is bounded as in `Conv2D`.

    The size of the output is Keras's: for "same" n s, for "valid" n s + max(k - s, 0).

    Parameters
    ----------
    inputChannels, outputChannels, kernelSize, activation, optimizer, strides, padding, initializer, rng, penalty : as
        for `Conv2D`; the weight is (outputChannels, inputChannels, height, width).

    Example
    -------
    >>> layer = Conv2DTranspose(8, 3, 3, strides=2, padding="same")
    >>> layer.feedforward(np.ones((8, 7, 7, 50))).shape
    (3, 14, 14, 50)
    """

    isLinear = True

    def _fans(self, inputs: int, outputs: int) -> tuple[int, int]:
        step = math.prod(self.strides)  # of the window's numbers, one output is reached by every step-th
        return max(1, inputs // step), outputs

    def windows(self, shape: Shape) -> Windows:
        """The windows on the output, of which each number of the input is one."""
        _, *sides = imageShape(self.describe, shape, self.inputChannels)
        height, width = (
            n * s + (max(k - s, 0) if self.padding == "valid" else 0)
            for n, k, s in zip(sides, self.kernelSize, self.strides, strict=True)
        )
        return Windows.of(height, width, self.kernelSize, self.strides, self.padding)

    def outputShape(self, inputShape: Shape) -> Shape:
        windows = self.windows(inputShape)
        return (self.outputChannels, windows.vertical.n, windows.horizontal.n)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.windows = windows = self.windows(x.shape[:-1])
        W = self._rows()
        z = now.buffer("z", (*self.outputShape(x.shape[:-1]), x.shape[-1]))
        if self.padding == "same" and (direct := self._direct("enlarge", 2, x, now)) is not None:
            channels, height, width, n = x.shape
            padded = now.buffer("padded", (channels, height + 1, width + 1, n))
            direct(x, self.weight, z, padded, now.buffer("row", (4, width * n)))
            return z
        z[...] = 0
        for first, last in windows.blocks(self.outputChannels, x.shape[-1]):
            part, shape = flat(x[:, first:last]), windows.columnShape(self.outputChannels, first, last, x.shape[-1])
            columns = now.buffer("columns", (W.shape[0], part.shape[1]))
            np.matmul(W, part, out=columns)  # (out · k · k, in) · (in, places · N)
            windows.scatter(columns.reshape(shape), z, first, last)
        return z

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        x, W, windows = now.x, self._rows(), now.windows
        dx = now.buffer("dx", x.shape) if wanted.input else None
        contiguous = self._direct("enlargeGradient", 2, x, now) and self._direct("enlargeBackward", 2, dz, now)
        if self.padding == "same" and contiguous:
            self._directly(dz, now, wanted, dx)
            return dx
        dW = np.zeros_like(W)
        for first, last in windows.blocks(self.outputChannels, x.shape[-1]):
            dcolumns = self._columns(dz, windows, now, first, last)
            if wanted.parameters:  # (out · k · k, places · N) · (places · N, in)
                dW += np.matmul(dcolumns, flat(x[:, first:last]).T)
            if dx is not None:  # (in, out · k · k) · (out · k · k, places · N)
                np.matmul(W.T, dcolumns, out=flat(dx[:, first:last]))
        if wanted.parameters:
            shape = (self.outputChannels, *self.kernelSize, self.inputChannels)
            self.block.gradients["weight"][...] = dW.reshape(shape).transpose(0, 3, 1, 2)
        return dx

    def _directly(self, dz: Array, now: Pass, wanted: Wanted, dx: Array | None) -> None:
        x, (height, width) = now.x, now.windows.shape
        phases = now.buffer("phases", (len(dz), 2 * height + 1, 2, width + 1, x.shape[-1]))
        if wanted.parameters and (gradient := self._direct("enlargeGradient", 2, x, now)) is not None:
            gradient(x, dz, self.block.gradients["weight"], phases)
        if dx is not None and (backward := self._direct("enlargeBackward", 2, dz, now)) is not None:
            backward(dz, self.weight, dx, phases)

    def _rows(self) -> Array:
        """W as (out · k · k, in), a copy."""
        return self.weight.transpose(0, 2, 3, 1).reshape(-1, self.inputChannels)

    def multiplications(self, inputShape: Shape) -> int:
        return math.prod(inputShape) * self.outputChannels * math.prod(self.kernelSize)

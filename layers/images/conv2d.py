"""The convolution of images."""

from __future__ import annotations

import math

from leibnet.types import Array, Shape

import numpy as np

from layers.images.convolutional import Convolutional
from layers.images.windows import Windows, flat, imageShape, windowsOn
from layers.passes import Pass, Wanted


class Conv2D(Convolutional):
    """z[o, a, b] = Σ_c Σ_i Σ_j W[o, c, i, j] x[c, s a + i - p, s b + j - p] + b[o],        y = f(z)

    The same small window of weights at every place of an image (channels, height, width, N); x is 0 outside. It is
    called a convolution, and is a correlation, as everywhere in the field. Third lecture; LeCun et al. 1989.

    All windows are columns of a matrix, block by block of rows, each with one product; see `layers.images.windows`. A
    block has at most a million numbers (4 MB), or is one row of windows. In trainings with compiled kernels, windows of
    3 x 3 in steps of 1 and few channels need no columns, but a copy of x, or of dz, with zeros around.

    Parameters
    ----------
    inputChannels, outputChannels : positive integers.
    kernelSize : height and width of the window, a whole number or two.
    activation : f; default Identity().
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    strides : s, the steps in which the window moves, a whole number or two; default 1.
    padding : "valid" (default): the window stays inside, p = 0; "same": zeros around, so that with strides of 1 the
        size stays the same, otherwise it is divided by them, rounded up. See `layers.images.windows`.
    initializer : name or function, see `layers.initializer`; default what suits the activation (He for the ReLU family,
        Glorot otherwise), with inputChannels · height · width inputs for every output. Biases start at 0.
    rng : numpy.random.Generator or seed for the weights; default the library's own, which `nn.seed` sets.
    penalty : a `Penalty` on the outputs; default none.

    Example
    -------
    The third lecture's: a 7 x 7 image, and the window that looks for a diagonal.

    >>> image = np.array(
    ...     [
    ...         [0, 1, 1, 1, 0, 0, 0],
    ...         [0, 0, 1, 1, 1, 0, 0],
    ...         [0, 0, 0, 1, 1, 1, 0],
    ...         [0, 0, 0, 1, 1, 0, 0],
    ...         [0, 0, 1, 1, 0, 0, 0],
    ...         [0, 1, 1, 0, 0, 0, 0],
    ...         [1, 1, 0, 0, 0, 0, 0],
    ...     ],
    ...     float,
    ... )
    >>> layer = Conv2D(1, 1, 3)
    >>> layer.weight = [[[[1, 0, 1], [0, 1, 0], [1, 0, 1]]]]
    >>> layer.feedforward(image.reshape(1, 7, 7, 1))[0, :, :, 0].astype(int)
    array([[1, 4, 3, 4, 1],
           [1, 2, 4, 3, 3],
           [1, 2, 3, 4, 1],
           [1, 3, 3, 1, 1],
           [3, 3, 1, 1, 0]])
    """

    isLinear = True

    def windows(self, shape: Shape) -> Windows:
        """The windows on samples of this shape; ValueError where they are smaller than one."""
        image = imageShape(self.describe, shape, self.inputChannels)
        return windowsOn(self.describe, image, self.kernelSize, self.strides, self.padding, "kernel")

    def outputShape(self, inputShape: Shape) -> Shape:
        return (self.outputChannels, *self.windows(inputShape).shape)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.windows = windows = self.windows(x.shape[:-1])
        W = self.weight.reshape(self.outputChannels, -1)
        z = now.buffer("z", (self.outputChannels, *windows.shape, x.shape[-1]))
        if (direct := self._direct("convolve", 1, x, now)) is not None:
            direct(x, self.weight, z, *self._padded(x, windows, now))
            return z
        for first, last in windows.blocks(self.inputChannels, x.shape[-1]):
            # (out, in · k · k) · (in · k · k, places · N)
            np.matmul(W, self._columns(x, windows, now, first, last), out=flat(z[:, first:last]))
        return z

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        dx = now.buffer("dx", now.x.shape) if wanted.input else None
        if self._direct("convolveGradient", 1, now.x, now) and self._direct("convolve", 1, dz, now):
            self._directly(dz, now, wanted, dx)
        elif now.windows.step == (1, 1) and self.outputChannels <= self.inputChannels:
            self._gather(dz, now, wanted, dx)
        else:
            self._scatter(dz, now, wanted, dx)
        return dx

    def _padded(self, x: Array, windows: Windows, now: Pass) -> tuple[Array, int, int]:
        """Room for images with the zeros around them that these windows see, and where the images stand in it."""
        rows, columns = windows.shape
        shape = len(x), rows + 2, columns + 2, x.shape[-1]
        return now.buffer("padded", shape), windows.vertical.before, windows.horizontal.before

    def _directly(self, dz: Array, now: Pass, wanted: Wanted, dx: Array | None) -> None:
        x, windows = now.x, now.windows
        if wanted.parameters and (gradient := self._direct("convolveGradient", 1, x, now)) is not None:
            gradient(x, dz, self.block.gradients["weight"], *self._padded(x, windows, now))
        if dx is not None and (convolve := self._direct("convolve", 1, dz, now)) is not None:
            convolve(dz, self._reversed(), dx, *self._padded(dz, windows.reversed, now))

    def _reversed(self) -> Array:
        """The weights (in, out, k, k) that bring the places of the windows back to the numbers, a copy."""
        return np.ascontiguousarray(self.weight.swapaxes(0, 1)[:, :, ::-1, ::-1])

    def _gather(self, dz: Array, now: Pass, wanted: Wanted, dx: Array | None) -> None:
        """Both gradients from the windows of dz around every number of x, in which the weights are reversed."""
        x, windows = now.x, now.windows.reversed
        W = self._reversed().reshape(self.inputChannels, -1)
        dW = np.zeros_like(W)
        for first, last in windows.blocks(self.outputChannels, x.shape[-1]):
            columns = self._columns(dz, windows, now, first, last)
            if wanted.parameters:  # (in, numbers · N) · (numbers · N, out · k · k)
                dW += np.matmul(flat(x[:, first:last]), columns.T)
            if dx is not None:  # (in, out · k · k) · (out · k · k, numbers · N)
                np.matmul(W, columns, out=flat(dx[:, first:last]))
        if wanted.parameters:
            shape = self.inputChannels, self.outputChannels, *self.kernelSize
            self.block.gradients["weight"][...] = dW.reshape(shape).swapaxes(0, 1)[:, :, ::-1, ::-1]

    def _scatter(self, dz: Array, now: Pass, wanted: Wanted, dx: Array | None) -> None:
        """The weights' gradient from the windows of x, and dx by adding up what every window gives."""
        x, windows, W = now.x, now.windows, self.weight.reshape(self.outputChannels, -1)
        dW = self.block.gradients["weight"].reshape(W.shape)
        if wanted.parameters:
            dW[...] = 0
        if dx is not None:
            dx[...] = 0
        for first, last in windows.blocks(self.inputChannels, x.shape[-1]):
            part = flat(dz[:, first:last])
            if wanted.parameters:  # (out, places · N) · (places · N, in · k · k)
                dW += np.matmul(part, self._columns(x, windows, now, first, last).T)
            if dx is not None:  # (in · k · k, out) · (out, places · N), to where the windows were
                shape = windows.columnShape(self.inputChannels, first, last, x.shape[-1])
                dcolumns = np.matmul(W.T, part, out=now.buffer("columns", (W.shape[1], part.shape[1])))
                windows.scatter(dcolumns.reshape(shape), dx, first, last)

    def multiplications(self, inputShape: Shape) -> int:
        places = math.prod(self.windows(inputShape).shape)
        return self.outputChannels * self.inputChannels * math.prod(self.kernelSize) * places

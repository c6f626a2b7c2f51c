"""Pooling: a window's numbers become one."""

from __future__ import annotations

import math
from abc import abstractmethod

from leibnet.types import Array, Shape

import numpy as np

from layers.images.windows import Windows, imageShape, paddingOf, pair, windowsOn
from layers.layer import Layer
from layers.passes import Pass, Wanted


class Pooling2D(Layer):
    """A window moves over every channel of an image (channels, height, width, N). Base of the two below.

    Parameters
    ----------
    poolSize : height and width of the window, a whole number or two; default 2.
    strides : the steps in which it moves; default its size: the windows lie side by side.
    padding : "valid" (default) or "same", see `layers.images.windows`; what lies outside plays no part.
    """

    def __init__(self, poolSize: int | Shape = 2, strides: int | Shape | None = None, padding: str = "valid") -> None:
        super().__init__()
        self.poolSize = pair(self.name, "poolSize", poolSize)
        self.strides = self.poolSize if strides is None else pair(self.name, "strides", strides)
        self.padding = paddingOf(self.name, padding)

    def windows(self, shape: Shape) -> Windows:
        """The windows on samples of this shape; ValueError where they are smaller than one."""
        image = imageShape(self.describe, shape)
        return windowsOn(self.describe, image, self.poolSize, self.strides, self.padding, "window")

    def outputShape(self, inputShape: Shape) -> Shape:
        return (inputShape[0], *self.windows(inputShape).shape)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.windows = windows = self.windows(x.shape[:-1])
        now.before = None  # the layer before it, where that is computed behind it
        return self._pool(x, now, now.buffer("y", (len(x), *windows.shape, x.shape[-1])))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return self._spread(dy, now, now.buffer("dx", now.x.shape)) if wanted.input else None

    @property
    def input(self) -> Array:
        """The input of the last forward pass."""
        now = self.passed()
        return now.x if now.before is None else now.before.output

    @property
    def gradient(self) -> Array:
        now = self.passed()
        if now.before is not None:
            raise RuntimeError(
                f"{self.describe()} is computed in one with {now.before.describe()} in a chain's training, with no "
                "gradient between the two; take that of the layer before"
            )
        return super().gradient

    @abstractmethod
    def _pool(self, x: Array, now: Pass, y: Array) -> Array:
        """y for x."""

    @abstractmethod
    def _spread(self, dy: Array, now: Pass, dx: Array) -> Array:
        """dx: to every number what the windows' dy give it."""

    def __repr__(self) -> str:
        size, step = ("x".join(map(str, sides)) for sides in (self.poolSize, self.strides))
        steps = "" if self.strides == self.poolSize else f" by {step}"
        return f"{self.name} {size}{steps}{'' if self.padding == 'valid' else ', same'}"


class MaxPooling2D(Pooling2D):
    """The largest number of each window. Third lecture.

    Of equal ones the first counts, row by row: it alone gets the gradient, and its place is in `now.winners`,
    (channels, rows, columns, N), as its number in the window. `MaxUnpooling2D` puts numbers back there.

    Parameters
    ----------
    poolSize, strides, padding : as for every `Pooling2D`: 2, the size of the window, and "valid".

    Attributes
    ----------
    isReferredTo : whether a `MaxUnpooling2D` takes its places.

    Example
    -------
    >>> x = np.array([[1.0, 2, 5, 0], [4, 3, 0, 5]]).reshape(1, 2, 4, 1)
    >>> MaxPooling2D(2).feedforward(x).ravel()
    array([4., 5.])
    """

    isReferredTo = False

    def _pool(self, x: Array, now: Pass, y: Array) -> Array:
        taps = now.windows.taps
        kind = np.empty(0, np.uint8 if taps <= 256 else np.uint32)
        now.winners = winners = now.buffer("winners", y.shape, kind)
        if (fused := now.kernel("maxima", x)) is not None:
            fused(x, y, winners, now.buffer("place", x.shape[-1:]), *now.windows.geometry)
        else:
            larger, won = now.buffer("larger", y.shape, np.empty(0, bool)), now.buffer("won", y.shape, kind)
            _maxima(x, y, winners, larger, won, now.windows)
        return y

    def _spread(self, dy: Array, now: Pass, dx: Array) -> Array:
        unpool(dy, now.winners, dx, now.windows, now)
        return dx


def _maxima(x: Array, y: Array, winners: Array, larger: Array, won: Array, windows: Windows) -> None:
    """y and winners ← of every window the largest number of x, and the number in the window of the first such one."""
    number, y[...], winners[...] = winners.dtype.type, -math.inf, 0
    for place, tap in enumerate(windows.each()):
        here, best, places = x[tap.numbers], y[tap.places], tap.places
        np.greater(here, best, out=larger[places])
        np.maximum(here, best, out=best)
        np.multiply(larger[places].view(np.uint8), number(place), out=won[places])  # more than those before it
        np.maximum(winners[places], won[places], out=winners[places])


def unpool(values: Array, winners: Array, x: Array, windows: Windows, now: Pass) -> None:
    """x ← every window's value at the place of its winner, 0 elsewhere; values for the same place are added."""
    if (fused := now.kernel("unpool", values)) is not None:
        fused(values, winners, x, *windows.geometry)
    else:
        _unpool(values, winners, x, windows)


def _unpool(values: Array, winners: Array, x: Array, windows: Windows) -> None:
    if not windows.fill:
        x[...] = 0
    for number, tap in enumerate(windows.each()):
        places, here = tap.places, x[tap.numbers]
        chosen = winners[places] == number
        if windows.disjoint:
            np.multiply(values[places], chosen, out=here)
        else:
            here += values[places] * chosen


class AveragePooling2D(Pooling2D):
    """The mean of each window's numbers, of those that lie inside the image.

    Parameters
    ----------
    poolSize, strides, padding : as for every `Pooling2D`: 2, the size of the window, and "valid".
    """

    isLinear = True

    def _pool(self, x: Array, now: Pass, y: Array) -> Array:
        y[...] = 0
        now.counts = np.zeros((1, *now.windows.shape, 1), x.dtype)
        for tap in now.windows.each():
            y[tap.places] += x[tap.numbers]
            now.counts[tap.places] += 1
        y /= now.counts
        return y

    def _spread(self, dy: Array, now: Pass, dx: Array) -> Array:
        share = np.divide(dy, now.counts, out=now.buffer("share", dy.shape))
        dx[...] = 0
        for tap in now.windows.each():
            dx[tap.numbers] += share[tap.places]
        return dx


class GlobalAveragePooling2D(Layer):
    """The mean of every channel, (channels, N). Lin et al. 2013, "Network in network", arXiv:1312.4400."""

    isLinear = True

    def outputShape(self, inputShape: Shape) -> Shape:
        return imageShape(self.describe, inputShape)[:1]

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        self.outputShape(x.shape[:-1])
        return np.mean(x, axis=(1, 2), out=now.buffer("y", (len(x), x.shape[-1])))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = (dy / math.prod(now.x.shape[1:3]))[:, np.newaxis, np.newaxis]
        return dx

"""Where the windows of a convolution or a pooling lie, and their numbers as columns.

Along one axis of n numbers, a window of k numbers that moves in steps of s has m places. Its number i at place o is

    x[s o + i - before],        0 where that is outside

`before` and `after` are how many zeros are thought before and after the n numbers:

    "valid"     none: m = ⌊(n - k) / s⌋ + 1
    "same"      so many that m = ⌈n / s⌉, and one more after than before where they cannot be equal (as in Keras)

All windows of an image together are a matrix, for one product with the weights (im2col, Chellapilla et al. 2006).
Samples are the last axis, so that whole rows of numbers are copied, one slice for each of a window's k · k numbers:

    columns[:, i, j, a, b] = x[:, s a + i - before, s b + j - before]        (channels, k, k, m, m, N)

Blocks of rows bound the memory that they take.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from leibnet.arguments import choice, refusal, wholeNumber
from leibnet.types import Array, Shape

PADDINGS = "valid", "same"
BLOCK = 2**20  # numbers in the columns of one block; larger ones leave the processor's cache


class Axis(NamedTuple):
    """The places of a window along one axis.

    Attributes
    ----------
    n, k, s : numbers of the axis, of the window, of a step.
    before : zeros before the first number.
    m : places of the window.
    """

    n: int
    k: int
    s: int
    before: int
    m: int

    @classmethod
    def of(cls, n: int, k: int, s: int, padding: str) -> Axis:
        """The places for n numbers; m is 0 where the window is larger than they are."""
        if padding == "valid":
            return cls(n, k, s, 0, max((n - k) // s + 1, 0))
        m = -(-n // s)
        return cls(n, k, s, max((m - 1) * s + k - n, 0) // 2, m)

    @property
    def reversed(self) -> Axis:
        """Of a window that moves in steps of 1, how the numbers lie on the places: those that reach a number.

        Number i of the window at place o is number k - 1 - i of the window on the places at the number.
        """
        return Axis(self.m, self.k, 1, self.k - 1 - self.before, self.n)

    def places(self, i: int, first: int = 0, last: int | None = None) -> tuple[int, int]:
        """The places, of those from `first` to before `last`, at which number i of the window is inside."""
        last = self.m if last is None else last
        low = max(-(-(self.before - i) // self.s), first)
        return low, max(min((self.n - 1 + self.before - i) // self.s + 1, last), low)

    def numbers(self, i: int, low: int, high: int) -> slice:
        """Where number i of the window lies at the places from low to before high."""
        start = low * self.s + i - self.before
        return slice(start, start + (high - low - 1) * self.s + 1, self.s) if high > low else slice(0, 0)


class Tap(NamedTuple):
    """One number of the window: its place in it, and where it lies.

    Attributes
    ----------
    i, j : row and column in the window.
    rows, columns : the places of the window, as slices, at which the number is inside.
    inputRows, inputColumns : where it lies in the image at these places.
    """

    i: int
    j: int
    rows: slice
    columns: slice
    inputRows: slice
    inputColumns: slice

    @property
    def places(self) -> tuple[slice, slice, slice]:
        """The index of the windows, in an array (channels, rows, columns, N), in which the number is inside."""
        return slice(None), self.rows, self.columns

    @property
    def numbers(self) -> tuple[slice, slice, slice]:
        """The index of the number, in images (channels, height, width, N), for these windows."""
        return slice(None), self.inputRows, self.inputColumns


class Windows(NamedTuple):
    """The windows on images of one size.

    Attributes
    ----------
    vertical, horizontal : the places along height and width.
    """

    vertical: Axis
    horizontal: Axis

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, height: int, width: int, size: Shape, strides: Shape, padding: str) -> Windows:
        """The windows of this size on images (channels, height, width)."""
        return cls(Axis.of(height, size[0], strides[0], padding), Axis.of(width, size[1], strides[1], padding))

    @property
    def shape(self) -> Shape:
        """How many places there are, (rows, columns)."""
        return self.vertical.m, self.horizontal.m

    @property
    def step(self) -> Shape:
        """In which steps they move, (rows, columns)."""
        return self.vertical.s, self.horizontal.s

    @property
    def geometry(self) -> tuple[Shape, Shape, Shape]:
        """Their size, their steps, and how many numbers are thought before the first, each (rows, columns)."""
        return tuple(zip(*((axis.k, axis.s, axis.before) for axis in self), strict=True))  # type: ignore[return-value]

    @property
    def reversed(self) -> Windows:
        """The windows on the places that a number is reached by, where they move in steps of 1."""
        return Windows(self.vertical.reversed, self.horizontal.reversed)

    @property
    def taps(self) -> int:
        """Numbers in a window."""
        return self.vertical.k * self.horizontal.k

    @property
    def disjoint(self) -> bool:
        """Whether no number lies in two of them."""
        return all(axis.k <= axis.s for axis in self)

    @property
    def fill(self) -> bool:
        """Whether every number lies in one of them, and exactly one."""
        return all(axis.k == axis.s and axis.m * axis.s == axis.n for axis in self)

    @lru_cache(maxsize=1024)  # noqa: B019  (a tuple of numbers: none is kept alive that would be large)
    def each(self, first: int = 0, last: int | None = None) -> tuple[Tap, ...]:
        """The numbers of the window, at the rows of places from `first` to before `last`; slices count from `first`."""
        taps = []
        for i in range(self.vertical.k):
            low, high = self.vertical.places(i, first, last)
            rows, input_rows = slice(low - first, high - first), self.vertical.numbers(i, low, high)
            for j in range(self.horizontal.k):
                left, right = self.horizontal.places(j)
                taps.append(Tap(i, j, rows, slice(left, right), input_rows, self.horizontal.numbers(j, left, right)))
        return tuple(taps)

    def blocks(self, channels: int, samples: int) -> list[tuple[int, int]]:
        """Rows of places in blocks (first, last) whose columns have at most `BLOCK` numbers, or are one row."""
        rows, columns = self.shape
        size = max(1, BLOCK // max(1, channels * self.taps * columns * samples))
        return [(first, min(first + size, rows)) for first in range(0, rows, size)]

    def columnShape(self, channels: int, first: int, last: int, samples: int) -> Shape:
        """(channels, k, k, rows, places, N), of the windows at the rows of places from `first` to before `last`."""
        return channels, self.vertical.k, self.horizontal.k, last - first, self.horizontal.m, samples

    def gather(self, x: Array, columns: Array, first: int, last: int) -> None:
        """Writes the windows of x (channels, height, width, N) at the rows of places from `first` to before `last`.

        `columns` has the `columnShape`.
        """
        for tap in self.each(first, last):
            here = columns[:, tap.i, tap.j]
            here[:, : tap.rows.start] = 0
            here[:, tap.rows.stop :] = 0
            inside = here[:, tap.rows]
            inside[:, :, : tap.columns.start] = 0
            inside[:, :, tap.columns.stop :] = 0
            inside[:, :, tap.columns] = x[tap.numbers]

    def scatter(self, columns: Array, x: Array, first: int, last: int) -> None:
        """Adds what `gather` would have read to where it would have read it: its adjoint."""
        for tap in self.each(first, last):
            x[tap.numbers] += columns[:, tap.i, tap.j][tap.places]


def flat(images: Array) -> Array:
    """Images (channels, height, width, N), or rows of them, as (channels, height · width · N): a view."""
    return images.reshape(len(images), -1)


def pair(owner: str, name: str, value: Any, least: int = 1) -> Shape:
    """A whole number, or two for height and width, as two."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(refusal(owner, name, "a whole number, or two for height and width", value))
        return wholeNumber(owner, name, value[0], least), wholeNumber(owner, name, value[1], least)
    return (wholeNumber(owner, name, value, least),) * 2


def paddingOf(owner: str, value: Any) -> str:
    """ "valid" or "same"."""
    return choice(owner, "padding", value, PADDINGS)


def windowsOn(
    describe: Callable[[], str], shape: Shape, size: Shape, strides: Shape, padding: str, what: str
) -> Windows:
    """The windows on samples of this shape; ValueError where they are smaller than one, which is called `what`.

    `describe` says for its message which layer asks.
    """
    _, height, width = shape
    windows = Windows.of(height, width, size, strides, padding)
    if not math.prod(windows.shape):
        raise ValueError(
            f"{describe()}: expected images of at least {size[0]} x {size[1]}, the size of the {what}, got {height} x "
            f'{width}; take a smaller {what}, or padding="same"'
        )
    return windows


def imageShape(describe: Callable[[], str], shape: Shape, channels: int | None = None) -> Shape:
    """The shape of a sample, if it is an image (channels, height, width), of so many channels; else ValueError."""
    if len(shape) == 3 and (channels is None or shape[0] == channels):
        return shape
    wanted = f"({'channels' if channels is None else channels}, height, width, N)"
    hint = ""
    if len(shape) == 1:
        hint = "; make images of columns with Dataset(..., images=True) or Reshape((channels, height, width))"
    elif len(shape) == 2 and channels in (None, 1):
        hint = "; grey images have one channel, x[np.newaxis]"
    elif len(shape) == 3 and channels is not None and shape[-1] == channels:
        hint = "; channels come first, np.moveaxis(x, -2, 0)"
    elif len(shape) == 3 and channels is not None and shape[1] == channels:
        hint = "; samples come last, np.moveaxis(x, 0, -1)"
    got = f"({', '.join(map(str, (*shape, 'N')))})"
    raise ValueError(f"{describe()}: expected images of shape {wanted}, got {got}{hint}")

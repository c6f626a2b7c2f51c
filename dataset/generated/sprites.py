"""Sprites: an ellipse, a square or a triangle in every position, size and rotation; each image is drawn when needed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.rendering import Rendering
from dataset.source import Request, Source

SHAPES = ("ellipse", "square", "triangle")
FACTORS = ("shape", "scale", "rotation", "x", "y")
LEAST = 8  # pixels across the largest shapes: with fewer, an ellipse cannot be told from a triangle
TESTED = 10  # one of so many sprites is a test sample
DESCRIPTION = "Sprites after the toy problem of M. Peychev (University of Cambridge, unpublished), drawn when needed."


def _sprites(request: Request, *, side: int = 64, scales: int = 6, rotations: int = 60, positions: int = 16) -> Source:
    """Binary images of one shape, white on black, without antialiasing: all combinations of five factors.

        shape       ellipse (half as wide as long), square, triangle (equilateral), centred where x and y say
        scale       the largest distance from the centre to the edge: R/2 to R in equal steps
        rotation    0 to π in equal steps, both ends included, counter-clockwise
        x, y        from left to right, from above downwards, in equal steps of whole pixels

    A pixel is white if its centre lies in the shape, edges included. The step of positions is the largest with which
    they take up at most half the side, but at least one pixel; what is left is the diameter 2R of the largest shapes,
    so that all are wholly inside: with the defaults 2R = 34 of 64 pixels and a step of 2, with side=32 17 and 1.

    Of equal images (a square turned by π, coarse pixels) only the one with the smallest factors, the first of them
    first, is kept. Of the 276,480 combinations of the defaults 258,048 are left, with side=32 188,672.

    A tenth of them, rounded up and chosen at random independently of `rng`, is the test part: everybody tests on the
    same sprites. `rng` decides on the order of the others. The labels are the numbers of the factors, from 0 on.

    Options:
        side: height and width, default 64.
        scales: number of scales, default 6; a single one is the largest.
        rotations: number of rotations, default 60; a single one is 0.
        positions: number of positions in x as in y, default 16.

    Source: P. Veličković, lecture on autoencoders, "Example toy problem (Peychev et al., unpublished)", which counts
    267,021 images without duplicates; how large its shapes are is not said.
    """
    side = wholeNumber("Dataset", "side", side)
    scales, rotations, positions = (
        wholeNumber("Dataset", name, value)
        for name, value in (("scales", scales), ("rotations", rotations), ("positions", positions))
    )
    gaps = positions - 1
    step = max(1, side // (2 * gaps)) if gaps else 0
    width = side - step * gaps
    if width < LEAST:
        expected = f"at least {LEAST + gaps}, for shapes of {LEAST} pixels at {positions} positions"
        raise ValueError(refusal("Dataset", "side", expected, side, "make it larger, or ask for fewer positions"))
    atlas = _Atlas(_masks(width, scales, rotations), side, step, positions)
    rows = atlas.distinct()
    # RandomState, because NumPy promises its stream for ever (NEP 19), unlike that of a Generator.
    order = np.random.RandomState(0).permutation(len(rows))
    tested = -(-len(rows) // TESTED)
    train, test = rows[request.rng.permutation(np.sort(order[tested:]))], rows[order[:tested]]
    return Source(
        "sprites",
        *(train, train),
        *(test, test),
        white=1,
        imageShape=(side, side),
        rendering=Rendering(atlas.draw, (1, side, side), FACTORS, atlas.sizes, atlas.checksum()),
        description=DESCRIPTION,
    )


LOADERS: dict[str, Callable[..., Source]] = {"sprites": _sprites}


def _masks(width: int, scales: int, rotations: int) -> Array:
    """Where the shapes are in a square of `width` pixels around them, (shapes, scales, rotations, width, width).

    Turned back by the angle of rotation, a pixel's centre is (u, v). It lies in the shape if r(u, v) <= R, for

        ellipse     r = √(u² + (2v)²)
        square      r = √2 max(|u|, |v|)
        triangle    r = 2 max(-v, √3/2 |u| + v/2)
    """
    x = np.arange(width) - (width - 1) / 2
    y = -x[:, np.newaxis]
    angle = np.linspace(0, np.pi, rotations)[:, np.newaxis, np.newaxis]
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    ellipse = np.hypot(u, 2 * v)
    square = np.sqrt(2) * np.maximum(abs(u), abs(v))
    triangle = 2 * np.maximum(-v, np.sqrt(0.75) * abs(u) + v / 2)
    r = np.stack((ellipse, square, triangle))[:, np.newaxis]
    radius = width / 2 * np.linspace(1, 0.5, scales)[::-1, np.newaxis, np.newaxis, np.newaxis]
    return (r <= radius * (1 + 1e-9)).astype(np.uint8)  # the rounding of a rotation leaves centres on an edge inside


@dataclass(frozen=True)
class _Atlas:
    """Shapes `masks` (shapes, scales, rotations, width, width), to be put at positions `step` pixels apart."""

    masks: Array
    side: int
    step: int
    positions: int

    @cached_property
    def _windows(self) -> Array:
        """All windows (kinds, tops, lefts, side, side) of each shape in the middle of a larger black square, a view.

        A sprite is one of them: where the window lies is where the shape is in it.
        """
        width, margin = self.masks.shape[-1], self.step * (self.positions - 1)
        framed = np.pad(self.masks.reshape(-1, width, width), ((0, 0), (margin, margin), (margin, margin)))
        return np.lib.stride_tricks.sliding_window_view(framed, (self.side, self.side), axis=(1, 2))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each factor has."""
        return *self.masks.shape[:3], self.positions, self.positions

    def draw(self, rows: Array) -> Array:
        """The sprites (n, side, side) of factors (n, 5)."""
        shape, scale, rotation, x, y = rows.T.astype(np.intp)
        kind = np.ravel_multi_index((shape, scale, rotation), self.masks.shape[:3])
        left, top = (self.step * (self.positions - 1 - place) for place in (x, y))
        images: Array = self._windows[kind, top, left]
        return images

    def distinct(self) -> Array:
        """The factors (n, 5) of all different sprites, in order.

        No shape is another one shifted, as all lie around the centre: sprites are equal if shape and place are.
        """
        flat = np.packbits(self.masks.reshape(-1, self.masks.shape[-1] ** 2), axis=1)
        kinds = np.sort(np.unique(flat, axis=0, return_index=True)[1])
        rows = np.indices((len(kinds), self.positions, self.positions), np.uint16).reshape(3, -1)
        factors = np.unravel_index(kinds[rows[0]], self.masks.shape[:3])
        return np.stack([*factors, *rows[1:]], axis=1).astype(np.uint16)

    def checksum(self) -> int:
        """CRC-32 of the shapes."""
        return zlib.crc32(self.masks.tobytes(), self.step)

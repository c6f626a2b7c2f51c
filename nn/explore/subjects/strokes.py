"""Strokes of a pen, and the ink that they leave."""

from __future__ import annotations

import math

from leibnet.types import Array

import numpy as np

SIDE = 280  # pixels a side of the ink
MOST_POINTS = 20_000
WIDTHS = 0.01, 0.3


class Strokes:
    """What was drawn in a field of side 1, from its upper left corner: strokes, each a line through points.

    >>> strokes = Strokes()
    >>> strokes.begin(0.5, 0.2, width=0.1)
    >>> strokes.extend([(0.5, 0.8)])
    >>> ink = strokes.ink()
    >>> ink.shape, float(ink[140, 140]), float(ink[140, 20])
    ((280, 280), 1.0, 0.0)
    """

    def __init__(self) -> None:
        self._lines: list[tuple[float, list[tuple[float, float]]]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def begin(self, x: float, y: float, width: float = 0.07) -> None:
        """Puts the pen down, whose `width` is a share of the field's side, from 0.01 to 0.3."""
        self._lines.append((min(max(width, WIDTHS[0]), WIDTHS[1]), []))
        self.extend([(x, y)])

    def extend(self, points: list[tuple[float, float]]) -> None:
        """Leads the pen through these points. ValueError beyond 20,000 points in all, or where one is no number."""
        if not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
            raise ValueError(f"expected points of two numbers, got {points}")
        if sum(len(line) for _, line in self._lines) + len(points) > MOST_POINTS:
            raise ValueError(f"there are more than {MOST_POINTS:,} points in the drawing: clear it")
        if self._lines:
            self._lines[-1][1].extend((min(max(x, -1.0), 2.0), min(max(y, -1.0), 2.0)) for x, y in points)

    def undo(self) -> None:
        """Takes the last stroke away, if there is one."""
        del self._lines[-1:]

    def clear(self) -> None:
        """Takes all strokes away."""
        self._lines.clear()

    def ink(self, points: int | None = None) -> Array:
        """The field as grey values (280, 280), ink 1 and paper 0; with `points`, after that many points."""
        from PIL import Image, ImageDraw

        field = Image.new("L", (2 * SIDE, 2 * SIDE))
        draw, left = ImageDraw.Draw(field), MOST_POINTS if points is None else points
        for width, line in self._lines:
            ends = [(2 * SIDE * x, 2 * SIDE * y) for x, y in line[:left]]
            left -= len(ends)
            radius = SIDE * width
            if len(ends) > 1:
                draw.line(ends, fill=255, width=max(1, round(2 * radius)))
            for x, y in ends:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        ink = np.asarray(field, float) / 255
        return ink.reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))

    @property
    def points(self) -> int:
        """How many points there are."""
        return sum(len(line) for _, line in self._lines)

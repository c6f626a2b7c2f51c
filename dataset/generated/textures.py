"""Textures: pictures that look the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.arguments import choice, randomGenerator, wholeNumber
from leibnet.randomness import data
from leibnet.types import Array

import numpy as np

INK, PAPER = (0.10, 0.16, 0.30), (0.96, 0.92, 0.82)
TILES = ((0.16, 0.38, 0.42), (0.93, 0.80, 0.45), (0.80, 0.33, 0.24), (0.95, 0.93, 0.86))
SEA = ((0.03, 0.10, 0.25), (0.08, 0.36, 0.55), (0.45, 0.76, 0.80), (0.97, 0.97, 0.90))
CLAY, MORTAR = (0.62, 0.26, 0.18), (0.80, 0.76, 0.70)
SCALES = ((0.05, 0.24, 0.22), (0.15, 0.52, 0.42), (0.75, 0.83, 0.45))


def texture(name: str, size: int = 256, rng: np.random.Generator | int | None = None) -> Array:
    """A texture in colour, (3, size, size, 1) of float32 from 0 to 1.

    Parameters
    ----------
    name : "stripes" (of ink, as of a brush, on paper), "checks" (tiles in four colours), "waves" (noise of several
        octaves as heights of water), "bricks" or "scales" (of a fish or a roof).
    size : in pixels; the pattern has the same size in pixels always. Default 256.
    rng : a generator or a seed; default the library's own of data.

    Example
    -------
    >>> texture("bricks", 64, rng=0).shape
    (3, 64, 64, 1)
    """
    draw = TEXTURES[choice("texture", "name", name, tuple(TEXTURES))]
    rng = randomGenerator("texture", rng) or data.generator
    size = wholeNumber("texture", "size", size)
    down, right = np.mgrid[:size, :size].astype(float)
    picture = np.clip(draw(down, right, rng), 0, 1)
    return np.ascontiguousarray(picture, np.float32)[..., np.newaxis]


def _stripes(down: Array, right: Array, rng: np.random.Generator) -> Array:
    bent = 0.8 * right + 0.6 * down + 9 * _noise(down.shape, 48, rng)
    stroke = _soft(np.sin(2 * np.pi * bent / 22) + 0.5 * _noise(down.shape, 12, rng), 0.25)
    return _mixed(INK, PAPER, stroke) + 0.05 * _noise(down.shape, 2, rng)


def _checks(down: Array, right: Array, rng: np.random.Generator) -> Array:
    side = 24
    rows, columns = (down // side).astype(int), (right // side).astype(int)
    colours = np.asarray(TILES)[rng.integers(len(TILES), size=(rows.max() + 1, columns.max() + 1))][rows, columns]
    edge = np.minimum(*(side / 2 - np.abs(axis % side - (side - 1) / 2) for axis in (down, right)))
    light = 1 + 0.12 * _noise(down.shape, 10, rng)
    return _mixed(INK, np.moveaxis(colours, -1, 0) * light, _soft(edge - 1.6, 0.8))


def _waves(down: Array, right: Array, rng: np.random.Generator) -> Array:
    height = sum(_noise(down.shape, scale, rng) * scale for scale in (6, 12, 24)) / 20
    bent = down + 0.15 * right + 4 * height + 5 * _noise(down.shape, 40, rng)
    crest = 0.5 + 0.5 * np.sin(2 * np.pi * bent / 30)
    return _coloured(SEA, crest**1.7 + 0.12 * height)


def _bricks(down: Array, right: Array, rng: np.random.Generator) -> Array:
    height, width = 18, 40
    row = (down // height).astype(int)
    along = right + row % 2 * width / 2
    column = (along // width).astype(int)
    edge = np.minimum(
        height / 2 - np.abs(down % height - (height - 1) / 2), width / 2 - np.abs(along % width - (width - 1) / 2)
    )
    each = rng.uniform(0.7, 1.25, size=(row.max() + 1, column.max() + 1))[row, column]
    rough = 1 + 0.14 * _noise(down.shape, 3, rng) + 0.1 * _noise(down.shape, 9, rng)
    return _mixed(MORTAR, np.asarray(CLAY)[:, np.newaxis, np.newaxis] * each * rough, _soft(edge - 2.2, 0.8))


def _scales(down: Array, right: Array, rng: np.random.Generator) -> Array:
    radius = 16
    shade = np.zeros_like(down)
    for row in range(int(down.max() // (radius / 2)) + 3, -2, -1):  # those above lie on those below
        middle = (right + row % 2 * radius) % (2 * radius) - radius
        distance = np.hypot(middle, down - row * radius / 2) / radius
        shade = np.where(distance < 1, 0.15 + 0.85 * distance**2 * (distance < 0.9), shade)
    return _coloured(SCALES, shade + 0.12 * _noise(down.shape, 8, rng))


TEXTURES: dict[str, Callable[[Array, Array, np.random.Generator], Any]] = {
    "stripes": _stripes,
    "checks": _checks,
    "waves": _waves,
    "bricks": _bricks,
    "scales": _scales,
}


def _noise(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Array:
    """Smooth noise of mean 0 and deviation 1 whose bumps are about `scale` pixels wide; the left joins the right."""
    rows, columns = (np.fft.fftfreq(n)[:, np.newaxis] for n in shape)
    low_pass = np.exp(-0.5 * (2 * np.pi * scale / 4) ** 2 * (rows**2 + columns.T**2))
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal(shape)) * low_pass).real
    noise -= noise.mean()
    return noise / (noise.std() or 1.0)


def _soft(x: Array, width: float) -> Array:
    """0 below 0 and 1 above, over so wide a slope."""
    return 1 / (1 + np.exp(-np.clip(4 * x / width, -50, 50)))


def _mixed(first: Any, second: Any, share: Array) -> Array:
    """Two colours, or pictures (3, height, width), and how much there is of the second."""
    a, b = (np.reshape(one, (3, 1, 1)) if np.ndim(one) == 1 else one for one in (first, second))
    return a + (b - a) * share


def _coloured(colours: Any, height: Array) -> Array:
    """Heights from 0 to 1 as colours from the first to the last of these."""
    places = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(height, places, channel) for channel in np.transpose(colours)])

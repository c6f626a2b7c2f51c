"""Small data sets in the plane, generated on the spot: inputs (2, N), classes for labels."""

from collections.abc import Callable

from leibnet.arguments import number, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.source import Request, Source

TRAIN_SIZE = 10_000
TEST_SIZE = 2_000

_Draw = Callable[[int, np.random.Generator], tuple[Array, Array]]  # n samples: inputs (n, 2), classes (n,)


def _two_moons(request: Request, *, noise: float = 0.1) -> Source:
    """Two half circles of radius 1 that reach into each other; class 0 is the upper, class 1 the lower one.

        upper: (cos t, sin t)    lower: (1 - cos t, 1/2 - sin t)    t uniform in [0, π]

    Options:
        noise: standard deviation of the Gaussian noise added to every coordinate, default 0.1.
    """
    noise = number("Dataset", "noise", noise, low=0)

    def draw(size: int, rng: np.random.Generator) -> tuple[Array, Array]:
        moon = rng.integers(2, size=size)
        angle = rng.uniform(0, np.pi, size)
        sign = 1 - 2 * moon
        points = np.stack((moon + sign * np.cos(angle), 0.5 * moon + sign * np.sin(angle)), axis=1)
        return points + rng.normal(0, noise, points.shape), moon

    return Source("two_moons", *_parts(draw, request), classes=2, description="Two moons, generated on the spot.")


def _ring(request: Request, *, modes: int = 8, radius: float = 1.0, deviation: float = 0.01) -> Source:
    """A mixture of Gaussians whose centres lie evenly on a circle, the first at (radius, 0), counter-clockwise.

    Options:
        modes: number of Gaussians, default 8.
        radius: radius of the circle, default 1.
        deviation: standard deviation of each Gaussian, default 0.01.

    Source: A. Srivastava et al., VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning, 2017.
    """
    modes = wholeNumber("Dataset", "modes", modes)
    radius = number("Dataset", "radius", radius, low=0, excluding="low")
    angle = 2 * np.pi * np.arange(modes) / modes
    return _mixture("ring", radius * np.stack((np.cos(angle), np.sin(angle))), deviation, request)


def _grid(request: Request, *, side: int = 5, spacing: float = 2.0, deviation: float = 0.05) -> Source:
    """A mixture of Gaussians whose centres form a square grid around the origin, row by row from below.

    Options:
        side: centres in a row and rows, default 5 (25 Gaussians).
        spacing: distance of neighbours, default 2.
        deviation: standard deviation of each Gaussian, default 0.05.

    Source: as for `_ring`.
    """
    side = wholeNumber("Dataset", "side", side)
    spacing = number("Dataset", "spacing", spacing, low=0, excluding="low")
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    y, x = np.meshgrid(ticks, ticks, indexing="ij")
    return _mixture("grid", np.stack((x.ravel(), y.ravel())), deviation, request)


LOADERS: dict[str, Callable[..., Source]] = {"two_moons": _two_moons, "ring": _ring, "grid": _grid}


def _mixture(name: str, centres: Array, deviation: float, request: Request) -> Source:
    """Gaussians of equal weight around the `centres` (2, modes); the class is the index of the centre."""
    deviation = number("Dataset", "deviation", deviation, low=0)
    modes = centres.shape[1]

    def draw(size: int, rng: np.random.Generator) -> tuple[Array, Array]:
        component = rng.integers(modes, size=size)
        return centres.T[component] + rng.normal(0, deviation, (size, 2)), component

    description = f"A mixture of {modes} Gaussians of standard deviation {deviation:g}, generated on the spot."
    return Source(name, *_parts(draw, request), classes=modes, centres=centres, description=description)


def _parts(draw: _Draw, request: Request) -> tuple[Array, Array, Array, Array]:
    """Inputs and labels of the training part, then of the test part."""
    train_size = TRAIN_SIZE if request.trainSize is None else request.trainSize
    test_size = TEST_SIZE if request.testSize is None else request.testSize
    return *draw(train_size, request.rng), *draw(test_size, request.rng)

"""Scenes: digits of several classes over textured ground, generated on the spot, with the class of every pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leibnet.arguments import choice, flag, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.files import digits, mnist
from dataset.source import Request, Source

TRAIN_SIZE = 4_000
TEST_SIZE = 1_000
TEST_SEED = 0x5CE_7E57
GROUND, INK = 0, 0.5  # the class of the ground; how bright a pixel of a digit's image is that belongs to the digit
TEXTURE = {4: 0.25, 8: 0.15, 24: 0.1}  # how bright the ground is: cells across a scene, and their largest value
ENLARGED = 20  # to which smaller images are enlarged, as large as a digit of MNIST without its margin
LEAST = 28
PLACES = 30  # that are tried for a digit of an easy scene
IMAGES: dict[str, Callable[[Request], Source]] = {"digits": digits.load, **mnist.LOADERS}


def _scenes(request: Request, *, of: str = "digits", side: int | None = None, easy: bool = False) -> Source:
    """Two to four images of a data set lie over one another on textured ground; each pixel has a class.

    Class 0 is the ground, the others are those of the images, in their order. A pixel belongs to the last image that
    covers it with half of its brightness or more. All images of a scene are equally bright, so where they overlap it is
    hard to see which one lies on top. In an easy scene there are one to three, hardly overlapping, each of a brightness
    of its own.

    The images of the training part are used in random order, all of them once before any is used again. The test part
    is made from the test images by random numbers of its own, which do not depend on `rng`: everybody tests on the
    same scenes.

    Options:
        of: the data set of images, default "digits", which are enlarged to 20 x 20; "mnist", "fashion_mnist".
        side: height and width of a scene, default 48, of easy ones 40; at least 28.
        easy: default False.
    """
    choice("Dataset", "of", of, list(IMAGES))
    easy = flag("Dataset", "easy", easy)
    source = IMAGES[of](Request(None, None, request.rng, request.folder))
    assert source.imageShape is not None
    assert source.white is not None
    assert source.classNames is not None
    side = (40 if easy else 48) if side is None else wholeNumber("Dataset", "side", side, least=LEAST)
    length = max(source.imageShape)
    enlarge = _interpolation(ENLARGED if length < ENLARGED else length, length)
    images, test_images = (
        rows.reshape(-1, *source.imageShape).astype(np.float32) / source.white
        for rows in (source.inputs, source.testInputs)
    )
    painter = _Painter(images, source.labels, enlarge, side, easy, request.rng)
    test_painter = _Painter(test_images, source.testLabels, enlarge, side, easy, np.random.default_rng(TEST_SEED))
    return Source(
        "scenes",
        *painter.scenes(TRAIN_SIZE if request.trainSize is None else request.trainSize),
        *test_painter.scenes(TEST_SIZE if request.testSize is None else request.testSize),
        white=255,
        classes=1 + len(source.classNames),
        classNames=["ground", *source.classNames],
        imageShape=(side, side),
        checksums=source.checksums,
        description=f"{'Easy scenes' if easy else 'Scenes'}, generated on the spot from images of {of!r}. "
        f"{source.description}",
    )


LOADERS: dict[str, Callable[..., Source]] = {"scenes": _scenes}


@dataclass
class _Painter:
    """Paints scenes with images (N, height, width), from 0 to 1, of the classes `numbers` (N,)."""

    images: Array
    numbers: Array | None
    enlarge: Array
    side: int
    easy: bool
    rng: np.random.Generator

    def __post_init__(self) -> None:
        assert self.numbers is not None
        self._kinds = self.numbers + 1
        self._order = self._shuffled()
        self._textures = [(light, cells, _interpolation(self.side, cells)) for cells, light in TEXTURE.items()]

    def scenes(self, size: int) -> tuple[Array, Array]:
        """Grey values (size, 1, side, side) and class numbers (size, side, side)."""
        grey, numbers = (np.empty((size, self.side, self.side), np.uint8) for _ in range(2))
        for picture, truth in zip(grey, numbers, strict=True):
            light, truth[...] = self._ground(), GROUND
            for shade in self._shades():
                self._put(next(self._order), shade, light, truth)
            picture[...] = np.rint(255 * light)
        return grey[:, np.newaxis], numbers

    def _shuffled(self) -> Iterator[int]:
        while True:
            yield from self.rng.permutation(len(self.images))

    def _ground(self) -> Array:
        """Noise of several scales, (side, side)."""
        return np.sum([light * up @ self.rng.random((cells, cells)) @ up.T for light, cells, up in self._textures], 0)

    def _shades(self) -> Array:
        """How bright each image of the next scene is."""
        if not self.easy:
            return np.full(self.rng.integers(2, 5), self.rng.uniform(0.75, 1))
        return self.rng.permutation(np.linspace(1, 0.6, 3)[: self.rng.integers(1, 4)])

    def _put(self, place: int, shade: float, light: Array, truth: Array) -> None:
        """Lays an image somewhere into a scene."""
        image = _cropped(self.enlarge @ self.images[place] @ self.enlarge.T)
        inked = image >= INK
        tries: list[tuple[int, tuple[slice, slice]]] = []
        while not tries or (self.easy and len(tries) < PLACES and tries[-1][0]):
            corner = [self.rng.integers(self.side - length + 1) for length in image.shape]
            top, left = (slice(first, first + length) for first, length in zip(corner, image.shape, strict=True))
            tries.append((int(np.count_nonzero(truth[top, left][inked])), (top, left)))
        _, window = min(tries, key=lambda one: one[0])
        light[window] += image * (shade - light[window])
        truth[window][inked] = self._kinds[place]


def _cropped(image: Array) -> Array:
    """The image without its black margin."""
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else image


def _interpolation(size: int, cells: int) -> Array:
    """(size, cells): its product with values of `cells` neighbours lies on straight lines between their middles."""
    at = np.clip((np.arange(size) + 0.5) * cells / size - 0.5, 0, cells - 1)
    return np.maximum(0, 1 - np.abs(at[:, np.newaxis] - np.arange(cells)))

"""Random changes of the images that a network is trained on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import Any

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber
from leibnet.arrays import realNumbers, wholeNumbers
from leibnet.configurable import Configurable
from leibnet.ranks import Share
from leibnet.types import Array, Shape

import numpy as np

from dataset.source import Source
from dataset.split import columns


class Augmentation(Configurable, ABC, family="augmentation"):
    """A random function of images that leaves their labels right: the network sees more images than there are.

    `Dataset(..., augment=...)` applies one to every training batch, drawn anew for every image in every epoch; samples
    for validation and test, and `trainSet()`, stay as they are. It changes the raw numbers, before they are scaled to
    `valueRange` and standardised. The data set's generator decides, so that an interrupted training goes on to the bit.

    An augmentation of your own writes `_augment`, keeps the arguments of its constructor in attributes of the same
    names, and writes `check` if some images do not suit it. Where several ranks train one model, each has its own of
    the draws for a whole batch if they come from the functions of `leibnet.arrays`, as those of `Shifts`.
    """

    def apply(self, images: Any, rng: np.random.Generator | int | None = None) -> Array:
        """A changed copy of `images` (channels, height, width, N), drawn anew in every call.

        It draws from `rng`, a generator or seed, default the library's own for data.
        """
        owner = f"{self.name}.apply"
        x = realNumbers(owner, "images", images)
        if x.ndim != 4 or not x.size:
            raise ValueError(refusal(owner, "images", "of shape (channels, height, width, N)", x.shape, "reshape them"))
        self.check(x.shape[:-1])
        given = randomGenerator(owner, rng)
        return self._augment(x, randomness.data.generator if given is None else given)

    def toRows(self, rows: Array, imageShape: Shape, seed: tuple[int, ...], share: Share | None = None) -> Array:
        """A changed copy of samples as rows (n, ...), which are images of shape (channels, height, width).

        Of a batch that several ranks share, they are those of this one's `share`.
        """
        images = columns(rows.reshape(len(rows), *imageShape))
        with nullcontext() if share is None else share.active():
            changed = self._augment(images, np.random.default_rng(seed))
        if changed.shape != images.shape:
            raise ValueError(refusal(self.name, "the changed images", f"of shape {images.shape}", changed.shape))
        return np.moveaxis(changed, -1, 0).reshape(rows.shape)

    def check(self, imageShape: Shape) -> None:
        """ValueError if images of this shape (channels, height, width) do not suit it; by default all do."""

    @abstractmethod
    def _augment(self, x: Array, rng: np.random.Generator) -> Array:
        """The changed copy of images (channels, height, width, n), which may be grey values (uint8); x stays."""


class Shifts(Augmentation):
    """Every image is moved by up to `pixels` up or down and to the left or right, all (2 pixels + 1)² ways alike often.

    What comes in at the borders is 0, black in grey values; what goes out is lost. All channels move together.
    Simard, Steinkraus & Platt 2003, "Best practices for convolutional neural networks".

    Parameters
    ----------
    pixels : a whole number of at least 1, less than the height and the width of the images; default 2.

    Example
    -------
    >>> image = np.array([[0, 0, 0], [0, 7, 0], [0, 0, 0]]).reshape(1, 3, 3, 1)
    >>> Shifts(1).apply(image, rng=0)[0, :, :, 0]
    array([[0, 7, 0],
           [0, 0, 0],
           [0, 0, 0]])
    """

    def __init__(self, pixels: int = 2) -> None:
        self.pixels = wholeNumber("Shifts", "pixels", pixels)

    def check(self, imageShape: Shape) -> None:
        side = min(imageShape[1:])
        if self.pixels >= side:
            raise ValueError(refusal("Shifts", "pixels", f"less than {side}, a side of the images", self.pixels))

    def _augment(self, x: Array, rng: np.random.Generator) -> Array:
        k, (channels, height, width, n) = self.pixels, x.shape
        framed = np.zeros((n, channels, height + 2 * k, width + 2 * k), x.dtype)
        framed[:, :, k : k + height, k : k + width] = np.moveaxis(x, -1, 0)
        windows = np.lib.stride_tricks.sliding_window_view(framed, (height, width), axis=(2, 3))
        top, left = wholeNumbers(rng, 2 * k + 1, (2, n))
        return columns(windows[np.arange(n), :, top, left])


def augmentedShape(owner: str, augment: Augmentation | None, source: Source) -> Shape | None:
    """The shape (channels, height, width) of the images of a source, if it is to be augmented.

    ValueError if it has no images, if they do not suit, or if there are labels or weights of pixels, which would stay
    where they are.
    """
    if augment is None:
        return None
    shape = source.imageShape
    if shape is None:
        remedy = "images are (channels, height, width, N); asColumns() makes columns of them"
        raise ValueError(refusal(owner, "augment", f"omitted for {source.name!r}, without images", augment, remedy))
    for name, part in {"labels": source.labels, "sampleWeights": source.weights}.items():
        if part is not None and part.ndim > 2:
            expected = f"omitted for {name} of pixels, which would stay where they are"
            raise ValueError(refusal(owner, "augment", expected, augment))
    image_shape = source.sampleShape if len(source.sampleShape) == 3 else (1, *shape)
    augment.check(image_shape)
    return image_shape

"""Images in folders, one for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leibnet.arguments import number, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

OWNER = "Dataset.fromFolder"
SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
PIXELS = 4_000_000  # of an image for each megabyte that its file may have: a small file can hold a huge image
INSTALL = "pip install pillow"


class Reader:
    """Reads images as arrays of grey values from 0 to 255, or of three channels.

    Parameters
    ----------
    size : (height, width) that every image gets, or None: they must be of one size.
    colour : whether they have three channels.
    megabytes : the largest file that is read.
    """

    def __init__(self, size: Any, colour: bool, megabytes: float) -> None:
        if size is not None:
            if not isinstance(size, Sequence) or isinstance(size, str) or len(size) != 2:
                raise TypeError(refusal(OWNER, "size", "(height, width)", size))
            size = tuple(wholeNumber(OWNER, "size", one) for one in size)
        self._size: tuple[int, int] | None = size
        self._colour = colour
        self._megabytes = number(OWNER, "megabytes", megabytes, low=0, excluding="low")

    def folder(
        self, folder: Path, names: list[str] | None = None, shape: tuple[int, ...] | None = None
    ) -> tuple[Array, Array | None, list[str] | None]:
        """The images (channels, height, width, N), uint8, their class numbers (N,), and the names of the classes.

        Without subfolders there are no classes: None and None. For a test folder, `names` and `shape` are those of the
        training folder.
        """
        if not folder.is_dir():
            raise FileNotFoundError(f"{OWNER}: there is no folder {folder}")
        files = {one.name: _images(one) for one in sorted(folder.iterdir()) if one.is_dir() and not _is_hidden(one)}
        files = {name: paths for name, paths in files.items() if paths}
        own = [path for path in _images(folder) if path.parent == folder]
        if own and files:
            remedy = "put them into the folders of their classes"
            raise ValueError(f"{OWNER}: {folder} has both images, such as {own[0].name}, and classes: {remedy}")
        if not own and not files:
            known = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
            raise FileNotFoundError(f"{OWNER}: there are no images in {folder} ({known})")
        found = list(files) or None
        if shape is not None and (found is None) != (names is None or not set(found or ()) <= set(names)):
            raise ValueError(refusal(OWNER, "the classes of testFolder", f"among {names}", found))
        found = found if names is None else names
        paths = [(path, 0) for path in own]
        for name, there in files.items():
            paths += [(path, (found or []).index(name)) for path in there]
        images = self._read([path for path, _ in paths], shape)
        return images, None if found is None else np.array([label for _, label in paths]), found

    def _read(self, paths: list[Path], shape: tuple[int, ...] | None) -> Array:
        first = paths[0]
        images: list[Array] = []
        for path in paths:
            image = self._image(path)
            expected = images[0].shape if images else shape
            if expected is not None and image.shape != expected:
                of = f"{expected[1]} x {expected[2]}, as {first.name if images else 'the training images'}"
                remedy = "say to which size they shall be brought by size=(height, width)"
                raise ValueError(refusal(OWNER, str(path), of, f"{image.shape[1]} x {image.shape[2]}", remedy))
            images.append(image)
        return np.stack(images, axis=-1)

    def _image(self, path: Path) -> Array:
        """One image, (channels, height, width)."""
        try:
            from PIL import Image, ImageOps, UnidentifiedImageError
        except ImportError as error:
            raise ImportError(f"{OWNER} reads images with Pillow, which is not installed: {INSTALL}") from error
        megabytes = path.stat().st_size / 1e6
        if megabytes > self._megabytes:
            expected, remedy = f"a file of at most {self._megabytes:g} MB", "reduce it, or give megabytes="
            raise ValueError(refusal(OWNER, str(path), expected, f"{megabytes:.1f} MB", remedy))
        try:
            with Image.open(path) as image:
                if image.width * image.height > PIXELS * self._megabytes:
                    expected = f"an image of at most {PIXELS * self._megabytes:,.0f} pixels"
                    raise ValueError(refusal(OWNER, str(path), expected, f"{image.width} x {image.height}"))
                if image.mode in ("I", "F"):
                    remedy = "it does not say what is white: scale it yourself, and give Dataset.fromArrays the array"
                    raise ValueError(refusal(OWNER, str(path), "an image of 8 or 16 bits", image.mode, remedy))
                image.draft("RGB" if self._colour else "L", self._size and (max(self._size),) * 2)
                pixels: Any = _on_white(ImageOps.exif_transpose(image), Image).convert("RGB" if self._colour else "L")
                if self._size is not None and pixels.size != self._size[::-1]:
                    pixels = pixels.resize(self._size[::-1], Image.Resampling.LANCZOS)
        except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"{OWNER}: {path} cannot be read as an image: {error}; remove or replace it") from error
        array = np.asarray(pixels, np.uint8)
        return np.moveaxis(array, -1, 0) if self._colour else array[np.newaxis]


def _on_white(image: Any, module: Any) -> Any:
    """What is transparent becomes white, as on paper; 16-bit grey values become 8-bit ones."""
    if image.mode.startswith("I;16"):
        return module.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = module.new("RGBA", image.size, "white")
        return module.alpha_composite(white, image)
    return image


def _images(folder: Path) -> list[Path]:
    """The files in a folder and its subfolders that are images by their names, in alphabetical order."""
    there = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return [path for path in there if not any(_is_hidden(part) for part in (path, *path.relative_to(folder).parents))]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")

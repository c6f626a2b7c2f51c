"""Pictures of the user's own, from files and into files."""

from __future__ import annotations

import io
import math
import os
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from leibnet.arguments import flag, refusal, wholeNumber
from leibnet.arrays import realNumbers
from leibnet.files import absolute, writeAtomically
from leibnet.types import Array, Shape

import numpy as np

LARGEST = 2_000_000  # pixels of a picture that is delivered: 24 MB in float32
OPENED = 80_000_000  # pixels of a file that is decoded at all
LONG = "PNG", "PPM"  # formats whose pixels of more than 8 bits Pillow gives as 0 to 65535
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def readPicture(path: str | os.PathLike[str], size: int | Shape | None = None, colour: bool = True) -> Array:
    """A picture file, such as a photo, as an array (3, height, width, 1) of float32 from 0 to 1.

    Read by Pillow, which comes with matplotlib: JPEG, PNG, GIF (its first frame) and others; upright, as the camera
    says. What is transparent becomes white. Grey of 16 bits is taken; that of 32, which has no known white, is not.

    Parameters
    ----------
    path : of the file.
    size : a whole number: that of the longer side, to which it is made smaller or larger. (height, width): it is cut in
        the middle to these proportions, and made of this size. Default None: as it is.
    colour : False: grey, (1, height, width, 1). Default True.

    Raises
    ------
    FileNotFoundError, OSError : a file that is not there, or cannot be opened.
    ValueError : one that is no picture, or damaged, or too large: more than 2 million pixels without `size`, or 80
        million with it.
    """
    file = absolute(path)
    if not file.exists():
        raise FileNotFoundError(f"there is no file {file}")
    if not file.is_file():
        raise OSError(f"{file} is a folder, a pipe or a device: give the path of a picture")
    wanted = None if size is None else _checked("readPicture", size)
    pil, turn = import_module("PIL.Image"), import_module("PIL.ImageOps").exif_transpose
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pil.DecompressionBombWarning)  # what is too large is refused
            opened = pil.open(file)
        with opened:
            _refuse_large(file, opened.size, wanted)
            picture = _of_bytes(pil, file, turn(opened), opened.format)
            if "A" in picture.getbands() or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                picture = pil.alpha_composite(pil.new("RGBA", picture.size, "white"), picture)
            picture = picture.convert("RGB" if flag("readPicture", "colour", colour) else "L")
            if wanted is not None:
                picture = _sized(picture, wanted, pil.Resampling.LANCZOS)
            pixels = np.asarray(picture, np.float32) / 255
    except pil.DecompressionBombError as error:
        raise ValueError(f"{file} is too large to be opened: {error}; make it smaller with another program") from None
    except (pil.UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, ValueError) and str(file) in str(error):
            raise
        raise ValueError(
            f"{file} cannot be read as a picture: {error}; give a PNG or JPEG that opens elsewhere"
        ) from None
    return np.ascontiguousarray(np.moveaxis(pixels.reshape(*pixels.shape[:2], -1), -1, 0)[..., np.newaxis])


def writePicture(picture: Any, path: str | os.PathLike[str]) -> None:
    """Writes a picture (channels, height, width) or (channels, height, width, 1) from 0 to 1 as a PNG or a JPEG.

    Parameters
    ----------
    picture : of one channel (grey) or three (red, green, blue); what is below 0 or above 1 is cut.
    path : of the file, which ends in .png, .jpg or .jpeg; in full or not at all.
    """
    file = absolute(path)
    if (kind := FORMATS.get(file.suffix.lower())) is None:
        raise ValueError(refusal("writePicture", "path", f"a file that ends in {', '.join(FORMATS)}", str(path)))
    pixels = realNumbers("writePicture", "picture", picture, finite=True, scaled=True)
    pixels = pixels[..., 0] if pixels.ndim == 4 and pixels.shape[-1] == 1 else pixels
    if pixels.ndim != 3 or len(pixels) not in (1, 3) or not pixels.size:
        expected = "one picture, (1 or 3 channels, height, width)"
        raise ValueError(refusal("writePicture", "picture", expected, np.shape(picture)))
    values = np.rint(255 * np.clip(np.moveaxis(pixels, 0, -1), 0, 1)).astype(np.uint8)
    content = io.BytesIO()
    image = import_module("PIL.Image").fromarray(values if len(pixels) == 3 else values[..., 0])
    image.save(content, kind, **({"quality": 95} if kind == "JPEG" else {}))
    writeAtomically(file, content.getvalue())


def samplePhoto(size: int | Shape | None = (256, 256)) -> Array:
    """The photo that matplotlib ships, Grace Hopper (US Navy, public domain), see `readPicture`; (3, height, width, 1).

    It is 600 high and 512 wide; by default its middle, in 256 x 256.
    """
    cbook = import_module("matplotlib.cbook")
    return readPicture(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False), size)


def _checked(owner: str, size: int | Shape) -> int | Shape:
    if isinstance(size, (tuple, list)):
        if len(size) != 2:
            raise ValueError(refusal(owner, "size", "a whole number, or (height, width)", size))
        found: int | Shape = (wholeNumber(owner, "size", size[0]), wholeNumber(owner, "size", size[1]))
    else:
        found = wholeNumber(owner, "size", size)
    if math.prod(found) > LARGEST if isinstance(found, tuple) else found**2 > LARGEST:
        raise ValueError(refusal(owner, "size", f"of at most {LARGEST:,} pixels", size))
    return found


def _refuse_large(file: Path, size: Shape, wanted: int | Shape | None) -> None:
    width, height = size
    most = LARGEST if wanted is None else OPENED
    if width * height > most:
        remedy = "give size=512, its longer side" if wanted is None else "make it smaller with another program"
        raise ValueError(f"{file} is too large, {width} x {height} pixels; at most {most:,} are taken; {remedy}")


def _of_bytes(pil: Any, file: Path, picture: Any, kind: str | None) -> Any:
    """A picture of Pillow's with 8 bits a channel, which its `convert` makes white of all but the darkest of 65536."""
    if picture.mode.startswith("I;16") or (picture.mode == "I" and kind in LONG):
        return pil.fromarray(np.rint(np.asarray(picture) / 257).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise ValueError(f"{file} has pixels of 32 bits: save it with 8 or 16 bits a channel")
    return picture


def _sized(picture: Any, size: int | Shape, filtering: Any) -> Any:
    """A picture of Pillow's in this size."""
    if isinstance(size, int):
        share = size / max(picture.size)
        return picture.resize(tuple(max(1, round(share * side)) for side in picture.size), filtering)
    height, width = size
    share = min(picture.width / width, picture.height / height)
    across, down = share * width, share * height
    left, top = (picture.width - across) / 2, (picture.height - down) / 2
    return picture.resize((width, height), filtering, box=(left, top, left + across, top + down))

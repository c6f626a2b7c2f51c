"""Films of a training, as GIF files."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leibnet.arguments import interval, number, refusal, wholeNumber
from leibnet.files import absolute, writeAtomically
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names
from nn.plots.canvas import BLUE, PALE

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST = 500  # frames of a film
GREYS = np.linspace(0, 255, 32).round().astype(np.uint8)  # look like 256, in a file of less than half the size


def saveAnimation(
    frames: Iterable[Any],
    imageShape: ImageShape,
    path: str | os.PathLike[str],
    columns: int = 10,
    titles: Names = None,
    seconds: float = 10.0,
    limits: tuple[float, float] | None = None,
) -> None:
    """Writes a GIF of sheets of images, such as what a generator makes of the same noise after each epoch.

    Parameters
    ----------
    frames : images as columns (height · width, N) or (channels, height, width, N), in colour with 3 channels; at most
        400, as many in every frame; at most 500 frames.
    imageShape : (height, width), or (3, height, width) for columns of images in colour; None for images.
    path : where to, ending in .gif. It is written in full or not at all.
    columns : images side by side; default 10.
    titles : a line above each frame, such as "epoch 3"; default none.
    seconds : duration of the film; default 10. The last frame stays for 2 seconds more, then the film begins again.
    limits : the values that are black and white in all frames, such as those of the data; what lies beyond is cut.
        Default the smallest and the largest value of all frames.

    Example
    -------
    >>> frames = [np.random.default_rng(epoch).random((16, 20)) for epoch in range(3)]
    >>> saveAnimation(frames, (4, 4), "samples.gif", titles=["epoch 0", "epoch 1", "epoch 2"], seconds=3)
    """
    owner = "saveAnimation"
    path, duration = _checked(owner, path, seconds)
    sheets = [arguments.images(owner, name, frame, imageShape, most=400) for name, frame in _named(owner, frames)]
    shapes = {images.shape for images in sheets}
    if len(shapes) > 1:
        raise ValueError(refusal(owner, "frames", "as many images of one kind in each", sorted(shapes)))
    texts = arguments.captions(owner, titles, len(sheets), "frames")
    if limits is None:
        low, high = min(float(images.min()) for images in sheets), max(float(images.max()) for images in sheets)
    else:
        low, high = interval(owner, "limits", limits)
    columns = min(wholeNumber(owner, "columns", columns), len(sheets[0]))
    pictures = []
    for images, text in zip(sheets, texts, strict=True):
        sheet = _sheet(GREYS[np.round(31 * canvas.shares(images, low, high)).astype(int)], columns)
        pictures.append(_picture(sheet, text if titles is not None else None))
    _write(pictures, path, duration)


def savePointsAnimation(
    frames: Iterable[Any],
    path: str | os.PathLike[str],
    data: Any = None,
    centres: Any = None,
    titles: Names = None,
    seconds: float = 10.0,
) -> None:
    """Writes a GIF of points of the plane, such as what a generator makes of the same noise after each epoch.

    The axes reach as far as data and centres do, without both as far as the points of all frames.

    Parameters
    ----------
    frames : points (2, N); at most 500 frames. Of more than 5,000 points, a random 5,000 are drawn.
    path : where to, ending in .gif. It is written in full or not at all.
    data : points (2, M) in the background; default none.
    centres : points (2, modes) that are marked with a cross; default none.
    titles : a line above each frame, such as "epoch 3"; default none.
    seconds : duration of the film; default 10. The last frame stays for 2 seconds more, then the film begins again.

    Example
    -------
    >>> data = np.random.default_rng(0).normal(size=(2, 100))
    >>> savePointsAnimation([0.1 * data, 0.5 * data, data], "samples.gif", data, seconds=3)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    owner = "savePointsAnimation"
    path, duration = _checked(owner, path, seconds)
    clouds = [arguments.points(owner, name, frame) for name, frame in _named(owner, frames)]
    texts = arguments.captions(owner, titles, len(clouds), "frames")
    behind = [] if data is None else [arguments.points(owner, "data", data)]
    marks = [] if centres is None else [arguments.points(owner, "centres", centres)]
    corners = canvas.section(*(behind + marks or clouds))
    figure, (axes,) = canvas.plane(1, corners)
    figure.set_dpi(90)
    agg = FigureCanvasAgg(figure)
    for cloud in behind:
        canvas.dots(axes, cloud, PALE, alpha=1.0)
    for mark in marks:
        canvas.crosses(axes, mark)

    def drawn(cloud: Array, text: str) -> Picture:
        dots = canvas.dots(axes, cloud, BLUE)
        canvas.heading(axes, text)
        agg.draw()
        dots.remove()
        return Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy())

    # Layout and colours of all frames are those of one that has everything in it.
    diagonal = np.linspace(*corners, 500).T
    colours = drawn(diagonal, max(texts, key=len)).quantize(32)
    figure.set_layout_engine("none")
    palette = colours.getpalette() or []
    colours.putpalette([255 if value > 250 else value for value in palette])  # white is white
    pictures = [
        drawn(cloud, text).quantize(palette=colours, dither=Image.Dither.NONE)
        for cloud, text in zip(clouds, texts, strict=True)
    ]
    _write(pictures, path, duration)


def _checked(owner: str, path: str | os.PathLike[str], seconds: float) -> tuple[Path, float]:
    place = absolute(path)
    if place.suffix.lower() != ".gif":
        raise ValueError(refusal(owner, "path", "one that ends in .gif", os.fspath(path)))
    return place, number(owner, "seconds", seconds, low=0, excluding="low")


def _named(owner: str, frames: Iterable[Any]) -> list[tuple[str, Any]]:
    """The frames, each with its name in messages."""
    if not isinstance(frames, Iterable):
        raise TypeError(refusal(owner, "frames", "a list of arrays, one for each moment", frames))
    frames = list(frames)
    if not frames:
        raise ValueError(refusal(owner, "frames", "a list of one array or more, one for each moment", frames))
    if len(frames) > MOST:
        remedy = "choose some, such as frames[::10]"
        raise ValueError(refusal(owner, "frames", f"at most {MOST} frames", len(frames), remedy))
    return [(f"frames[{place}]", frame) for place, frame in enumerate(frames)]


def _sheet(images: Array, columns: int) -> Array:
    """Images (N, height, width) or (N, height, width, 3) in rows, two white pixels between them, enlarged to about 640
    pixels."""
    count, height, width, *channels = images.shape
    rows, height, width = math.ceil(count / columns), height + 2, width + 2
    cells = np.full((rows * columns, height, width, *channels), 255, np.uint8)
    cells[:count, 1:-1, 1:-1] = images
    grid = cells.reshape(rows, columns, height, width, *channels).swapaxes(1, 2)
    sheet = grid.reshape(rows * height, columns * width, *channels)
    factor = max(1, round(640 / sheet.shape[1]))
    return sheet.repeat(factor, axis=0).repeat(factor, axis=1)


def _picture(sheet: Array, title: str | None) -> Picture:
    """A sheet as Pillow's image, of 256 colours at most, with the title above it."""
    from matplotlib import font_manager
    from PIL import Image, ImageDraw, ImageFont

    picture = drawing = Image.fromarray(sheet)
    if title is not None:
        font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 20)
        wide = max(sheet.shape[1], math.ceil(font.getlength(title)) + 16)
        picture = Image.new(drawing.mode, (wide, sheet.shape[0] + 36), "white")
        picture.paste(drawing, ((wide - sheet.shape[1]) // 2, 36))
        ImageDraw.Draw(picture).text((wide / 2, 18), title, fill="#222222", font=font, anchor="mm")
    return picture if picture.mode == "L" else picture.quantize(256, kmeans=1)


def _write(pictures: list[Picture], path: Path, seconds: float) -> None:
    each = max(20, round(1000 * seconds / len(pictures)))  # milliseconds; browsers slow down what is faster
    file = io.BytesIO()
    durations = [each] * (len(pictures) - 1) + [each + 2000]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    writeAtomically(path, file.getvalue())

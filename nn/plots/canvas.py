"""What the pictures share: figures, sheets of images, panels of points, and their look."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leibnet.types import Array

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, RED, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"  # of Okabe & Ito 2008, made for every
ORANGE, SKY, INK, GREY, PALE = "#E69F00", "#56B4E9", "#222222", "#777777", "#BBBBBB"  # kind of colour vision
TEN = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", INK, "#bcbd22", "#17becf"]
HEADING, TEXT = 15, 12  # font sizes in points
POINTS = 5000  # of one cloud that are drawn; more would hide one another, and slow the picture down


def blankFigure(width: float, height: float) -> Figure:
    """An empty white figure of this size in inches, which a notebook shows where it is the value of a cell."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=(width, height), dpi=150, facecolor="white", layout=layout)
    vars(figure)["_repr_png_"] = functools.partial(notebookPicture, figure)  # a Figure without pyplot has none
    return figure


def notebookPicture(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """A figure as PNG, and the size at which a notebook shows it: 72 pixels to the inch."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    width, height = figure.get_size_inches()
    return file.getvalue(), {"width": round(72 * width), "height": round(72 * height)}


def panels(count: int, across: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels, at most `across` of them side by side, with room for a legend."""
    rows = math.ceil(count / across)
    columns = math.ceil(count / rows)
    figure = blankFigure(max(6.0, width * columns), height * rows + 0.5)
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(count)]


def wideEnough(width: float, *titles: str) -> float:
    """The width in inches of a panel, or more where its title needs it, which has the axes alone below it."""
    return max(width, 0.115 * max(map(longestLine, titles)) + 1.2)


def colours(count: int) -> list[Any]:
    """`count` colours that are told apart."""
    from matplotlib import colormaps

    for palette in ([BLUE, RED, GREEN, PURPLE, ORANGE, SKY, INK], TEN):
        if count <= len(palette):
            return palette[:count]
    return list(colormaps["turbo"](np.linspace(0.03, 0.97, count)))


def key(colour: Any, label: str, **look: Any) -> Any:
    """A line of a legend that stands for what is drawn otherwise."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, **look)


def legend(figure: Figure, handles: Sequence[Any], beside: bool = False) -> None:
    """One legend for all panels: below them in as many columns as fit, or beside them in one, where it makes room."""
    needed = 0.1 * max((longestLine(str(handle.get_label())) for handle in handles), default=0) + 0.8
    look: dict[str, Any] = {"loc": "outside right center"}
    if beside:
        figure.set_figwidth(figure.get_figwidth() + needed)
    else:
        columns = max(1, min(len(handles), int(figure.get_figwidth() / needed)))
        look = {"loc": "outside lower center", "ncols": columns}
    for text in figure.legend(handles=handles, frameon=False, fontsize=TEXT, **look).get_texts():
        text.set_parse_math(False)
    if beside:
        figure.draw_without_rendering()  # axes of equal scales find their place in two passes, this and the caller's


def legendBelow(axes: Axes, handles: Sequence[Any]) -> None:
    """A legend of one panel, below its axis."""
    look: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "ncols": min(2, len(handles))}
    for text in axes.legend(handles=handles, frameon=False, fontsize=TEXT, **look).get_texts():
        text.set_parse_math(False)


def inchAxes(width: float, height: float, heading: str = "") -> tuple[Figure, Axes]:
    """Axes that fill a figure and whose coordinates are inches; wider than asked for if the heading needs it."""
    width = max(width, 0.115 * longestLine(heading) + 0.4)
    figure = blankFigure(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), frame_on=False, xticks=[], yticks=[])
    axes.text(width / 2, height - 0.17, heading, ha="center", va="top", size=HEADING, parse_math=False)
    return figure, axes


def longestLine(text: str) -> int:
    """The number of letters in a text's longest line."""
    return max(map(len, text.split("\n")))


def sheet(
    images: Array,
    columns: int,
    captions: list[str],
    heading: str = "",
    footer: float = 0.0,
    labels: Sequence[str] = (),
    groups: Mapping[int, str] | None = None,
    **look: Any,
) -> tuple[Figure, Axes]:
    """Images (N, height, width), or (N, height, width, 3) in colour, in a grid, all on one scale or as `look` says.

    `labels` stand left of the rows, and `groups` above the rows of these numbers; `footer` inches stay free.
    """
    from matplotlib.collections import PolyCollection

    look = {"cmap": "gray", "vmin": images.min(), "vmax": images.max()} | look
    if images.ndim == 4:
        images = shares(images, look["vmin"], look["vmax"])
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    height, width = 1.1 * np.array(images.shape[1:3]) / max(images.shape[1:3])  # of an image
    groups = groups or {}
    lines = np.zeros(rows * columns, int)
    lines[: len(captions)] = [caption.count("\n") + 1 if caption else 0 for caption in captions]
    space_x = max(width, 0.095 * max(map(longestLine, captions))) + 0.15
    spaces_y = height + 0.15 + 0.21 * lines.reshape(rows, columns).max(axis=1)
    spaces_y[list(groups)] += 0.4
    margin = 0.1 * max(map(longestLine, labels), default=-1) + 0.1
    top = 0.3 + 0.25 * (heading.count("\n") + 1) if heading else 0.15
    figure, axes = inchAxes(margin + columns * space_x + 0.1, footer + spaces_y.sum() + top, heading)
    frames: list[Any] = []
    middle, bottoms = (margin + axes.get_xlim()[1]) / 2, 0.15 + footer + spaces_y.sum() - np.cumsum(spaces_y)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(place, columns)
        x, y = middle + (column + 0.5 - columns / 2) * space_x, bottoms[row]
        extent = (x - width / 2, x + width / 2, y, y + height)
        axes.imshow(image, extent=extent, interpolation="nearest", aspect="auto", **look)
        corner, opposite = extent[::2], extent[1::2]
        frames.append([corner, (opposite[0], corner[1]), opposite, (corner[0], opposite[1])])
        axes.text(x, y + height + 0.04, caption, ha="center", va="bottom", size=TEXT, parse_math=False)
        if labels and not column:
            edge = x - space_x / 2
            axes.text(edge, y + height / 2, labels[row], ha="right", va="center", size=TEXT, parse_math=False)
    look = {"facecolors": "none", "edgecolors": PALE, "linewidths": 0.5}
    axes.add_collection(PolyCollection(frames, **look), autolim=False)  # a white image has an edge, too
    for row, title in groups.items():
        x, y = middle - columns * space_x / 2 + (space_x - width) / 2, bottoms[row] + spaces_y[row] - 0.42
        axes.text(x, y, title, va="bottom", size=TEXT + 1, weight="bold", parse_math=False)
    return figure, axes


def signedSheet(
    images: Array,
    captions: list[str],
    heading: str,
    label: str,
    columns: int | None = None,
    labels: Sequence[str] = (),
) -> Figure:
    """A sheet of images on one scale, red above zero, blue below and white at zero, and its bar; square by default."""
    limit = float(np.abs(images).max()) or 1.0
    columns = math.ceil(math.sqrt(len(images))) if columns is None else columns
    below = 0.7 if label else 0.5
    look: dict[str, Any] = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    figure, axes = sheet(images, columns, captions, heading, below + 0.2, labels, **look)
    width = axes.get_xlim()[1]
    place = axes.inset_axes((0.2 * width, below, 0.6 * width, 0.16), transform=axes.transData)
    bar = figure.colorbar(
        axes.images[0], cax=place, orientation="horizontal", ticks=[-limit, 0, limit], format="{x:.2g}"
    )
    quietBar(bar, label)
    return figure


def shares(values: Array, low: float, high: float) -> Array:
    """Where the values lie between `low` (0) and `high` (1); what lies beyond is cut."""
    span = float(high) - float(low) or 1.0
    return np.clip((values - float(low)) / span, 0.0, 1.0)


def heading(axes: Axes, title: str) -> None:
    """A line above the axes."""
    axes.set_title(title, fontsize=HEADING, pad=10, parse_math=False)


def quiet(axes: Axes, title: str, xlabel: str = "", ylabel: str = "") -> None:
    """The look of axes with a scale."""
    heading(axes, title)
    axes.set_xlabel(xlabel, fontsize=TEXT + 1)
    axes.set_ylabel(ylabel, fontsize=TEXT + 1)
    axes.tick_params(labelsize=TEXT, length=0, pad=9)  # labels at a corner do not touch
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.grid(color="0.92")
    axes.set_axisbelow(True)


def quietBar(bar: Any, label: str) -> None:
    """The look of colour bars."""
    bar.set_label(label, fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT, length=0)
    bar.minorticks_off()
    bar.outline.set(edgecolor=PALE, linewidth=0.5)  # its end may be white


def dots(axes: Axes, points: Array, colour: Any, **look: Any) -> Any:
    """A cloud of points (2, N), smaller the more they are, in random order so that no class covers the others."""
    chosen = np.random.default_rng(0).permutation(points.shape[1])[:POINTS]
    colour = colour if isinstance(colour, str) else colour[chosen]
    look = {"s": min(36.0, max(6.0, 9000 / len(chosen))), "alpha": 0.7, "linewidths": 0} | look
    x, y = points[:, chosen]
    return axes.scatter(x, y, c=colour, **look)


def crosses(axes: Axes, points: Array) -> None:
    """Points (2, N) as crosses above all else."""
    axes.scatter(points[0], points[1], marker="x", s=25, color=INK, linewidths=1, zorder=3)


def normalCircles(axes: Axes) -> None:
    """Circles of one, two and three standard deviations of N(0, I)."""
    angle = np.linspace(0, 2 * np.pi, 200)
    for radius in (1, 2, 3):
        axes.plot(radius * np.cos(angle), radius * np.sin(angle), color=INK, lw=1, ls="--", zorder=3)


def section(*points: Array) -> tuple[Array, Array]:
    """The lower left and the upper right corner of a part of the plane with all points, not too narrow."""
    low = np.min([cloud.min(axis=1) for cloud in points], axis=0)
    high = np.max([cloud.max(axis=1) for cloud in points], axis=0)
    longest = float((high - low).max()) or 1.0
    half = 0.5 * np.maximum(high - low, 0.5 * longest) + 0.05 * longest
    return (low + high) / 2 - half, (low + high) / 2 + half


def plane(count: int, corners: tuple[Array, Array]) -> tuple[Figure, list[Axes]]:
    """Panels that all show this part of the plane."""
    low, high = corners
    width, ratio = 6.4 if count == 1 else 4.9, float((high - low)[1] / (high - low)[0])
    figure, places = panels(count, 3, width, (width - 0.7) * ratio + 0.5)
    for axes in places:
        quiet(axes, "", "x₁", "x₂")
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", autoscale_on=False)
    return figure, places


def logarithmic(axes: Axes, x: bool = False) -> None:
    """Makes the y axis of what is drawn logarithmic, or the x axis; small and large numbers alone are powers of ten.

    Over less than two and a half of these there are numbers between them, over less than half of one as on a linear
    axis.
    """
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator, NullFormatter

    (axes.set_xscale if x else axes.set_yscale)("log")
    axis, (low, high) = (axes.xaxis, axes.get_xlim()) if x else (axes.yaxis, axes.get_ylim())
    decades = math.log10(high / low)
    if decades < 0.5:
        axis.set_major_locator(MaxNLocator(5))
    else:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,)))
    axis.set_major_formatter("{x:,g}" if low > 5e-4 and high < 2e5 else LogFormatterSciNotation())
    axis.set_minor_formatter(NullFormatter())


def percent(value: float, _: Any = None) -> str:
    """The numbers on an axis of shares."""
    return np.format_float_positional(100 * value, precision=4, fractional=False, trim="-") + "%"

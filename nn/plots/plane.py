"""Points of the plane: codes of two dimensions, generated samples, and where a network moves them.

Of more than 5,000 points in a panel, a random 5,000 are drawn, the same in every picture.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from leibnet.arguments import number, refusal

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import Names
from nn.plots.canvas import BLUE, INK, PALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotCodes(
    codes: Any, label: Any, classNames: Names = None, sameAxes: bool = False, normal: Collection[str] = ()
) -> Figure:
    """Draws codes of two dimensions, in the colours of their classes. Of more than 5,000, a random 5,000.

    Parameters
    ----------
    codes : (2, N), or a dict from titles to codes, to compare them: a panel each, with axes of its own.
    label : class numbers (N,) or columns (classes, N), of all panels, or a dict with the titles of `codes`.
    classNames : names of the classes; default their numbers.
    sameAxes : whether all panels show the same part of the plane; default False.
    normal : titles of panels with three circles: with the radii 1, 2 and 3, they hold 39, 86 and 99 % of the normal
        distribution N(0, I), a VAE's prior. Default none.

    Example
    -------
    >>> codes = np.random.default_rng(0).normal(size=(2, 100))
    >>> figure = plotCodes(codes, (codes[0] > 0).astype(int), ["left", "right"])
    >>> figure = plotCodes({"PCA": codes, "VAE": np.tanh(codes)}, np.eye(2)[:, [0, 1] * 50], normal=["VAE"])
    """
    from matplotlib.colors import to_rgba_array
    from matplotlib.lines import Line2D

    owner = "plotCodes"
    named = arguments.entries(owner, "codes", codes)
    clouds = {title: arguments.points(owner, *entry) for title, entry in named.items()}
    if isinstance(label, Mapping):
        if set(map(str, label)) != set(clouds):
            raise ValueError(refusal(owner, "label", f"a dict with labels of {list(clouds)}", [*map(str, label)]))
        labels = arguments.entries(owner, "label", label)
    else:
        labels = dict.fromkeys(clouds, ("label", label))
    truths = {}
    for title, (name, entry) in labels.items():
        truths[title] = arguments.classNumbers(owner, name, arguments.numbers(owner, name, entry))
        if len(truths[title]) != clouds[title].shape[1]:
            expected = f"as many labels as there are codes, {clouds[title].shape[1]}"
            raise ValueError(refusal(owner, name, expected, len(truths[title])))
    if isinstance(normal, str) or not set(normal) <= set(clouds):
        raise ValueError(refusal(owner, "normal", f"a list of titles from {list(clouds)}", normal))
    names = arguments.classNames(owner, classNames, 1 + max(int(truth.max()) for truth in truths.values()))
    colours = to_rgba_array(canvas.colours(len(names)))

    circle = np.array([[-3.0, 3.0], [-3.0, 3.0]])
    corners = canvas.section(*clouds.values(), *[circle] * bool(normal)) if sameAxes else None
    if corners is None:
        figure, panels = canvas.panels(len(clouds), 3, canvas.wideEnough(5.2, *clouds), 4.6)
    else:
        figure, panels = canvas.plane(len(clouds), corners)
    for axes, (title, cloud) in zip(panels, clouds.items(), strict=True):
        canvas.quiet(axes, title, "z₁", "z₂")
        canvas.dots(axes, cloud, colours[truths[title]])
        if title in normal:
            canvas.normalCircles(axes)
        if corners is None:
            axes.set_aspect("equal", adjustable="datalim")
    look: dict[str, Any] = {"ls": "", "marker": "o", "ms": 8}
    keys = [Line2D([], [], color=colour, label=name, **look) for colour, name in zip(colours, names, strict=True)]
    if normal:
        keys.append(Line2D([], [], color=INK, lw=1, ls="--", label="N(0, I): 39, 86\nand 99 % inside"))
    canvas.legend(figure, keys, beside=True)
    return figure


def plotPoints(points: Any, centres: Any = None) -> Figure:
    """Draws points of the plane, such as data and what a model generates, side by side on the same axes.

    Parameters
    ----------
    points : (2, N), or a dict from titles to points, a panel each. Of more than 5,000, a random 5,000 are drawn.
    centres : points (2, modes) that are marked with a cross in every panel; default none.

    Example
    -------
    >>> data = np.random.default_rng(0).normal(size=(2, 100))
    >>> figure = plotPoints({"data": data, "generated": 0.5 * data}, centres=[[0.0], [0.0]])
    """
    owner = "plotPoints"
    named = arguments.entries(owner, "points", points)
    clouds = {title: arguments.points(owner, *entry) for title, entry in named.items()}
    marks = [] if centres is None else [arguments.points(owner, "centres", centres)]
    figure, panels = canvas.plane(len(clouds), canvas.section(*clouds.values(), *marks))
    for axes, (title, cloud) in zip(panels, clouds.items(), strict=True):
        canvas.heading(axes, title)
        canvas.dots(axes, cloud, BLUE)
        for mark in marks:
            canvas.crosses(axes, mark)
    return figure


def plotVectorField(
    points: Any,
    field: Any,
    data: Any = None,
    scale: float | None = None,
    title: str = "",
    names: tuple[str, str] = ("field", "data"),
) -> Figure:
    """Draws an arrow at every point, such as where a denoising autoencoder moves it: r(x) - x.

    Parameters
    ----------
    points : where the arrows start (2, N), at most 2,500.
    field : the arrows (2, N), in the units of the points: their tips are at `points` + `scale` · `field`.
    data : points (2, M) in the background; default none. Of more than 5,000, a random 5,000 are drawn.
    scale : 1 draws the arrows in their true length; default 1 or less, so that the longest reaches over two neighbours.
    title : a line above; default none.
    names : what arrows and data are called in the legend; it says how long the arrows are drawn, too.

    Example
    -------
    >>> x, y = np.meshgrid(np.linspace(-1, 1, 10), np.linspace(-1, 1, 10))
    >>> points = np.stack([x.ravel(), y.ravel()])
    >>> figure = plotVectorField(points, -points, data=[[0.0], [0.0]], names=("-x", "the origin"))
    """
    from matplotlib.lines import Line2D

    owner = "plotVectorField"
    points, field = arguments.points(owner, "points", points), arguments.points(owner, "field", field)
    count = points.shape[1]
    if points.shape != field.shape:
        raise ValueError(refusal(owner, "field", f"an arrow for each of {count} points", field.shape))
    if count > 2500:
        raise ValueError(refusal(owner, "points", "at most 2,500 points", count, "choose points farther apart"))
    behind = [] if data is None else [arguments.points(owner, "data", data)]
    if scale is None:
        spacing = float(np.sqrt(np.prod(np.ptp(points, axis=1)) / count))
        longest = float(np.linalg.norm(field, axis=0).max())
        scale = 2 * spacing / longest if 0 < 2 * spacing < longest else 1.0
    else:
        scale = number(owner, "scale", scale, low=0, excluding="low")
    if len(names) != 2:
        raise ValueError(refusal(owner, "names", "two texts, for the arrows and for the data", names))
    figure, (axes,) = canvas.plane(1, canvas.section(points, points + scale * field, *behind))
    canvas.heading(axes, title)
    for cloud in behind:
        canvas.dots(axes, cloud, PALE, alpha=1.0)
    look: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1, "color": BLUE, "width": 0.003}
    axes.quiver(*points, *(scale * field), **look)
    length = "true length" if scale == 1 else f"{scale:.2g} times their length"
    keys = [Line2D([], [], ls="", marker=r"$\rightarrow$", ms=18, color=BLUE, label=f"{names[0]} (arrows of {length})")]
    keys += [Line2D([], [], ls="", marker="o", ms=6, color=PALE, label=names[1])] * len(behind)
    canvas.legend(figure, keys)
    return figure

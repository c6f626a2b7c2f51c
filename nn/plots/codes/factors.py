"""Codes as functions of the factors that their samples were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 40  # codes in one picture
FIELDS = 200  # across a map


def plotCodeMaps(
    codes: Any, across: Any, down: Any, titles: Names = None, heading: str = "", names: tuple[str, str] = ("x", "y")
) -> Figure:
    """Draws the mean of every code over the values of two factors, such as the position of what an image shows.

    Blue is below 0, red above, white 0; all maps are on one scale. A code that stands for one of two coordinates is
    striped along the other; one that knows nothing of them is of one colour. Third lecture.

    Parameters
    ----------
    codes : (latentDim, N), at most 40 rows.
    across, down : (N,), the factor from left to right and the one from above downwards, of at most 200 values each;
        every pair of two values that no sample has is white.
    titles : a line above every map; default "z1", "z2", ...
    heading : a line above all; default none.
    names : what the two factors are called; default ("x", "y").

    Example
    -------
    >>> x, y = np.repeat(np.arange(4), 4), np.tile(np.arange(4), 4)
    >>> figure = plotCodeMaps([x - 1.5, y - x], x, y)
    """
    owner = "plotCodeMaps"
    codes = _codes(owner, codes)
    columns, rows = (
        np.unique(_factor(owner, name, values, codes.shape[1]), return_inverse=True)
        for name, values in (("across", across), ("down", down))
    )
    for name, (values, _) in (("across", columns), ("down", rows)):
        if len(values) > FIELDS:
            expected, remedy = f"of at most {FIELDS} values", "round it"
            raise ValueError(refusal(owner, name, expected, f"{len(values):,} values", remedy))
    place = rows[1] * len(columns[0]) + columns[1]
    maps = _means(codes, place, len(rows[0]) * len(columns[0]), 0.0).reshape(-1, len(rows[0]), len(columns[0]))
    captions = _captions(owner, titles, len(codes))
    heading = "\n".join(filter(None, [heading, f"{names[0]} to the right, {names[1]} downwards"]))
    return canvas.signedSheet(maps, captions, heading, "mean", columns=min(5, len(codes)))


def plotCodeCurves(
    codes: Any,
    factor: Any,
    classes: Any = None,
    classNames: Names = None,
    titles: Names = None,
    heading: str = "",
    xlabel: str = "",
) -> Figure:
    """Draws the mean of every code as a function of a factor, such as scale or rotation, a line for each class.

    A code that knows nothing of the factor is a level line; one that knows the class has lines apart. Third lecture.

    Parameters
    ----------
    codes : (latentDim, N), at most 40 rows.
    factor : (N,), a number for each column.
    classes : (N,) of class numbers, such as shapes; default: all samples are of one.
    classNames : their names; default their numbers.
    titles : a line above every panel; default "z1", "z2", ...
    heading : a line above all; default none.
    xlabel : what the factor is; default nothing.

    Example
    -------
    >>> scale, shape = np.repeat(np.arange(6), 2), np.tile([0, 1], 6)
    >>> figure = plotCodeCurves([scale + shape, shape], scale, shape, ["square", "disc"], xlabel="scale")
    """
    owner = "plotCodeCurves"
    codes = _codes(owner, codes)
    values, place = np.unique(_factor(owner, "factor", factor, codes.shape[1]), return_inverse=True)
    number = np.zeros(codes.shape[1], int)
    if classes is not None:
        number = arguments.classNumbers(owner, "classes", _factor(owner, "classes", classes, codes.shape[1]))
    names = arguments.classNames(owner, classNames, int(number.max()) + 1)
    captions = _captions(owner, titles, len(codes))
    across = min(5, len(codes))
    figure, panels = canvas.panels(len(codes), across, 2.5, 2.2)
    curves = [_means(codes[:, number == one], place[number == one], len(values), np.nan) for one in np.unique(number)]
    limit = 1.1 * max(float(np.nanmax(np.abs(curve))) for curve in curves) or 1.0
    colours = canvas.colours(len(curves))
    for i, (axes, caption) in enumerate(zip(panels, captions, strict=True)):
        canvas.quiet(axes, caption, xlabel if i >= len(codes) - across else "")
        axes.set(ylim=(-limit, limit))
        for curve, colour in zip(curves, colours, strict=True):
            known = ~np.isnan(curve[i])
            axes.plot(values[known], curve[i][known], color=colour, marker="o" if len(values) < 20 else None, ms=3)
    if heading:
        figure.suptitle(heading, fontsize=canvas.HEADING, parse_math=False)
    if len(curves) > 1:
        keys = [canvas.key(c, names[one]) for c, one in zip(colours, np.unique(number), strict=True)]
        canvas.legend(figure, keys)
    return figure


def _codes(owner: str, codes: Any) -> Array:
    codes = arguments.numbers(owner, "codes", codes).astype(float)
    if codes.ndim != 2 or len(codes) > MOST:
        raise ValueError(refusal(owner, "codes", f"columns (latentDim, N) of at most {MOST} rows", codes.shape))
    return codes


def _captions(owner: str, titles: Names, count: int) -> list[str]:
    numbered = [f"z{i + 1}" for i in range(count)]
    return numbered if titles is None else arguments.captions(owner, titles, count, "codes")


def _factor(owner: str, name: str, values: Any, count: int) -> Array:
    values = arguments.numbers(owner, name, values)
    if values.shape != (count,):
        raise ValueError(refusal(owner, name, f"of shape ({count},), a number for each code", values.shape))
    return values


def _means(codes: Array, place: Array, places: int, empty: float) -> Array:
    """The mean of every code at every place, (latentDim, places); `empty` where there is none."""
    counts = np.bincount(place, minlength=places)
    sums = np.array([np.bincount(place, row, places) for row in codes])
    return np.where(counts > 0, sums / np.maximum(counts, 1), empty)

"""How right predicted and estimated numbers are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leibnet.arguments import number, refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import Names
from nn.plots.canvas import BLUE, INK, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 12  # panels


def plotPredictions(targets: Any, predictions: Any, names: Names = None) -> Figure:
    """Draws what a network predicts over what is true: a panel for each output, with the diagonal where both agree.

    The title has R² = 1 - Σ (t - p)² / Σ (t - t̄)², the share of the targets' variance that the predictions explain: 1
    at best, 0 for the mean of the targets, less for worse than that.

    Parameters
    ----------
    targets, predictions : the truth and the network's output, (outputs, N) or, of one output, (N,); at most 12 outputs.
        Of more than 5,000 samples, a random 5,000 are drawn; R² is that of all.
    names : what each output is, with its unit, such as "price in euros"; default "output 1", ..., and none for one.

    Example
    -------
    >>> targets = np.random.default_rng(0).normal(size=(2, 100))
    >>> figure = plotPredictions(targets, targets + 0.1, names=["height in m", "weight in kg"])
    """
    owner = "plotPredictions"
    truth = np.atleast_2d(arguments.numbers(owner, "targets", targets)).astype(float)
    answer = np.atleast_2d(arguments.numbers(owner, "predictions", predictions)).astype(float)
    if truth.ndim != 2:
        raise ValueError(refusal(owner, "targets", "columns (outputs, N), or (N,)", truth.shape))
    if answer.shape != truth.shape:
        raise ValueError(refusal(owner, "predictions", f"of the shape of targets, {truth.shape}", answer.shape))
    if len(truth) > MOST:
        raise ValueError(refusal(owner, "targets", f"at most {MOST} outputs", len(truth), "choose rows of both"))
    default = [f"output {place + 1}" for place in range(len(truth))] if len(truth) > 1 else [""]
    texts = default if names is None else arguments.captions(owner, names, len(truth), "outputs", "names")

    figure, panels = canvas.panels(len(truth), 3, 5.0, 4.8)
    for axes, text, true, predicted in zip(panels, texts, truth, answer, strict=True):
        spread = float(np.sum((true - true.mean()) ** 2))
        r2 = f"R² {1 - np.sum((true - predicted) ** 2) / spread:.3f}" if spread else "R² undefined: equal targets"
        canvas.quiet(axes, f"{text}: {r2}" if text else r2, "true", "predicted")
        canvas.dots(axes, np.stack((true, predicted)), BLUE)
        low, high = (float(end[0]) for end in canvas.section(np.stack((true, predicted)).reshape(1, -1)))
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.plot([low, high], [low, high], color=INK, ls=":", lw=1.5, zorder=3)
    canvas.legend(figure, [canvas.key(INK, "predicted = true", ls=":", lw=1.5)])
    return figure


def plotEstimates(
    exact: Mapping[str, tuple[Any, Any]],
    estimated: Mapping[str, tuple[Any, Any]],
    xlabel: str,
    ylabel: str,
    title: str = "",
    logarithmicFrom: float | None = None,
) -> Figure:
    """Draws functions that are known as lines, and what was estimated of them as points of the same colours.

    Parameters
    ----------
    exact : dict from a name to (x, y), each a sequence of numbers (points,). Where y is infinite, the line runs along
        the upper or the lower edge, and says so.
    estimated : dict from a name to (x, y), finite; names that are not in `exact` have points alone.
    xlabel, ylabel : what the axes show.
    title : a line above; default none.
    logarithmicFrom : the distance from 0, above 0, from which the y axis is logarithmic on either side; default none,
        the axis is linear.

    Example
    -------
    >>> x = np.linspace(0, 3, 100)
    >>> figure = plotEstimates({"x²": (x, x**2)}, {"x²": ([1, 2], [1.1, 3.9])}, "x", "area in m²")
    """
    from matplotlib.lines import Line2D

    owner = "plotEstimates"
    known = {name: _curve(owner, *entry, finite=False) for name, entry in _curves(owner, "exact", exact).items()}
    found = {name: _curve(owner, *entry) for name, entry in _curves(owner, "estimated", estimated).items()}
    names = list(dict.fromkeys((*known, *found)))
    if not names:
        raise ValueError(refusal(owner, "exact or estimated", "a dict with one entry or more", {}))
    figure, (axes,) = canvas.panels(1, 1, canvas.wideEnough(7.5, title), 4.8)
    canvas.quiet(axes, title, xlabel, ylabel)
    if logarithmicFrom is not None:
        linear = number(owner, "logarithmicFrom", logarithmicFrom, low=0, excluding="low")
        axes.set_yscale("symlog", linthresh=linear)
        axes.yaxis.set_major_formatter("{x:g}")
    keys = []
    for name, colour in zip(names, canvas.colours(len(names)), strict=True):
        if name in known:
            _line(axes, *known[name], colour)
        if name in found:
            axes.plot(*found[name], ls="", marker="o", ms=7, color=colour, zorder=3)
        keys.append(canvas.key(colour, name, lw=2 if name in known else 0, marker="o" if name in found else None))
    axes.margins(y=0.12)  # beside the edges, along which infinite lines run
    both = [canvas.key(INK, "exact", lw=2)] * bool(known)
    canvas.legend(
        figure, [*keys, *both, *[Line2D([], [], color=INK, ls="", marker="o", label="estimated")] * bool(found)]
    )
    return figure


def _curves(owner: str, name: str, curves: Any) -> dict[str, tuple[str, Any]]:
    """The pairs by their names, each with its name in messages."""
    return {str(title): (f"{name}[{title!r}]", pair) for title, pair in arguments.mapping(owner, name, curves).items()}


def _curve(owner: str, name: str, pair: Any, finite: bool = True) -> tuple[Array, Array]:
    """x and y of equal length; y may be infinite unless it shall be finite."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(refusal(owner, name, "a pair (x, y)", pair))
    x = arguments.numbers(owner, name, pair[0])
    y = realNumbers(owner, name, pair[1], finite=finite)
    if x.ndim != 1 or x.shape != y.shape or np.isnan(y).any():
        expected = "x and y of shape (points,), as many each, and no NaN"
        raise ValueError(refusal(owner, name, expected, (x.shape, y.shape)))
    return x, y


def _line(axes: Axes, x: Array, y: Array, colour: Any) -> None:
    """A line where y is finite, and along an edge where it is not; what stands alone between is a point."""
    for height, word, there in ((1.0, "∞", y == np.inf), (0.0, "-∞", y == -np.inf)):
        if there.any():
            edge = np.where(there, height, np.nan)
            axes.plot(x, edge, transform=axes.get_xaxis_transform(), color=colour, lw=4, clip_on=False)
            axes.text(1.01, height, word, transform=axes.transAxes, va="center", color=colour, size=TEXT + 4)
    finite = np.isfinite(y)
    axes.plot(x, np.where(finite, y, np.nan), color=colour, lw=2)
    beside = np.concatenate(([False], finite[:-1])) | np.concatenate((finite[1:], [False]))
    alone = finite & ~beside
    axes.plot(x[alone], y[alone], ls="", marker="s", ms=4, color=colour)

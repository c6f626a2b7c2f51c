"""Layers from the inside: the pictures of a diagnosis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leibnet.types import Array

import numpy as np

from nn.plots import canvas
from nn.plots.canvas import BLUE, GREY, HEADING, ORANGE, RED, TEXT
from nn.watch.layerstate import LayerState

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def histograms(layers: Sequence[LayerState]) -> Figure:
    """The outputs of every layer, from the least to the largest.

    Only the two ends have labels, which stand inside: whatever the numbers are, none runs into another.
    """
    longest = max(len(text) for layer in layers for text in (layer.place, layer.kind))
    figure, panels = canvas.panels(len(layers), 3, max(4.6, 0.009 * HEADING * longest + 0.8), 3.3)
    for axes, layer in zip(panels, layers, strict=True):
        canvas.quiet(axes, layer.place, layer.kind, "share of outputs")
        axes.stairs(layer.counts / layer.counts.sum(), layer.edges, fill=True, color=BLUE)
        axes.set_yscale("log")
        axes.set_ylim(1e-5, 1)
        low, high = float(layer.edges[0]), float(layer.edges[-1])
        axes.set_xlim(low, high)
        axes.set_xticks((low, high), _ends(low, high))
        first, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
    return figure


def sizes(layers: Sequence[LayerState]) -> Figure:
    """Gradients and weights of every layer that learns, on one logarithmic axis."""
    learning = [layer for layer in layers if layer.gradient is not None]
    figure, axes = _rows([layer.place for layer in learning], "Gradients and weights", "root mean square")
    shown = [size for layer in learning for size in (layer.gradient, layer.weights) if size] or [1.0]
    axes.set_xlim(10 ** np.floor(np.log10(0.8 * min(shown))), 10 ** np.ceil(np.log10(1.25 * max(shown))))
    canvas.logarithmic(axes, x=True)
    for name, colour in (("gradient", BLUE), ("weights", ORANGE)):
        values = [getattr(layer, name) or np.nan for layer in learning]
        axes.plot(values, range(len(values)), "o-", color=colour, label=name, ms=8, lw=1)
    for row, layer in enumerate(learning):
        if layer.gradient == 0:  # which a logarithmic axis does not have
            axes.text(0.01, row, "0", color=BLUE, va="center", size=TEXT, transform=axes.get_yaxis_transform())
    canvas.legend(figure, axes.lines)
    return figure


def units(layers: Sequence[LayerState]) -> Figure:
    """The shares of flat units and outputs in every layer that may have such."""
    shown = [layer for layer in layers if layer.flat is not None]
    figure, axes = _rows([layer.place for layer in shown], "Flat outputs and dead units", "share")
    places = np.arange(len(shown))
    flat = axes.barh(places - 0.2, [layer.flat or 0 for layer in shown], 0.36, color=GREY, label="flat outputs")
    dead = axes.barh(places + 0.2, [layer.dead or 0 for layer in shown], 0.36, color=RED, label="dead units")
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(canvas.percent)
    canvas.legend(figure, [flat, dead])
    return figure


def bars(title: str, values: Array) -> Figure:
    """Numbers side by side, from the largest to the smallest."""
    from matplotlib.ticker import MaxNLocator

    figure, (axes,) = canvas.panels(1, 1, 6.8, 4.3)
    canvas.quiet(axes, title)
    ranks = np.arange(1, len(values) + 1)
    axes.bar(ranks, np.sort(values)[::-1], color=BLUE)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    return figure


def _rows(names: Sequence[str], title: str, xlabel: str) -> tuple[Figure, Axes]:
    """A figure with a row for each layer, the first one at the top."""
    width = 6.0 + 0.1 * max(map(len, names))
    figure, (axes,) = canvas.panels(1, 1, width, 0.45 * len(names) + 1.8)
    canvas.quiet(axes, title, xlabel)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    return figure, axes


def _ends(low: float, high: float) -> tuple[str, str]:
    """The two numbers, with as many digits as tell them apart, and two more.

    >>> _ends(-0.51234, 12.3456), _ends(5.0, 5.00012)
    (('-0.512', '12.3'), ('5', '5.00012'))
    """
    digits = 3 + max(0, math.ceil(math.log10(max(abs(low), abs(high)) / (high - low))))
    return f"{low:.{digits}g}", f"{high:.{digits}g}"

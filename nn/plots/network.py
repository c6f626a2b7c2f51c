"""Networks and their activations."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.models.model import Model
from nn.plots import canvas
from nn.plots.canvas import BLUE, GREY, HEADING, INK, ORANGE, RED, SKY, TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotNetwork(model: Model) -> Figure:
    """Draws the graph of a network: a column of nodes, at most 12 of them, for the input and the output of every layer.

    Below stand size, kind, activation and number of parameters. Frozen layers have dashed lines and are called so.

    Parameters
    ----------
    model : a model whose layers follow one another, such as an MLP.

    Example
    -------
    >>> from layers import Dense
    >>> from nn.models.mlp import MLP
    >>> figure = plotNetwork(MLP([Dense(2, 3), Dense(3, 1)]))
    """
    from matplotlib.collections import LineCollection

    if not isinstance(model, Model):
        raise TypeError(f"expected a model, such as an MLP, got {type(model).__name__}")
    layers = list(model.namedLayers().values())
    if not layers:
        raise ValueError(f"expected a model with layers, got an empty {type(model).__name__}: add some with addLayer")
    shapes, notes = [layers[0].inputShape or ()], [["input"]]
    for layer in layers:
        shapes.append(layer.outputShape(layer.inputShape or shapes[-1]))
        activation = "" if layer.activation is None else repr(layer.activation).removesuffix("()")
        words = [layer.name, activation, f"{layer.numParameters():,} parameters", "" if layer.trainable else "frozen"]
        notes.append([word for word in words if word])
    sizes = [math.prod(shape) for shape in shapes]

    # In inches; a column of more than 12 shows the first and the last 6 and, in a 13th place, the ellipsis.
    places = min(max(sizes), 13)
    pitch, step = min(0.75, 5.2 / places), max(2.1, 0.1 * max(len(word) for words in notes for word in words))
    bottom = 0.75 + 0.22 * max(map(len, notes))
    middle, thickness = bottom + pitch * places / 2, 72 * pitch
    heading = f"{type(model).__name__}, {model.numParameters():,} parameters"
    figure, axes = canvas.inch_axes(step * len(sizes), bottom + pitch * places + 0.6, heading)
    left, before = (axes.get_xlim()[1] - step * (len(sizes) - 1)) / 2, np.empty((0, 2))
    for column, (shape, size, words) in enumerate(zip(shapes, sizes, notes, strict=True)):
        rows = np.delete(np.arange(13), 6) if size > 12 else np.arange(size)
        x, y = left + step * column, middle + pitch * (rows[-1] / 2 - rows)
        nodes = np.column_stack((np.full(len(y), x), y))
        style = "--" if "frozen" in words else "-"
        colour = "white" if not column else ORANGE if column == len(layers) else SKY
        wires = LineCollection(
            [(a, b) for a in before for b in nodes], colors=GREY, alpha=0.45, lw=0.6, ls=style, zorder=1
        )
        axes.add_collection(wires)
        axes.scatter(nodes[:, 0], y, s=(0.72 * thickness) ** 2, c=colour, edgecolors=INK, ls=style, zorder=2)
        if size > 12:
            axes.scatter([x] * 3, middle + 0.22 * pitch * np.arange(-1, 2), s=(0.12 * thickness) ** 2, c=INK, zorder=2)
        axes.text(x, bottom - 0.3, "×".join(map(str, shape)), ha="center", size=HEADING, weight="bold")
        for line, word in enumerate(words):
            colour, weight = (BLUE, "bold") if word == "frozen" else (INK, "normal")
            axes.text(x, bottom - 0.58 - 0.22 * line, word, ha="center", size=TEXT, color=colour, weight=weight)
        before = nodes
    return figure


def plotActivations(activations: Iterable[Any]) -> Figure:
    """Draws activation functions and their derivatives, a panel for each, as in the lecture.

    Parameters
    ----------
    activations : objects such as ReLU(); what is used of them is `draw(axes)`.

    Example
    -------
    >>> from activations import ReLU, Sigmoid
    >>> figure = plotActivations([Sigmoid(), ReLU()])
    """
    activations = list(activations) if isinstance(activations, Iterable) else [activations]
    for activation in activations or [None]:
        if isinstance(activation, type) or not callable(getattr(activation, "draw", None)):
            raise TypeError(f"expected activations such as [ReLU(), ELU()] (instances), got {activation!r}")
    figure, panels = canvas.panels(len(activations), 4, 3.6, 3.2)
    for axes, activation in zip(panels, activations, strict=True):
        axes.set_prop_cycle(color=[BLUE, RED])
        activation.draw(axes)
        canvas.quiet(axes, axes.get_title().removesuffix("()"))
        if legend := axes.get_legend():
            legend.remove()  # one for all stands below
    canvas.legend(figure, panels[0].get_legend_handles_labels()[0])
    return figure

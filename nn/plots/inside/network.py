"""Networks and their activations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from leibnet.arguments import refusal
from leibnet.types import Shape

import numpy as np

from layers import Chain, Composite, Layer
from nn.plots import canvas
from nn.plots.canvas import BLUE, GREY, HEADING, INK, ORANGE, RED, SKY, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 12  # nodes in a column; of more, the first and the last 6 are drawn with dots between them


@runtime_checkable
class Networks(Protocol):
    """What `plotNetwork` wants of a model, see `nn.Model`."""

    @property
    def name(self) -> str:
        """What the model is called."""

    def networks(self) -> Mapping[str, Chain]:
        """Its networks by name, of which each takes what the one before gives."""

    def numParameters(self) -> int:
        """How many numbers it learns."""


def plotNetwork(model: Networks | Chain, inputShape: Shape | None = None) -> Figure:
    """Draws the graph of a network: a column of nodes, at most 12 of them, for the input and the output of every layer.

    Below stand shape, kind, activation and number of parameters; "any", where the shape depends on the input. Frozen
    layers have dashed lines and are called so. A layer without a product, such as Dropout, joins each node to its own.
    `Residual` is drawn as one layer: draw its `chain` to see inside.

    Parameters
    ----------
    model : a model whose layers follow one another, such as an MLP; or a chain of layers.
    inputShape : the shape of one sample, for a first layer that takes any, such as Flatten; default unknown.

    Raises
    ------
    ValueError : where the network branches otherwise than in a layer such as `Residual`.

    Example
    -------
    >>> from layers import Dense
    >>> figure = plotNetwork(Chain([Dense(2, 3), Dense(3, 1)]))
    """
    from matplotlib.collections import LineCollection

    layers, shapes = _layers_and_shapes(model, inputShape)
    notes = [["input"], *map(_words, layers)]
    sizes = [math.inf if shape is None else math.prod(shape) for shape in shapes]

    # In inches; of a column with dots, these have a place between the nodes.
    places = min(max(sizes), MOST + 1)
    pitch, step = min(0.75, 5.2 / places), max(2.1, 0.1 * max(len(word) for words in notes for word in words))
    bottom = 0.75 + 0.22 * max(map(len, notes))
    middle, thickness = bottom + pitch * places / 2, 72 * pitch
    heading = f"{model.name}, {model.numParameters():,} parameters"
    figure, axes = canvas.inchAxes(step * len(sizes), bottom + pitch * places + 0.6, heading)
    left, before = (axes.get_xlim()[1] - step * (len(sizes) - 1)) / 2, np.empty((0, 2))
    for column, (shape, size, words) in enumerate(zip(shapes, sizes, notes, strict=True)):
        rows = np.arange(size) if size <= MOST else np.delete(np.arange(MOST + 1), MOST // 2)
        x, y = left + step * column, middle + pitch * (rows[-1] / 2 - rows)
        nodes = np.column_stack((np.full(len(y), x), y))
        style = "--" if "frozen" in words else "-"
        colour = "white" if not column else ORANGE if column == len(layers) else SKY
        apart = column > 0 and _is_elementwise(layers[column - 1], shapes[column - 1], shape)
        ends = zip(before, nodes, strict=True) if apart else ((a, b) for a in before for b in nodes)
        axes.add_collection(LineCollection(list(ends), colors=GREY, alpha=0.45, lw=0.6, ls=style, zorder=1))
        axes.scatter(nodes[:, 0], y, s=(0.72 * thickness) ** 2, c=colour, edgecolors=INK, ls=style, zorder=2)
        if size > MOST:
            axes.scatter([x] * 3, middle + 0.22 * pitch * np.arange(-1, 2), s=(0.12 * thickness) ** 2, c=INK, zorder=2)
        _write_below(axes, x, bottom, "any" if shape is None else "×".join(map(str, shape)), words)
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
            expected = "activations (instances) such as [ReLU(), ELU()]"
            raise TypeError(refusal("plotActivations", "activations", expected, activation))
    figure, panels = canvas.panels(len(activations), 4, 3.6, 3.2)
    for axes, activation in zip(panels, activations, strict=True):
        axes.set_prop_cycle(color=[BLUE, RED])
        activation.draw(axes)
        canvas.quiet(axes, axes.get_title().removesuffix("()"))
        if legend := axes.get_legend():
            legend.remove()  # one for all stands below
    canvas.legend(figure, panels[0].get_legend_handles_labels()[0])
    return figure


def _layers_and_shapes(model: Any, shape: Shape | None) -> tuple[list[Layer], list[Shape | None]]:
    """The layers, and the shapes of one sample of the input and of each layer's output; None where it may be any."""
    owner = "plotNetwork"
    if isinstance(model, type) or not isinstance(model, (Networks, Chain)):
        raise TypeError(refusal(owner, "model", "a model such as an MLP, or a Chain of layers", model))
    chains = [model] if isinstance(model, Chain) else model.networks().values()
    layers = [layer for chain in chains for layer in _in_order(chain)]
    if not layers:
        raise ValueError(refusal(owner, "model", "a model with layers", model, "add some first"))
    shapes = [layers[0].inputShape if shape is None else tuple(shape)]
    for layer in layers:
        shape = layer.inputShape if shapes[-1] is None else shapes[-1]
        shapes.append(None if shape is None else layer.outputShape(shape))
    for layer, ends in zip(layers, itertools.pairwise(shapes), strict=True):
        if any(isinstance(side, tuple) or side is None for end in ends for side in end or ()):
            expected = f"a network without branches, but it branches at {layer.describe()}"
            raise ValueError(refusal(owner, "model", expected, model.name, "draw the branches one by one"))
    return layers, shapes


def _in_order(chain: Chain) -> Iterator[Layer]:
    """The layers of a chain, those of chains in it one by one."""
    for layer in chain.layers:
        if isinstance(layer, Chain):
            yield from _in_order(layer)
        else:
            yield layer


def _words(layer: Layer) -> list[str]:
    """What stands below a layer."""
    activation = "" if layer.activation is None else repr(layer.activation).removesuffix("()")
    count = layer.numParameters()
    words = [
        layer.name,
        f"{len(layer.leaves())} layers" if isinstance(layer, Composite) else "",
        activation,
        f"{count:,} parameters" if count else "",
        "frozen" if count and not layer.learns else "",
    ]
    return [word for word in words if word]


def _is_elementwise(layer: Layer, before: Shape | None, after: Shape | None) -> bool:
    """Whether each output belongs to one input, as far as one can tell: there are as many, and there is no product."""
    if before is None or after is None:
        return before is after and not layer.numParameters()
    return math.prod(before) == math.prod(after) and not layer.multiplications(before)


def _write_below(axes: Axes, x: float, bottom: float, shape: str, words: list[str]) -> None:
    axes.text(x, bottom - 0.3, shape, ha="center", size=HEADING, weight="bold")
    for line, word in enumerate(words):
        colour, weight = (BLUE, "bold") if word == "frozen" else (INK, "normal")
        axes.text(x, bottom - 0.58 - 0.22 * line, word, ha="center", size=TEXT, color=colour, weight=weight)

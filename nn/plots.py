"""Pictures through matplotlib. Every function returns a Figure and needs no display: figure.savefig("curves.png")."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from layers import Layer
from nn import canvas
from nn.canvas import BLUE, GREEN, GREY, HEADING, INK, ORANGE, PALE, PURPLE, RED, SKY, TEXT, ImageShape, Names
from nn.history import History
from nn.model import Model

if TYPE_CHECKING:  # matplotlib is imported where it is used, for a quick `import nn`; pyplot and its state play no part
    from matplotlib.figure import Figure

SPLITS = {"train": (BLUE, "--"), "validation": (GREEN, "-."), "test": (RED, "-")}


def plotHistory(history: History | Mapping[str, History], samplesPerEpoch: int | None = None) -> Figure:
    """Draws the metrics of a training, or of several to compare them: a panel for the loss, one for the accuracy, ...

    Parameters
    ----------
    history : what `train` returned, or a dict from names to such. One training has a colour each for train, validation
        and test; several have a colour each. A vertical line is where early stopping found the best weights.
    samplesPerEpoch : size of the training set; with it the x axis counts epochs, without it samples processed.

    Example
    -------
    >>> history = History(["train_loss", "test_loss"])
    >>> history.append(50, {"train_loss": 0.7, "test_loss": 0.8})
    >>> figure = plotHistory(history)
    >>> figure = plotHistory({"Adam": history, "SGD": history})
    """
    from matplotlib import colormaps
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedLocator, MaxNLocator

    several, runs = isinstance(history, Mapping), _checkedRuns(history)
    unit = 1 if samplesPerEpoch is None else canvas.positive("samplesPerEpoch", samplesPerEpoch)
    palette = [BLUE, RED, GREEN, PURPLE, ORANGE, SKY, INK]
    colours = palette if len(runs) <= len(palette) else list(colormaps["viridis"](np.linspace(0, 0.92, len(runs))))
    colourOf = dict(zip(runs, colours, strict=False))
    metrics = [metric.split("_", 1) for record in runs.values() for metric in record.values]
    quantities = sorted(dict.fromkeys(quantity for _, quantity in metrics), key=lambda quantity: quantity != "loss")
    splits = [split for split in SPLITS if split in {split for split, _ in metrics}]

    figure = canvas.blank_figure(max(6.4, 5.5 * len(quantities)), 4.8)
    panels = dict(zip(quantities, figure.subplots(1, len(quantities), squeeze=False)[0], strict=True))
    for name, record in runs.items():
        x = np.array(record.index) / unit
        for metric, entries in record.values.items():
            split, quantity = metric.split("_", 1)
            colour, label = (colourOf[name], f"{name}, {split}") if several else (SPLITS[split][0], split)
            look: dict[str, Any] = {"color": colour, "ls": SPLITS[split][1], "marker": "o" if len(x) <= 30 else None}
            panels[quantity].plot(x, entries, label=label, lw=2, ms=5, clip_on=False, **look)
        if record.bestIndex is not None:
            for axes in panels.values():
                axes.axvline(record.bestIndex / unit, color=colourOf[name] if several else GREY, lw=1, zorder=1)
    ticks = {index / unit for record in runs.values() for index in record.index}
    for quantity, axes in panels.items():
        canvas.quiet(axes, quantity.capitalize(), "epochs" if samplesPerEpoch else "samples processed")
        axes.xaxis.set_major_locator(FixedLocator(list(ticks)) if len(ticks) == 1 else MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
    if "accuracy" in panels:
        panels["accuracy"].yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
        panels["accuracy"].set_ylim(top=min(panels["accuracy"].get_ylim()[1], 1))

    keys = [Line2D([], [], color=colourOf[name], lw=3, label=name) for name in runs if several]
    if not several or len(splits) > 1:
        keys += [Line2D([], [], color=INK if several else SPLITS[s][0], ls=SPLITS[s][1], lw=2, label=s) for s in splits]
    if any(record.bestIndex is not None for record in runs.values()):
        keys.append(Line2D([], [], color=GREY, lw=1, label="best weights"))
    figure.legend(handles=keys, loc="outside lower center", ncols=min(len(keys), 6), frameon=False, fontsize=TEXT)
    return figure


def plotConfusionMatrix(label: Any, output: Any, classNames: Names = None) -> Figure:
    """Draws how often each class (row) was taken for each (column): the counts, coloured by their share of the row.

    Parameters
    ----------
    label, output : the truth and the network's answer, each either (classes, N), where the largest row is the class,
        or class numbers (N,). A single row (1, N) holds class numbers if all are whole, else class 1 is above 1/2.
    classNames : names of the classes; default their numbers.

    Example
    -------
    >>> figure = plotConfusionMatrix([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"])
    """
    from matplotlib.colors import PowerNorm

    truth, predicted, names = canvas.classes(label, output, classNames)
    classes, longest = len(names), max(map(len, names))
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.2, (0.58 if classes <= 10 else 0.47) * classes)

    figure = canvas.blank_figure(side + 2.4 + 0.08 * longest, side + 1.2 + 0.08 * longest)
    axes = figure.add_subplot()
    right = int(np.trace(counts))
    canvas.quiet(axes, f"Accuracy {right / len(truth):.2%} ({right:,} of {len(truth):,})", "predicted", "true")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    # By the root of the share: a confusion of 1 % is to be seen beside the 98 % that are right.
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))
    size = min(14.0, 72 * side / classes / (0.75 * len(str(counts.max()))))
    for (row, column), count in np.ndenumerate(counts):
        colour = PALE if not count else "white" if shares[row, column] > 0.45 else INK
        axes.text(column, row, str(count), ha="center", va="center", color=colour, size=size, in_layout=False)
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if longest > 3 else {}
    axes.set_xticks(range(classes), names, parse_math=False, **slanted)
    axes.set_yticks(range(classes), names, parse_math=False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, ticks=[0, 0.01, 0.1, 0.3, 0.6, 1], format="{x:.0%}")
    canvas.quiet_bar(bar, "share of the true class")
    return figure


def plotMisclassified(
    inputs: Any, label: Any, output: Any, imageShape: ImageShape, count: int = 25, classNames: Names = None
) -> Figure:
    """Draws the images that were classified wrongly, the most certain mistakes first: "true → predicted (certainty)".

    Parameters
    ----------
    inputs : images as columns (height · width, N).
    label : as for `plotConfusionMatrix`.
    output : the network's (classes, N), or (1, N) for two classes; from 0 to 1, as the largest is called the certainty.
    imageShape : (height, width).
    count : so many at most; default 25.
    classNames : names of the classes; default their numbers.

    Example
    -------
    >>> figure = plotMisclassified(np.eye(4), [0, 0, 1, 1], [[0.9, 0.2, 0.1, 0.4], [0.1, 0.8, 0.9, 0.6]], (2, 2))
    """
    images, output = canvas.images(inputs, imageShape), canvas.numbers("output", output)
    if output.ndim != 2 or output.min() < 0 or output.max() > 1:
        raise ValueError(
            "expected the network's output as columns (classes, N) of numbers from 0 to 1, as Softmax gives, "
            f"to tell how certain it was; got shape {output.shape}, values from {output.min():g} to {output.max():g}"
        )
    truth, predicted, names = canvas.classes(label, output, classNames)
    if len(images) != len(truth):
        raise ValueError(f"expected as many images as labels, got {len(images)} and {len(truth)} columns")
    certainty = output.max(axis=0) if len(output) > 1 else np.maximum(output[0], 1 - output[0])
    wrong = np.flatnonzero(truth != predicted)
    shown = wrong[np.argsort(-certainty[wrong], kind="stable")][: canvas.positive("count", count)]
    if not len(wrong):
        figure, axes = canvas.inch_axes(6.4, 2)
        axes.text(3.2, 1, f"None of the {len(truth):,} images is misclassified", ha="center", va="center", size=HEADING)
        return figure
    space = " " if max(map(len, names)) <= 3 else "\n"
    captions = [f"{names[truth[i]]} → {names[predicted[i]]}{space}({certainty[i]:.1%})" for i in shown]
    selection = f", the {len(shown)} most certain" if len(shown) < len(wrong) else ""
    heading = f"{len(wrong):,} of {len(truth):,} misclassified{selection}"
    return canvas.sheet(images[shown], math.ceil(math.sqrt(len(shown))), captions, heading)[0]


def plotWeights(layer: Layer, imageShape: ImageShape, count: int = 25) -> Figure:
    """Draws what the neurons of a first layer look for: the rows of its weight matrix as images, the largest first.

    Parameters
    ----------
    layer : a layer whose `weight` is (outputDim, height · width), such as `classifier.layers[0]`.
    imageShape : (height, width).
    count : so many rows at most, those of the largest norm; default 25.

    Example
    -------
    >>> from layers import Dense
    >>> figure = plotWeights(Dense(784, 100), (28, 28), count=16)
    """
    if not isinstance(layer, Layer):
        raise TypeError(f"expected a layer, such as classifier.layers[0], got {type(layer).__name__}")
    weight = layer.parameters.get("weight")
    if weight is None or weight.ndim != 2:
        raise ValueError(f"expected a layer with a weight matrix, such as Dense, got {layer.describe()}")
    images = canvas.images(weight.T, imageShape, "weight.T")
    order = np.argsort(-np.linalg.norm(weight, axis=1), kind="stable")[: canvas.positive("count", count)]
    limit = float(np.abs(weight[order]).max()) or 1.0
    captions = [f"neuron {i}" for i in order]
    selection = f", the {len(order)} of largest norm" if len(order) < len(weight) else ""
    heading, columns = f"Weights of {len(weight)} neurons{selection}", math.ceil(math.sqrt(len(order)))
    figure, axes = canvas.sheet(images[order], columns, captions, heading, 0.9, cmap="RdBu_r", vmin=-limit, vmax=limit)
    width = axes.get_xlim()[1]
    below = axes.inset_axes((0.2 * width, 0.7, 0.6 * width, 0.16), transform=axes.transData)
    bar = figure.colorbar(
        axes.images[0], cax=below, orientation="horizontal", ticks=[-limit, 0, limit], format="{x:.2g}"
    )
    canvas.quiet_bar(bar, "weight")
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
    columns = min(len(activations), 4)
    rows = math.ceil(len(activations) / columns)
    figure = canvas.blank_figure(max(5.0, 3.6 * columns), 3.2 * rows + 0.5)
    for place, activation in enumerate(activations):
        axes = figure.add_subplot(rows, columns, place + 1)
        axes.set_prop_cycle(color=[BLUE, RED])
        activation.draw(axes)
        canvas.quiet(axes, axes.get_title().removesuffix("()"))
        handles, labels = axes.get_legend_handles_labels()
        if legend := axes.get_legend():
            legend.remove()  # one for all stands below
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=TEXT)
    return figure


def plotNetwork(model: Model) -> Figure:
    """Draws the graph of a network: a column of nodes, at most 12 of them, for the input and the output of every layer.

    Below stand size, kind, activation and number of parameters. Frozen layers have dashed lines and are called so.

    Parameters
    ----------
    model : a model whose layers follow one another, such as an MLP.

    Example
    -------
    >>> from layers import Dense
    >>> from nn.mlp import MLP
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


def plotImages(inputs: Any, imageShape: ImageShape, columns: int = 10, titles: Names = None) -> Figure:
    """Draws a sheet of images, black the smallest and white the largest of all their values.

    Parameters
    ----------
    inputs : images as columns (height · width, N), at most 400.
    imageShape : (height, width).
    columns : images side by side; default 10.
    titles : a line above each image; default none.

    Example
    -------
    >>> figure = plotImages(np.eye(4), (2, 2), columns=2, titles=["a", "b", "c", "d"])
    """
    images = canvas.images(inputs, imageShape)
    if len(images) > 400:
        raise ValueError(f"expected at most 400 images, got {len(images):,}: choose some, such as inputs[:, :100]")
    captions = [""] * len(images) if titles is None else [str(title) for title in titles]
    if len(captions) != len(images):
        raise ValueError(f"expected a title for each of {len(images)} images, got {len(captions)}")
    return canvas.sheet(images, canvas.positive("columns", columns), captions)[0]


def _checkedRuns(history: Any) -> dict[str, History]:
    """The trainings by name; one alone has none."""
    runs = dict(history) if isinstance(history, Mapping) else {"": history}
    if not runs:
        raise ValueError("expected at least one History, got an empty dict")
    for record in runs.values():
        if not isinstance(record, History):
            raise TypeError(f"expected the History that train returned, or a dict from names to such, got {record!r}")
        if not record.index or not record.values:
            raise ValueError("expected a History with entries, got one without: train with metrics first")
        for metric in record.values:
            if metric.partition("_")[0] not in SPLITS or not metric.partition("_")[2]:
                raise ValueError(f"expected metrics named like train_loss or test_accuracy, got {metric!r}")
    return runs

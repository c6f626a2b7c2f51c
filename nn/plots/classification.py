"""How right a classifier is, and where it is wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from leibnet.arguments import refusal, wholeNumber

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names
from nn.plots.canvas import HEADING, INK, PALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

    truth, predicted, names = arguments.classes("plotConfusionMatrix", label, output, classNames)
    classes, longest = len(names), max(map(len, names))
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.2, (0.58 if classes <= 10 else 0.47) * classes)

    figure = canvas.blankFigure(side + 2.4 + 0.08 * longest, side + 1.2 + 0.08 * longest)
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
    canvas.quietBar(bar, "share of the true class")
    return figure


def plotMisclassified(
    inputs: Any, label: Any, output: Any, imageShape: ImageShape = None, count: int = 25, classNames: Names = None
) -> Figure:
    """Draws the images that were classified wrongly, the most certain mistakes first: "true → predicted (certainty)".

    Parameters
    ----------
    inputs : images as columns (height · width, N) or (channels, height, width, N), in colour with 3 channels.
    label : as for `plotConfusionMatrix`.
    output : the network's (classes, N), or (1, N) for two classes; from 0 to 1, as the largest is called the certainty.
    imageShape : (height, width); for columns.
    count : how many at most; default 25.
    classNames : names of the classes; default their numbers.

    Example
    -------
    >>> figure = plotMisclassified(np.eye(4), [0, 0, 1, 1], [[0.9, 0.2, 0.1, 0.4], [0.1, 0.8, 0.9, 0.6]], (2, 2))
    """
    owner = "plotMisclassified"
    images, output = arguments.images(owner, "inputs", inputs, imageShape), arguments.numbers(owner, "output", output)
    if output.ndim != 2 or output.min() < 0 or output.max() > 1:
        expected = "columns (classes, N) of numbers from 0 to 1, as Softmax gives, to tell how certain the network was"
        remedy = f"its values lie from {output.min():g} to {output.max():g}"
        raise ValueError(refusal(owner, "output", expected, output.shape, remedy))
    truth, predicted, names = arguments.classes(owner, label, output, classNames)
    if len(images) != len(truth):
        raise ValueError(refusal(owner, "inputs", f"as many images as there are labels, {len(truth)}", len(images)))
    certainty = output.max(axis=0) if len(output) > 1 else np.maximum(output[0], 1 - output[0])
    wrong = np.flatnonzero(truth != predicted)
    shown = wrong[np.argsort(-certainty[wrong], kind="stable")][: wholeNumber(owner, "count", count)]
    if not len(wrong):
        figure, axes = canvas.inchAxes(6.4, 2)
        axes.text(3.2, 1, f"None of the {len(truth):,} images is misclassified", ha="center", va="center", size=HEADING)
        return figure
    space = " " if max(map(len, names)) <= 3 else "\n"
    captions = [f"{names[truth[i]]} → {names[predicted[i]]}{space}({certainty[i]:.1%})" for i in shown]
    selection = f", the {len(shown)} most certain" if len(shown) < len(wrong) else ""
    heading = f"{len(wrong):,} of {len(truth):,} misclassified{selection}"
    return canvas.sheet(images[shown], math.ceil(math.sqrt(len(shown))), captions, heading)[0]

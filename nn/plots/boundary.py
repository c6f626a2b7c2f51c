"""Where a classifier of points of the plane sees which class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.arguments import Names
from nn.plots.canvas import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRONG = 0.45  # how strong the colour of a class is where the classifier is sure of it


@runtime_checkable
class Predictor(Protocol):
    """What `plotDecisionBoundary` wants of a model."""

    def predict(self, x: Any) -> Any:
        """The outputs (classes, N) or (1, N) for points (2, N)."""


def plotDecisionBoundary(
    model: Predictor,
    x: Any,
    label: Any,
    classNames: Names = None,
    names: tuple[str, str] = ("x₁", "x₂"),
    side: int = 200,
) -> Figure:
    """Draws which class a classifier sees where in the plane, and the samples in the colours of their true classes.

    The background mixes the colours of the classes by their probabilities: the stronger, the surer the classifier is.
    Lines separate the places where different classes are the most likely. Outputs that are no probabilities, below 0,
    above 1, or for several classes not of sum 1, give each place the colour of the largest.

    Parameters
    ----------
    model : a trained network that takes two features: `model.predict(points)` of points (2, N) is (classes, N), or
        (1, N) for two classes, the probability of class 1.
    x : the samples (2, N); of more than 5,000, a random 5,000 are drawn. The accuracy in the title is that of all.
    label : their classes, columns (classes, N) or class numbers (N,).
    classNames : names of the classes; default their numbers.
    names : of the two features, along the axes.
    side : how many points are predicted along each axis; default 200.

    Example
    -------
    >>> from activations import Softmax
    >>> from dataset import Dataset
    >>> from layers import Dense
    >>> from nn import MLP
    >>> moons = Dataset("two_moons")
    >>> figure = plotDecisionBoundary(MLP([Dense(2, 2, Softmax())]), *moons.testSet())
    """
    from matplotlib.colors import to_rgba_array
    from matplotlib.lines import Line2D

    owner = "plotDecisionBoundary"
    if isinstance(model, type) or not isinstance(model, Predictor):
        raise TypeError(refusal(owner, "model", "a trained network, which has predict", model))
    points, side = arguments.points(owner, "x", x), wholeNumber(owner, "side", side, least=2)
    if len(names) != 2:
        raise ValueError(refusal(owner, "names", "the names of two features", names))
    predicted = arguments.numbers(owner, "the output of model", model.predict(points))
    truth, answer, texts = arguments.classes(owner, label, predicted, classNames)
    if len(truth) != points.shape[1]:
        raise ValueError(refusal(owner, "x", f"as many points as there are labels, {len(truth)}", points.shape))
    colours = to_rgba_array(canvas.colours(len(texts)))

    low, high = canvas.section(points)
    across, up = np.linspace(low[0], high[0], side), np.linspace(low[1], high[1], side)
    grid = np.stack([part.ravel() for part in np.meshgrid(across, up)])
    shares = _probabilities(arguments.numbers(owner, "the output of model", model.predict(grid)), len(texts))
    shades = 1 - STRONG + STRONG * (colours[:, :3].T @ shares)

    figure, (axes,) = canvas.plane(1, (low, high))
    right = int(np.count_nonzero(truth == answer))
    canvas.quiet(axes, f"Accuracy {right / len(truth):.2%} ({right:,} of {len(truth):,})", *names)
    axes.grid(False)
    extent = (low[0], high[0], low[1], high[1])
    axes.imshow(shades.T.reshape(side, side, 3), extent=extent, origin="lower", interpolation="bilinear", zorder=0)
    for place in range(len(texts)):
        margin = shares[place] - np.delete(shares, place, axis=0).max(axis=0)
        if margin.min() < 0 < margin.max():
            axes.contour(across, up, margin.reshape(side, side), [0.0], colors=INK, linewidths=1)
    canvas.dots(axes, points, colours[truth], alpha=1.0, linewidths=0.3, edgecolors="white")
    look: dict[str, Any] = {"ls": "", "marker": "o", "ms": 8}
    keys = [Line2D([], [], color=colour, label=text, **look) for colour, text in zip(colours, texts, strict=True)]
    keys.append(Line2D([], [], color=INK, lw=1, label="boundary"))
    canvas.legend(figure, keys, beside=True)
    return figure


def _probabilities(outputs: Array, classes: int) -> Array:
    """The outputs as the probabilities of the classes (classes, N); where they are none, 1 for the largest."""
    several = outputs.ndim == 2 and len(outputs) > 1
    probable = outputs.min() >= 0 and outputs.max() <= 1
    if probable and several and np.allclose(outputs.sum(axis=0), 1, atol=1e-3):
        shares = np.zeros((classes, outputs.shape[1]))
        shares[: len(outputs)] = outputs
        return shares
    if probable and outputs.ndim == 2 and not several:
        return np.concatenate((1 - outputs, outputs, np.zeros((classes - 2, outputs.shape[1]))))
    return np.eye(classes)[:, arguments.classNumbers("plotDecisionBoundary", "the output of model", outputs)]

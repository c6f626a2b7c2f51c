"""What a layer or a principal component looks for: columns with signs, as images; and how much each explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leibnet.arguments import instance, number, refusal, wholeNumber

import numpy as np

from layers import Layer
from nn.plots import arguments, canvas
from nn.plots.arguments import ImageShape, Names
from nn.plots.canvas import BLUE, ORANGE, RED, TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotWeights(layer: Layer, imageShape: ImageShape = None, count: int = 25) -> Figure:
    """Draws what the neurons of a first layer look for: the weights of each as an image, the largest first.

    Parameters
    ----------
    layer : a layer whose parameter `weight` is (outputDim, height · width), such as `classifier.layers[0]`, or
        (out, 1, height, width).
    imageShape : (height, width); for a matrix.
    count : how many neurons at most, those of the largest norm; default 25.

    Example
    -------
    >>> from layers import Dense
    >>> figure = plotWeights(Dense(784, 100), (28, 28), count=16)
    """
    owner = "plotWeights"
    weight = instance(owner, "layer", layer, Layer, "classifier.layers[0]").parameters.get("weight")
    if weight is None:
        raise ValueError(refusal(owner, "layer", "a layer with a parameter called weight, such as Dense", layer))
    images = arguments.images(owner, "the weights of layer", np.moveaxis(weight, 0, -1), imageShape, colour=False)
    norms = np.linalg.norm(weight.reshape(len(weight), -1), axis=1)
    order = np.argsort(-norms, kind="stable")[: wholeNumber(owner, "count", count)]
    selection = f", the {len(order)} of largest norm" if len(order) < len(weight) else ""
    heading = f"Weights of {len(weight)} neurons{selection}"
    return canvas.signedSheet(images[order], [f"neuron {i}" for i in order], heading, "weight")


def plotComponents(
    components: Any, imageShape: ImageShape = None, count: int = 25, titles: Names = None, heading: str | None = None
) -> Figure:
    """Draws principal components, or other columns with signs, as images: red above zero, blue below, white at zero.

    Parameters
    ----------
    components : columns (height · width, N) or (1, height, width, N), the most important first.
    imageShape : (height, width); for columns.
    count : how many at most, the first; default 25.
    titles : a line above each of those; default their numbers, from 1.
    heading : a line above all; default how many there are, "First 4 of 16 components".

    Example
    -------
    >>> directions, _, _ = np.linalg.svd(np.random.default_rng(0).normal(size=(16, 16)))
    >>> figure = plotComponents(directions, (4, 4), count=4)
    """
    owner = "plotComponents"
    images = arguments.images(owner, "components", components, imageShape, colour=False)
    shown = images[: wholeNumber(owner, "count", count)]
    numbers = [str(place) for place in range(1, len(shown) + 1)]
    if heading is None:
        heading = f"{'' if len(shown) == len(images) else f'First {len(shown)} of '}{len(images)} components"
    captions = arguments.captions(owner, numbers if titles is None else titles, len(shown))
    return canvas.signedSheet(shown, captions, heading, "")


def plotSpectrum(explainedVariance: Any, total: float | None = None) -> Figure:
    """Draws the share of the variance that each principal component explains, and that of the first of them together.

    The shares of each have a logarithmic axis, down to a millionth of the largest.

    Parameters
    ----------
    explainedVariance : the variance along each component (components,), the most important first.
    total : the variance of the data, if these are not all components; default their sum.

    Example
    -------
    >>> figure = plotSpectrum([4.0, 2.0, 1.0], total=10.0)
    """
    from matplotlib.ticker import MaxNLocator, NullFormatter

    owner = "plotSpectrum"
    variance = arguments.numbers(owner, "explainedVariance", explainedVariance).astype(float)
    if variance.ndim != 1 or variance.min() < -1e-6 * variance.max() or not variance.max() > 0:  # but for rounding
        expected = "numbers (components,) from 0 upwards, not all of them 0"
        remedy = f"its values lie from {variance.min():g} to {variance.max():g}"
        raise ValueError(refusal(owner, "explainedVariance", expected, variance.shape, remedy))
    whole = float(variance.sum()) if total is None else number(owner, "total", total)
    if whole < 0.999 * variance.sum():
        raise ValueError(refusal(owner, "total", f"the sum of explainedVariance, {variance.sum():g}, or more", whole))
    shares, together, place = variance / whole, np.cumsum(variance) / whole, np.arange(1, len(variance) + 1)

    figure, (each, sums) = canvas.panels(2, 2, 5.5, 4.0)
    canvas.quiet(each, "Share of the variance", "component")
    canvas.quiet(sums, "Share of the first together", "components")
    look: dict[str, Any] = {"color": BLUE, "lw": 2, "ms": 5, "marker": "o" if len(variance) <= 50 else None}
    each.plot(place, shares, **look)
    sums.plot(place, together, clip_on=False, **look)
    for share, colour in ((0.9, ORANGE), (0.99, RED)):
        if together[-1] >= share:
            first = int(np.argmax(together >= share))
            name = f"{share:.0%} by the first {first + 1:,}"
            sums.plot(place[first], together[first], "o", color=colour, ms=9, clip_on=False, label=name)
    if len(sums.lines) > 1:
        sums.legend(loc="lower right", frameon=False, fontsize=TEXT)
    each.set_yscale("log")
    each.yaxis.set_minor_formatter(NullFormatter())
    each.set_ylim(max(0.5 * shares[shares > 0].min(), 1e-6 * shares.max()), 1)
    sums.set_ylim(0, 1)
    for axes in (each, sums):
        axes.set_xlim(0.4, len(variance) + 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.yaxis.set_major_formatter(canvas.percent)
    return figure

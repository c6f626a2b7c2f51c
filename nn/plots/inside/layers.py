"""What every layer makes of an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from leibnet.arguments import refusal, wholeNumber

import numpy as np

from nn.plots import arguments, canvas
from nn.plots.canvas import TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE, GAP = 0.8, 0.1  # of an image and between two, in inches
STRIP = 0.35  # the height of a vector


@runtime_checkable
class Activations(Protocol):
    """What `plotLayers` wants of a network, see `layers.Chain.activations`."""

    def activations(self, x: Any) -> Mapping[str, Any]:
        """The output of every layer by name."""


def plotLayers(network: Activations, image: Any, count: int = 12) -> Figure:
    """Draws what every layer makes of one image, from the input to the output: a row of channels for each.

    Shallow layers find edges and strokes at their places, deep ones what is characteristic of the whole, and the
    decoder of an autoencoder puts the image together again. Third lecture; Turchenko et al. 2017, arXiv:1712.08876.
    Outputs of one axis, such as codes and classes, are one strip. Every row has a scale of its own: black is its
    smallest number, white its largest.

    Parameters
    ----------
    network : an MLP, an autoencoder or a chain of layers.
    image : one sample, (channels, height, width), or with an axis of length 1 at its end; a vector (features,) for a
        network of vectors.
    count : how many channels of a layer at most, the first; default 12.

    Example
    -------
    >>> from activations import ReLU
    >>> from layers import Chain, Conv2D, MaxPooling2D
    >>> network = Chain([Conv2D(1, 8, 3, ReLU()), MaxPooling2D(2)])
    >>> figure = plotLayers(network, np.eye(8).reshape(1, 8, 8))
    """
    owner = "plotLayers"
    if isinstance(network, type) or not isinstance(network, Activations):
        raise TypeError(refusal(owner, "network", "an MLP, an autoencoder or a Chain of layers", network))
    most, x = wholeNumber(owner, "count", count), arguments.numbers(owner, "image", image)
    x = x[..., np.newaxis] if x.ndim in (1, 3) else x
    if x.ndim not in (2, 4) or x.shape[-1] != 1:
        expected = "one sample, (channels, height, width)"
        remedy = "a grey image is x[np.newaxis]" if x.ndim == 2 else "choose one, such as images[..., 0]"
        raise ValueError(refusal(owner, "image", expected, x.shape, remedy))
    rows = {"input": x[..., 0]}
    for name, y in network.activations(x).items():
        if isinstance(y, tuple) or y.ndim not in (2, 4):
            got = f"{len(y)} arrays" if isinstance(y, tuple) else y.shape
            raise ValueError(refusal(owner, f"the output of {name}", "an image or a vector of each sample", got))
        rows[name] = y[..., 0]

    labels = [f"{name}\n{'×'.join(map(str, y.shape))}" for name, y in rows.items()]
    labels = [
        f"{label}, first {most}" if y.ndim == 3 and len(y) > most else label
        for label, y in zip(labels, rows.values(), strict=True)
    ]
    margin = 0.1 * max(map(canvas.longestLine, labels)) + 0.2
    widest = max([1, *(min(most, len(y)) for y in rows.values() if y.ndim == 3)])
    room = max(3.5, widest * (SIDE + GAP) - GAP)
    heights = [SIDE if y.ndim == 3 else STRIP for y in rows.values()]
    tall = sum(heights) + 2 * GAP * len(heights)
    figure, axes = canvas.inchAxes(margin + room + 0.1, tall + 0.6, "What every layer makes of an image")
    look: dict[str, Any] = {"interpolation": "nearest", "aspect": "auto", "cmap": "gray"}
    top = tall + 0.1
    for label, y, height in zip(labels, rows.values(), heights, strict=True):
        middle = top - height / 2
        axes.text(margin - 0.15, middle, label, ha="right", va="center", size=TEXT, parse_math=False)
        look |= {"vmin": float(y.min()), "vmax": float(y.max())}
        if y.ndim == 1:
            extent = (margin, margin + min(room, STRIP * len(y)), top - height, top)
            _draw(axes, y[np.newaxis], extent, look)
        else:
            up, wide = SIDE * np.array(y.shape[1:]) / max(y.shape[1:]) / 2
            for place, channel in enumerate(y[:most]):
                x = margin + place * (SIDE + GAP) + wide
                _draw(axes, channel, (x - wide, x + wide, middle - up, middle + up), look)
        top -= height + 2 * GAP
    return figure


def _draw(axes: Axes, image: Any, extent: tuple[float, float, float, float], look: Mapping[str, Any]) -> None:
    """An image in a thin frame, without which what is white would not stand out from the paper."""
    from matplotlib.patches import Rectangle

    left, right, bottom, top = extent
    axes.imshow(image, extent=extent, **look)
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, lw=0.5, ec="0.7"))

"""The kernels of convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leibnet.arguments import instance, refusal, wholeNumber

from layers import Layer
from nn.plots import canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotKernels(layer: Layer, count: int = 16) -> Figure:
    """Draws the kernels of a convolution as images: a row for every output channel, a column for every input channel.

    All are on one scale: red above zero, blue below, white at zero. With one input channel, the kernels of all output
    channels fill a sheet, row by row. A kernel responds to what it looks like. Third lecture.

    Parameters
    ----------
    layer : a layer whose parameter `weight` is (out, in, height, width), such as a `Conv2D` or `Conv2DTranspose`.
    count : how many output channels at most, and how many input channels, the first; default 16.

    Example
    -------
    >>> from layers import Conv2D
    >>> figure = plotKernels(Conv2D(16, 8, 3), count=8)
    """
    owner = "plotKernels"
    weight = instance(owner, "layer", layer, Layer, "network.layers[0]").parameters.get("weight")
    if weight is None or weight.ndim != 4:
        expected = "a layer with a weight (out, in, height, width), such as Conv2D"
        raise ValueError(refusal(owner, "layer", expected, layer))
    most = wholeNumber(owner, "count", count)
    kernels = weight[:most, :most]
    outputs, inputs, *window = kernels.shape
    heading = f"Kernels of {layer.describe()}"
    sides = zip(("outputs", "inputs"), (outputs, inputs), weight.shape, strict=False)
    if cut := [f"{shown} of {whole} {name}" for name, shown, whole in sides if shown < whole]:
        heading += f"\nthe first {', '.join(cut)}"
    images = kernels.reshape(-1, *window)
    if weight.shape[1] == 1:
        return canvas.signedSheet(images, [f"out {i}" for i in range(outputs)], heading, "weight")
    captions = [f"in {i}" for i in range(inputs)] + [""] * (len(images) - inputs)
    return canvas.signedSheet(images, captions, heading, "weight", inputs, [f"out {i}" for i in range(outputs)])

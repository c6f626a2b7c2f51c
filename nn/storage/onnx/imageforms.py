"""Layers on images in ONNX, (N, channels, height, width), and the convolution of sequences, (N, steps, features).

onnxruntime computes convolutions and means of windows in float32 alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from layers import (
    AveragePooling2D,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Coordinates,
    Corrupt,
    Cropping2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    MaxUnpooling2D,
    UpSampling2D,
    ZeroPadding2D,
)
from layers.images.coordinates import coordinates
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm


@onnxForm(Conv2D)
def conv2d(layer: Conv2D, x: Value, graph: Graph) -> Value:
    """W * x + b"""
    W, b = graph.constant("weight", layer.weight), graph.constant("bias", layer.bias.ravel())
    return graph.add("Conv", x, W, b, kernel_shape=list(layer.kernelSize), **_places(layer, x))


@onnxForm(Conv1D)
def conv1d(layer: Conv1D, x: Value, graph: Graph) -> Value:
    """W * x + b, with the features before the steps, as in ONNX."""
    W, b = graph.constant("weight", layer.weight), graph.constant("bias", layer.bias.ravel())
    turned = graph.add("Transpose", x, perm=[0, 2, 1])
    z = graph.add("Conv", turned, W, b, kernel_shape=list(layer.kernelSize), **_places(layer, x))
    return graph.add("Transpose", z, perm=[0, 2, 1])


@onnxForm(Conv2DTranspose)
def conv2dTranspose(layer: Conv2DTranspose, x: Value, graph: Graph) -> Value:
    """The adjoint of a convolution, plus b; its weight is (in, out, height, width) there."""
    weight = np.swapaxes(layer.weight, 0, 1)
    W, b = graph.constant("weight", weight), graph.constant("bias", layer.bias.ravel())
    first, last, more = [], [], []
    for axis in layer.windows(x.shape):
        whole = (axis.m - 1) * axis.s + axis.k  # of which `before` numbers are cut off at the beginning
        first.append(axis.before)
        last.append(max(whole - axis.before - axis.n, 0))
        more.append(max(axis.n - whole + axis.before, 0))
    given: dict[str, Any] = {"kernel_shape": list(layer.kernelSize), "strides": list(layer.strides)}
    return graph.add("ConvTranspose", x, W, b, pads=first + last, output_padding=more, **given)


@onnxForm(MaxPooling2D)
def maxPooling2d(layer: MaxPooling2D, x: Value, graph: Graph) -> Value:
    """The largest number of each window."""
    return graph.add("MaxPool", x, kernel_shape=list(layer.poolSize), **_places(layer, x))


@onnxForm(MaxUnpooling2D)
def maxUnpooling2d(layer: MaxUnpooling2D, x: Value, graph: Graph) -> Value:
    """Numbers added at the places that MaxPool gives, in the images of the whole batch behind one another.

    ONNX's MaxUnpool puts them there, which is another thing where windows overlap.
    """
    pool = layer.pool
    if isinstance(pool, str) or pool not in graph.given:
        raise ValueError(f"{layer.describe()}: expected its pooling layer in the same file, got a network without it")
    pooled, shape = graph.given[pool], layer.outputShape(x.shape)
    sides = {"kernel_shape": list(pool.poolSize), **_places(pool, pooled)}
    places = graph.addSeveral(2, "MaxPool", pooled, **sides)[1]
    row = graph.constant("row", (-1,), np.int64)
    places, numbers, images = (graph.add("Reshape", one, row) for one in (places, x, pooled))
    zeros = graph.add("Expand", graph.constant("zero", 0), graph.add("Shape", images))
    whole = graph.add("ScatterElements", zeros, places, numbers, axis=0, reduction="add")
    return graph.add("Reshape", whole, graph.constant("whole", (-1, *shape), np.int64))


@onnxForm(AveragePooling2D)
def averagePooling2d(layer: AveragePooling2D, x: Value, graph: Graph) -> Value:
    """The mean of each window, of what lies inside."""
    return graph.add("AveragePool", x, kernel_shape=list(layer.poolSize), count_include_pad=0, **_places(layer, x))


@onnxForm(GlobalAveragePooling2D)
def globalAveragePooling2d(layer: GlobalAveragePooling2D, x: Value, graph: Graph) -> Value:
    """The mean of each channel, (N, channels)."""
    return graph.add("ReduceMean", x, axes=[2, 3], keepdims=0)


@onnxForm(UpSampling2D)
def upSampling2d(layer: UpSampling2D, x: Value, graph: Graph) -> Value:
    """Every number becomes a rectangle: (N, c, h, 1, w, 1) is expanded, and reshaped."""
    channels, height, width = x.shape
    rows, columns = layer.size
    apart = graph.add("Reshape", x, graph.constant("apart", (0, channels, height, 1, width, 1), np.int64))
    ones = graph.constant("repeats", (1, 1, 1, rows, 1, columns), np.int64)
    whole = graph.constant("whole", (0, channels, height * rows, width * columns), np.int64)
    return graph.add("Reshape", graph.add("Tile", apart, ones), whole)


@onnxForm(ZeroPadding2D)
def zeroPadding2d(layer: ZeroPadding2D, x: Value, graph: Graph) -> Value:
    """Zeros around."""
    (top, bottom), (left, right) = layer.padding
    return graph.add("Pad", x, graph.constant("pads", (0, 0, top, left, 0, 0, bottom, right), np.int64))


@onnxForm(Cropping2D)
def cropping2d(layer: Cropping2D, x: Value, graph: Graph) -> Value:
    """What is left inside."""
    (top, bottom), (left, right) = layer.cropping
    _, height, width = x.shape
    sides = {"starts": (top, left), "ends": (height - bottom, width - right), "axes": (2, 3)}
    return graph.add("Slice", x, *(graph.constant(name, values, np.int64) for name, values in sides.items()))


@onnxForm(Coordinates)
def withCoordinates(layer: Coordinates, x: Value, graph: Graph) -> Value:
    """Two channels of zeros more, to which the coordinates are added."""
    channels, height, width = x.shape
    padded = graph.add("Pad", x, graph.constant("pads", (0, 0, 0, 0, 0, 2, 0, 0), np.int64))
    added = np.concatenate((np.zeros((channels, height, width)), coordinates(height, width)))
    return graph.add("Add", padded, graph.constant("coordinates", added[np.newaxis]))


@onnxForm(Corrupt)
def corrupt(layer: Corrupt, x: Value, graph: Graph) -> Value:
    """x itself: nothing is corrupted in inference."""
    return x


def _places(layer: Conv1D | Conv2D | MaxPooling2D | AveragePooling2D, x: Value) -> dict[str, Any]:
    """Strides, and the zeros before and after."""
    before, after = [], []
    for axis in layer.windows(x.shape):
        before.append(axis.before)
        after.append(max((axis.m - 1) * axis.s + axis.k - axis.n - axis.before, 0))
    return {"strides": list(layer.strides), "pads": before + after}

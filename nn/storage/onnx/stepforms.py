"""Layers on the steps of sequences in ONNX, (N, steps, features). There are no masks: samples have all steps."""

from __future__ import annotations

import numpy as np

from layers import Embedding, LastStep, TappedDelayLine, TimeDistributed
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm

INT64 = 7  # as `onnx.TensorProto` numbers its types


@onnxForm(LastStep)
def lastStep(layer: LastStep, x: Value, graph: Graph) -> Value:
    """x[:, -1]"""
    return graph.add("Gather", x, graph.constant("last", -1, np.int64), axis=1)


@onnxForm(TimeDistributed)
def timeDistributed(layer: TimeDistributed, x: Value, graph: Graph) -> Value:
    """f of (N · steps, ...), reshaped: in rows, the steps of a sample are neighbours."""
    steps, *inside = x.shape
    folded = graph.add("Reshape", x, graph.constant("samples", (-1, *inside), np.int64))
    y = graph.put(layer.layer, Value(folded.name, tuple(inside)), "layer")
    return graph.add("Reshape", y, graph.constant("steps", (-1, steps, *y.shape), np.int64))


@onnxForm(Embedding)
def embedding(layer: Embedding, x: Value, graph: Graph) -> Value:
    """Rows of W, by numbers that come as floats."""
    shape = graph.constant("numbers", (0, *x.shape[:-1]), np.int64)
    numbers = graph.add("Cast", graph.add("Reshape", x, shape), to=INT64)
    return graph.add("Gather", graph.constant("weight", layer.weight), numbers, axis=0)


@onnxForm(TappedDelayLine)
def tappedDelayLine(layer: TappedDelayLine, x: Value, graph: Graph) -> Value:
    """The steps of every window, behind one another."""
    shape = layer.outputShape(x.shape)
    steps = np.arange(shape[0])[:, np.newaxis] + np.arange(layer.lags)
    windows = graph.add("Gather", x, graph.constant("steps", steps, np.int64), axis=1)  # (N, places, lags, features)
    return graph.add("Reshape", windows, graph.constant("shape", (0, *shape), np.int64))

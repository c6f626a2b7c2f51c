"""Layers that give binary codes in ONNX."""

from __future__ import annotations

from layers import Binarize, NoisySigmoid
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm


@onnxForm(Binarize)
def binarize(layer: Binarize, x: Value, graph: Graph) -> Value:
    """1 where x ≥ 0, -1 elsewhere."""
    return graph.add("Where", graph.add("GreaterOrEqual", x, 0.0), 1.0, -1.0)


@onnxForm(NoisySigmoid)
def noisySigmoid(layer: NoisySigmoid, x: Value, graph: Graph) -> Value:
    """1 where x ≥ 0, 0 elsewhere: nothing is drawn in inference."""
    return graph.add("Where", graph.add("GreaterOrEqual", x, 0.0), 1.0, 0.0)

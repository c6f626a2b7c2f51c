"""Layers of regularised autoencoders in ONNX."""

from __future__ import annotations

import numpy as np

from layers import Contracting, KSparse, TiedDense
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm


@onnxForm(KSparse)
def kSparse(layer: KSparse, x: Value, graph: Graph) -> Value:
    """x where it is at least the last of the largest, 0 elsewhere."""
    axis = x.featureAxis
    count = graph.constant("count", [layer.predictedCount(x.shape[axis - 1])], np.int64)
    largest, _ = graph.addSeveral(2, "TopK", x, count, axis=axis)
    least = graph.add("ReduceMin", largest, axes=[axis], keepdims=1)
    return graph.add("Where", graph.add("GreaterOrEqual", x, least), x, 0.0)


@onnxForm(TiedDense)
def tiedDense(layer: TiedDense, x: Value, graph: Graph) -> Value:
    """x W + bᵀ: (N, out) · (out, in) + (in,) = (N, in). The file has W twice."""
    W, b = graph.constant("weight", layer.referred.weight), graph.constant("bias", layer.bias.ravel())
    return graph.add("Gemm", x, W, b)


@onnxForm(Contracting)
def contracting(layer: Contracting, x: Value, graph: Graph) -> Value:
    """f(x): nothing is drawn in inference."""
    return graph.put(layer.chain, x, "chain")

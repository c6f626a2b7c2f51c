"""Attention in ONNX, on sequences (N, steps, features) of as many steps as the file says. There are no masks."""

from __future__ import annotations

from leibnet.arguments import refusal

import numpy as np

from layers import Attention, CrossAttention, LayerNormalization, PositionalEncoding
from nn.storage.onnx.graph import Graph, Value, perFeature
from nn.storage.onnx.registry import onnxForm


@onnxForm(LayerNormalization)
def layerNormalization(layer: LayerNormalization, x: Value, graph: Graph) -> Value:
    """(x - μ) / √(σ² + ε) · γ + β, with mean and variance of the features of each position."""
    over = {"axes": [x.featureAxis], "keepdims": 1}
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, **over))
    variance = graph.add("ReduceMean", graph.add("Mul", centred, centred), **over)
    deviation = graph.add("Sqrt", graph.add("Add", variance, layer.epsilon))
    scale, shift = (graph.constant(name, perFeature(layer.parameters[name], x)) for name in ("scale", "shift"))
    return graph.add("Add", graph.add("Mul", graph.add("Div", centred, deviation), scale), shift)


@onnxForm(PositionalEncoding)
def positionalEncoding(layer: PositionalEncoding, x: Value, graph: Graph) -> Value:
    """x + P[:T]"""
    return graph.add("Add", x, graph.constant("positions", layer.positions[: x.shape[0]]))


@onnxForm(Attention)
def attention(layer: Attention, x: Value, graph: Graph) -> Value:
    """softmax(q kᵀ / √d) v for every head, all heads beside one another in one product; d features are of a head."""
    steps, features = x.shape
    heads = layer.heads
    split = graph.constant("heads", (0, steps, heads, features // heads), np.int64)
    q, k, v = (
        graph.add("Transpose", graph.add("Reshape", _affine(graph, x, W, b), split), perm=[0, 2, 1, 3])
        for W, b in zip(np.split(layer.inputWeight, 3), np.split(layer.inputBias, 3), strict=True)
    )  # (N, heads, steps, d)
    transposed = graph.add("Transpose", k, perm=[0, 1, 3, 2])
    scores = graph.add("MatMul", graph.add("Mul", q, (features // heads) ** -0.5), transposed)
    if layer.causal:
        later = np.arange(steps) > np.arange(steps)[:, np.newaxis]
        scores = graph.add("Add", scores, graph.constant("later", np.where(later, -np.inf, 0)))
    found = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), v)
    joined = graph.constant("features", (0, steps, features), np.int64)
    y = graph.add("Reshape", graph.add("Transpose", found, perm=[0, 2, 1, 3]), joined)
    return _affine(graph, y, layer.outputWeight, layer.outputBias)


@onnxForm(CrossAttention)
def crossAttention(layer: CrossAttention, x: Value, graph: Graph) -> Value:
    """None: what it attends to is no input of the file."""
    expected, remedy = "of a network with one input", "export the encoder, and let Leibnet compute the decoder"
    raise ValueError(refusal("export", "every layer", expected, layer, remedy))


def _affine(graph: Graph, x: Value, W: np.ndarray, b: np.ndarray) -> Value:
    """x Wᵀ + bᵀ: (N, steps, in) · (in, out) + (out,) = (N, steps, out)"""
    product = graph.add("MatMul", x, graph.constant("weight", W.T))
    return graph.add("Add", product, graph.constant("bias", b.ravel()))

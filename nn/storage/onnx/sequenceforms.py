"""Recurrent layers in ONNX, on sequences (N, steps, features). They begin with a state of 0, as they do in `predict`.

ONNX's operators have the steps first, W_x and W_h apart, and a bias for each of the two; onnxruntime computes them in
float32 alone. See https://onnx.ai/onnx/operators for the order of the gates.
"""

from __future__ import annotations

from typing import Any

from leibnet.types import Array

import numpy as np

from layers import GRU, LSTM, RNN, Bidirectional, Recurrent
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm


@onnxForm(RNN)
def rnn(layer: RNN, x: Value, graph: Graph) -> Value:
    """h_t = f(W_x x_t + W_h h_{t-1} + b)"""
    return _recurrent(layer, x, graph, [0], activations=[{"Tanh": "Tanh", "ReLU": "Relu"}[layer.activation.name]])


@onnxForm(LSTM)
def lstm(layer: LSTM, x: Value, graph: Graph) -> Value:
    """The gates of ONNX are i, o, f, c, which is g; ours are g, i, f, o."""
    return _recurrent(layer, x, graph, [1, 3, 2, 0])


@onnxForm(GRU)
def gru(layer: GRU, x: Value, graph: Graph) -> Value:
    """The gates of ONNX are z, which is u, r, and h, which is n; ours are r, u, n, and r comes after the product."""
    return _recurrent(layer, x, graph, [1, 0, 2], layer.recurrentBias, linear_before_reset=1)


@onnxForm(Bidirectional)
def bidirectional(layer: Bidirectional, x: Value, graph: Graph) -> Value:
    """The features of the two directions behind one another."""
    ahead = graph.put(layer.layer, x, "layer")
    back = graph.put(layer.reverse, _reversed(x, graph), "reverse")
    return graph.add("Concat", ahead, _reversed(back, graph), axis=2)


def _recurrent(
    layer: Recurrent, x: Value, graph: Graph, order: list[int], last: Array | None = None, **attributes: Any
) -> Value:
    """The operator of the layer's name, with its gates in this order; `last` is the bias of the last one's W_h h."""
    H = layer.outputDim
    rows = np.concatenate([np.arange(k * H, (k + 1) * H) for k in order])
    W, b = layer.weight[rows], np.zeros((2, len(rows)))
    b[0] = layer.bias[rows, 0]
    if last is not None:
        b[1, -H:] = last[:, 0]
    named = {"inputWeight": W[:, H:], "stateWeight": W[:, :H], "bias": b.ravel()}
    given = [graph.constant(name, array[np.newaxis]) for name, array in named.items()]  # of one direction
    turned = graph.add("Transpose", x, perm=[1, 0, 2])
    y = graph.add(layer.name, turned, *given, hidden_size=H, **attributes)  # (steps, 1, N, H)
    y = graph.add("Squeeze", y, graph.constant("direction", (1,), np.int64))
    return graph.add("Transpose", y, perm=[1, 0, 2])


def _reversed(x: Value, graph: Graph) -> Value:
    """The steps from the last to the first."""
    sides = {"starts": -1, "ends": np.iinfo(np.int64).min, "axes": 1, "steps": -1}
    return graph.add("Slice", x, *(graph.constant(name, (value,), np.int64) for name, value in sides.items()))

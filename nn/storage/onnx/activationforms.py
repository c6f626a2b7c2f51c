"""The library's activations in ONNX.

An ONNX attribute is a number in single precision, and onnxruntime has no Elu in double precision: there, what has a
setting is written out.
"""

from __future__ import annotations

import numpy as np

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from nn.storage.onnx.graph import Graph, Value
from nn.storage.onnx.registry import onnxForm


@onnxForm(Identity)
def identity(activation: Identity, z: Value, graph: Graph) -> Value:
    """z itself, without an operator."""
    return z


@onnxForm(ReLU)
def relu(activation: ReLU, z: Value, graph: Graph) -> Value:
    """Relu"""
    return graph.add("Relu", z)


@onnxForm(Sigmoid)
def sigmoid(activation: Sigmoid, z: Value, graph: Graph) -> Value:
    """Sigmoid"""
    return graph.add("Sigmoid", z)


@onnxForm(Tanh)
def tanh(activation: Tanh, z: Value, graph: Graph) -> Value:
    """Tanh"""
    return graph.add("Tanh", z)


@onnxForm(Softmax)
def softmax(activation: Softmax, z: Value, graph: Graph) -> Value:
    """Softmax, over the features."""
    return graph.add("Softmax", z, axis=z.featureAxis)


@onnxForm(LeakyReLU)
def leakyReLU(activation: LeakyReLU, z: Value, graph: Graph) -> Value:
    """LeakyRelu; max(εz, z) in double precision."""
    if graph.dtype == np.float32:
        return graph.add("LeakyRelu", z, alpha=activation.epsilon)
    return graph.add("Max", z, graph.add("Mul", z, activation.epsilon))


@onnxForm(ELU)
def elu(activation: ELU, z: Value, graph: Graph) -> Value:
    """Elu; max(z, 0) + α (exp(min(z, 0)) - 1) in double precision."""
    if graph.dtype == np.float32:
        return graph.add("Elu", z, alpha=activation.alpha)
    grown = graph.add("Sub", graph.add("Exp", graph.add("Min", z, 0.0)), 1.0)
    return graph.add("Add", graph.add("Relu", z), graph.add("Mul", grown, activation.alpha))

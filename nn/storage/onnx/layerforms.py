"""The library's layers in ONNX, as they compute when they predict. Samples are rows: a value is (N, features).

A later layer of the library adds its form here, or in a file of its own room beside this one.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from layers import (
    Activate,
    BatchNormalization,
    Chain,
    Concatenate,
    Copy,
    Dense,
    Dropout,
    Flatten,
    Parallel,
    Reshape,
    Residual,
    Sampler,
    SpectralNormalization,
    Sum,
)
from nn.storage.onnx.graph import Graph, Value, perFeature
from nn.storage.onnx.registry import onnxForm

Values = tuple[Value, ...]


@onnxForm(Dense)
def dense(layer: Dense, x: Value, graph: Graph) -> Value:
    """x Wᵀ + bᵀ: (N, in) · (in, out) + (out,) = (N, out)"""
    W, b = graph.constant("weight", layer.weight), graph.constant("bias", layer.bias.ravel())
    return graph.add("Gemm", x, W, b, transB=1)


@onnxForm(Sampler)
def sampler(layer: Sampler, x: Value, graph: Graph) -> Value:
    """The mean μ of the codes; nothing is drawn."""
    W, b = (layer.parameters[name][: layer.latentDim] for name in ("weight", "bias"))
    return graph.add("Gemm", x, graph.constant("weight", W), graph.constant("bias", b.ravel()), transB=1)


@onnxForm(Flatten, Reshape)
def reshape(layer: Flatten | Reshape, x: Value, graph: Graph) -> Value:
    """The same numbers in another shape; the 0 stands for the number of samples, whatever it is."""
    shape = (0, *layer.outputShape(x.shape))
    return graph.add("Reshape", x, graph.constant("shape", shape, np.int64))


@onnxForm(Activate)
def activate(layer: Activate, x: Value, graph: Graph) -> Value:
    """x itself: the activation follows."""
    return x


@onnxForm(Dropout)
def dropout(layer: Dropout, x: Value, graph: Graph) -> Value:
    """x itself: nothing is dropped in inference."""
    return x


@onnxForm(BatchNormalization)
def batchNormalization(layer: BatchNormalization, x: Value, graph: Graph) -> Value:
    """(x - μ) · γ/√(σ² + ε) + β, by the running averages.

    ONNX's operator of that name knows no features behind the steps of a sequence, and onnxruntime computes it as
    x γ/√(σ² + ε) + (β - μγ/√(σ² + ε)), which loses digits where |μ| is much larger than σ.
    """
    named = layer.parameters | layer.statistics
    scale = named["scale"] / np.sqrt(named["variance"] + layer.epsilon)
    mean, factor, shift = (
        graph.constant(name, perFeature(values, x))
        for name, values in (("mean", named["mean"]), ("scale", scale), ("shift", named["shift"]))
    )
    return graph.add("Add", graph.add("Mul", graph.add("Sub", x, mean), factor), shift)


@onnxForm(SpectralNormalization)
def spectralNormalization(layer: SpectralNormalization, x: Value, graph: Graph) -> Value:
    """The layer with the weight W/σ."""
    divided = deepcopy(layer.layer)
    divided.weight /= layer.sigma
    return graph.put(divided, x, "layer")


# Layers that are made of layers, and branches ------------------------------------------------------------------------


@onnxForm(Chain)
def chain(layer: Chain, x: Any, graph: Graph) -> Any:
    """One after the other."""
    for name, child in layer.children().items():
        x = graph.put(child, x, name)
    return x


@onnxForm(Residual)
def residual(layer: Residual, x: Value, graph: Graph) -> Value:
    """x + f(x), or p(x) + f(x)"""
    f = graph.put(layer.chain, x, "chain")
    aside = x if layer.projection is None else graph.put(layer.projection, x, "projection")
    return graph.add("Add", aside, f)


@onnxForm(Parallel)
def parallel(layer: Parallel, x: Values, graph: Graph) -> Values:
    """(f₁(x₁), ..., fₙ(xₙ))"""
    named = layer.children().items()
    return tuple(graph.put(child, one, name) for (name, child), one in zip(named, x, strict=True))


@onnxForm(Copy)
def copy(layer: Copy, x: Value, graph: Graph) -> Values:
    """(x, ..., x)"""
    return (x,) * layer.branches


@onnxForm(Sum)
def total(layer: Sum, x: Values, graph: Graph) -> Value:
    """x₁ + ... + xₙ"""
    return graph.add("Sum", *x)


@onnxForm(Concatenate)
def concatenate(layer: Concatenate, x: Values, graph: Graph) -> Value:
    """The features of all, behind one another."""
    return graph.add("Concat", *x, axis=x[0].featureAxis)

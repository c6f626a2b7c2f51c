"""From the layers of a network to an ONNX file."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leibnet.arguments import flag, refusal, wholeNumber
from leibnet.files import absolute, writeAtomically
from leibnet.types import Shape
from leibnet.version import __version__

import numpy as np

from nn.storage.onnx import (  # noqa: F401 - they register the forms of the library
    activationforms,
    attentionforms,
    bitforms,
    codeforms,
    imageforms,
    layerforms,
    sequenceforms,
    stepforms,
)
from nn.storage.onnx.exported import Exported, Scale
from nn.storage.onnx.graph import Graph, Value, perFeature

INSTALL = 'pip install "leibnet[onnx]"'
OPERATORS, FORMAT = 17, 8  # of ONNX 1.12, of 2022: what most programs read
LARGEST = 2**31 - 2**20  # bytes of parameters; a protobuf message ends at 2 GiB


def export(
    path: str | os.PathLike[str], title: str, network: Exported, rows: bool = True, inputShape: Shape | None = None
) -> Path:
    """Writes a network to an ONNX file, see `Stored.export`; `title` says there what it is."""
    path, rows = absolute(path), flag("export", "rows", rows)
    if find_spec("onnx") is None:
        raise ImportError(f"an ONNX file needs the package onnx, which is not installed: {INSTALL}")
    if not network.layers:
        raise ValueError(f"export: expected a network with layers, got one without: {title}")
    shape = _input_shape(network, inputShape)
    graph = Graph(next(iter(network.layers.values())).dtype)
    output = _compute(graph, network, Value("input", shape), rows)
    if (size := sum(array.nbytes for array in graph.constants.values())) > LARGEST:
        remedy = "convert the model by astype(np.float32), or export its parts"
        raise ValueError(refusal("export", "the parameters", f"at most {LARGEST:,} bytes, ONNX's limit", size, remedy))
    writeAtomically(path, _serialized(graph, shape, output.shape, _facts(title, network, rows, shape, output.shape)))
    return path


def _input_shape(network: Exported, given: Shape | None) -> Shape:
    """The shape of one sample, which the network says or the caller."""
    own = next(iter(network.layers.values())).inputShape or network.inputShape
    if given is not None:
        sides = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        shape = tuple(wholeNumber("export", "every side of inputShape", side) for side in sides)
    elif own is None:
        example = "its first layer takes any: give for example inputShape=(1, 28, 28), of sequences (steps, features)"
        raise ValueError(refusal("export", "inputShape", "the shape of one sample", None, example))
    else:
        shape = own
    if not all(isinstance(side, int) for side in shape):
        raise ValueError(refusal("export", "the input", "one array", shape, "put Copy() before its first layer"))
    return shape


def _compute(graph: Graph, network: Exported, x: Value, rows: bool) -> Value:
    """Fills the graph, in which samples are rows, from the input x to the output."""
    if not rows:
        last = len(x.shape)
        x = graph.add("Transpose", x, perm=[last, *range(last)])
    y: Any = x if network.before is None else _standardise(graph, x, network.before)
    for name, layer in network.layers.items():
        y = graph.put(layer, y, name)
    if not isinstance(y, Value):
        shapes = tuple(one.shape for one in y)
        raise ValueError(refusal("export", "the output", "one array", shapes, "end in Sum() or Concatenate()"))
    if network.after is not None:
        y = _undo(graph, y, network.after)
    if not rows:
        y = graph.add("Transpose", y, perm=[*range(1, len(y.shape) + 1), 0])
    if not graph.nodes:
        y = graph.add("Identity", y)
    graph.rename(y, "output")
    return y


def _standardise(graph: Graph, x: Value, scale: Scale) -> Value:
    """(x - μ) / σ. In single precision μ has two parts: with its rounding, one much larger than σ would lose digits."""
    mean, deviation = _columns(scale, x)
    high = mean.astype(graph.dtype)
    low = (mean - high).astype(graph.dtype)
    x = graph.add("Sub", x, graph.constant("mean", high))
    if low.any():
        x = graph.add("Sub", x, graph.constant("mean", low))
    return x if (deviation == 1).all() else graph.add("Div", x, graph.constant("deviation", deviation))


def _undo(graph: Graph, y: Value, scale: Scale) -> Value:
    """σ y + μ"""
    mean, deviation = _columns(scale, y)
    if (deviation != 1).any():
        y = graph.add("Mul", y, graph.constant("deviation", deviation))
    return graph.add("Add", y, graph.constant("mean", mean))


def _columns(scale: Scale, x: Value) -> list[Any]:
    """μ and σ, in double precision, so that they broadcast over one sample."""
    found = []
    for name in ("mean", "deviation"):
        array = np.asarray(getattr(scale, name), float)
        array = perFeature(array, x) if array.ndim == 1 else array
        try:
            fits = np.broadcast_shapes(array.shape, x.shape) == x.shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(refusal("export", f"the standardisation's {name}", f"one for {x.shape}", array.shape))
        found.append(array)
    return found


def _facts(title: str, network: Exported, rows: bool, inputShape: Shape, outputShape: Shape) -> dict[str, str]:
    """What the file says of itself."""
    ends = [end for end, scale in (("input", network.before), ("output", network.after)) if scale is not None]
    facts = {
        "leibnet": __version__,
        "network": title,
        "samples": "rows" if rows else "columns",
        "input": _sides(inputShape, rows),
        "output": _sides(outputShape, rows),
        "standardization": " and ".join(ends) or "none",
    }
    return facts if network.classNames is None else facts | {"class_names": json.dumps(list(network.classNames))}


def _sides(shape: Shape, rows: bool) -> str:
    sides = list(map(str, shape))
    return f"({', '.join(['N', *sides] if rows else [*sides, 'N'])})"


def _described(facts: dict[str, str]) -> str:
    """The facts in sentences."""
    text = (
        f"{facts['network']}, by Leibnet {facts['leibnet']}. Samples are {facts['samples']}: input {facts['input']}, "
        f"output {facts['output']}."
    )
    if facts["standardization"] != "none":
        text += f" Standardisation is inside ({facts['standardization']}): numbers are those of the data as they are."
    return text


def _serialized(graph: Graph, inputShape: Shape, outputShape: Shape, facts: dict[str, str]) -> bytes:
    """The file's content, which ONNX has checked."""
    import onnx
    from onnx import helper, numpy_helper

    kind, text = helper.np_dtype_to_tensor_dtype(graph.dtype), _described(facts)

    def end(name: str, shape: Shape) -> Any:
        sides = ["N", *shape] if facts["samples"] == "rows" else [*shape, "N"]
        return helper.make_tensor_value_info(name, kind, sides, f"{facts[name]}, N samples as {facts['samples']}")

    nodes = [
        helper.make_node(node.operator, node.inputs, node.outputs, node.outputs[0], **node.attributes)
        for node in graph.nodes
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in graph.constants.items()]
    model = helper.make_model(
        helper.make_graph(
            nodes, "network", [end("input", inputShape)], [end("output", outputShape)], constants, doc_string=text
        ),
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        ir_version=FORMAT,
        producer_name="leibnet",
        producer_version=facts["leibnet"],
        doc_string=text,
    )
    helper.set_model_props(model, facts)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ValueError(f"export: ONNX refuses the network, look at forms of your own (onnxForm): {error}") from error
    content: bytes = model.SerializeToString()
    return content

"""What networks as ONNX files say."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from nn.runs.command.extras import installation
from nn.runs.command.shown.text import said
from nn.runs.record import RunError


def told(path: Path) -> str:
    """What is to be said of an ONNX file. RunError, in a line, if it is none, or onnx is not installed."""
    if find_spec("onnx") is None:
        raise RunError(f"{path} is an ONNX file: to show it, {installation('onnx')}")
    import onnx

    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # of protobuf, whose classes are not ours to name
        raise RunError(f"{path} is no ONNX file, or a damaged one: {' '.join(str(error).split())}") from None
    facts = [("producer", f"{model.producer_name or '?'} {model.producer_version}")]
    facts += [(one.key, one.value) for one in model.metadata_props]
    kinds = [node.op_type for node in model.graph.node]
    facts.append(("nodes", f"{len(kinds)}: {', '.join(dict.fromkeys(kinds))}"))
    return said(path, "a network as an ONNX file", facts, None, "")

"""`leibnet show`: what a file is, what is in it, and what it came from, as far as it is known."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leibnet.files import absolute
from leibnet.plain import dictionary
from leibnet.terminal import shown
from leibnet.types import Array

from nn.measures.retrieval.hammingindex import HammingIndex
from nn.measures.retrieval.indexfile import INDEX
from nn.models.model import Model
from nn.runs.command.extras import installation
from nn.runs.command.subcommand import Subcommand, count, toldInOneLine
from nn.runs.command.traces import entries, historyIn, recordBeside, rows, runFolder, table
from nn.runs.record import RunError
from nn.runs.runfile import NAME
from nn.storage import modelfile
from nn.storage.stored import Stored, build
from nn.training.history import History
from nn.training.runfiles import METRICS

UNKNOWN = "not recorded in the file"
SYNTHESIS = "leibnet synthesis"  # begins the format of the files in which `optimizeInput` keeps a picture
READABLE = "a model file, a checkpoint, an index of codes, an ONNX file, or the folder of a run"


def told(path: Path) -> str:
    """What is to be said of a file, or of the folder of a run. RunError, in a line, if that is nothing."""
    if path.is_dir():
        return runFolder(path)
    if not path.is_file():
        raise RunError(f"there is no file {path}: give {READABLE}")
    if path.name == NAME:
        return runFolder(path.parent)
    if path.suffix == ".csv":
        history = historyIn(path)
        return shown(f"{path}: the metrics of a training, {entries(history)}\n\n{table(history)}")
    with toldInOneLine():
        if path.suffix == ".onnx":
            return _onnx(path)
        if path.suffix != ".safetensors" and not _is_packed(path):
            raise RunError(f"{path} is nothing that can be shown: expected {READABLE}")
        return _tensors(path)


def _is_packed(path: Path) -> bool:
    """Whether a file begins as a safetensors file does: eight bytes with the length of its header, and a brace."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def _tensors(path: Path) -> str:
    synthesis = _synthesis(path)
    if synthesis is not None:
        return synthesis
    metadata, arrays = modelfile.read(path)
    if INDEX in json.loads(metadata["leibnet"]):
        index = HammingIndex.load(path)
        return _said(path, "an index of binary codes", [("format", _format(path, metadata))], None, repr(index))
    model = build(path, metadata, arrays)
    training = (
        dictionary("the state of the training", json.loads(metadata["training"])) if "training" in metadata else None
    )
    best = path.with_name(path.name.replace(".best.", ".")) if ".best." in path.name else None
    kind = "the checkpoint of a training" if training is not None else "a model"
    kind = "the best weights of a training" if best is not None and training is None else kind
    facts = [("kind", model.name), ("format", _format(path, metadata)), *_facts(model)]
    facts += [] if training is None else _settings(training)
    if best is not None and best.is_file():
        facts.append(("checkpoint", f"{best}, which knows the history"))
    return _said(path, kind, facts, None if training is None else _history(training), str(model))


def _synthesis(path: Path) -> str | None:
    """Of a picture that `optimizeInput` was making; None for other files, damaged ones as well."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if not str(metadata.get("format")).startswith(SYNTHESIS):
                return None
            shape = file.get_tensor("picture").shape
    except SafetensorError:
        return None
    said = json.loads(metadata["synthesis"])
    where = f"octave {said['octave'] + 1}, step {said['step']}"
    facts = [("format", metadata["format"]), ("picture", " x ".join(map(str, shape))), ("at", where)]
    return _said(path, "the checkpoint of a picture by gradient", facts, _entries(said), "")


def _said(path: Path, kind: str, facts: list[tuple[str, str]], history: History | None, model: str) -> str:
    """The text: what the file says, what lies beside it, the history, the architecture."""
    beside = recordBeside(path)
    lines = [("file", f"{path}, {path.stat().st_size:,} bytes"), *facts]
    if beside is None:
        lines.append(("written by", UNKNOWN))
    else:
        record, place = beside
        script, version = record.script or "a notebook", record.versions.get("leibnet", "?")
        lines.append(("written by", f"{script} with Leibnet {version}, says {place}"))
    if "trained on" not in dict(facts):
        where = f"{UNKNOWN}, and there is no {NAME} beside it"
        if beside is not None:
            where = f"{UNKNOWN}; {record.dataset['name']}, {_samples(record.dataset['train_size'])}, says {place}"
        lines.append(("trained on", where))
    pieces = [f"{path.name}: {kind}", rows(lines)]
    csv = path.parent / METRICS
    if history is not None:
        pieces.append(f"history, {entries(history)} in {history.seconds:.1f} s\n{table(history)}")
    elif csv.is_file():
        found = historyIn(csv, None if beside is None else beside[0].dataset["train_size"])
        pieces.append(f"history, {entries(found)}: {UNKNOWN}, but in {csv}\n{table(found)}")
    else:
        pieces.append(f"history: {UNKNOWN}")
    return shown("\n\n".join([*pieces, model] if model else pieces))


def _format(path: Path, metadata: dict[str, str]) -> str:
    return f"{modelfile.description(path, metadata)['format']} (this version reads up to {modelfile.FORMAT})"


def _facts(model: Stored) -> list[tuple[str, str]]:
    """What every model's file says of it."""
    arrays = model.arrays()
    kinds = sorted({str(array.dtype) for array in arrays.values()})
    facts = [("precision", " and ".join(kinds) or "no arrays"), ("numbers", _numbers(model, arrays))]
    if not isinstance(model, Model):
        return facts
    names = model.classNames
    shape = getattr(model, "inputShape", None) or model.sampleShape
    scale = model.standardization
    return [
        *facts,
        ("sample", " x ".join(map(str, shape)) if shape else UNKNOWN),
        ("classes", UNKNOWN if names is None else f"{len(names)}: {', '.join(names)}"),
        ("standardised", "no" if scale is None else f"yes, {scale!r}" if len(repr(scale)) < 100 else "yes"),
    ]


def _numbers(model: Stored, arrays: dict[str, Array]) -> str:
    size = sum(array.size for array in arrays.values())
    if not isinstance(model, Model):
        return f"{size:,}"
    return f"{model.numParameters():,} parameters, {size:,} numbers in the file"


def _settings(training: dict[str, Any]) -> list[tuple[str, str]]:
    """What a checkpoint says of the training."""
    settings = dictionary("settings", training.get("settings", {}))
    named = {name: value for name, value in settings.items() if value is not None and not name.startswith("data")}
    data, size = settings.get("data set", "?"), settings.get("training samples")
    told = f"{data}, {_samples(size)}" if isinstance(size, int) else str(data)
    rest = [f"{name} {_short(value)}" for name, value in named.items() if name != "training samples"]
    return [
        ("trained on", told),
        ("updates", f"{training['steps']:,}" if isinstance(training.get("steps"), int) else "?"),
        ("settings", "; ".join(rest)),
        ("kernels", str(training.get("kernels", "NumPy"))),
    ]


def _samples(size: int) -> str:
    return count(size, "training sample")


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _history(training: dict[str, Any]) -> History:
    return _entries(training["history"])


def _entries(state: dict[str, Any]) -> History:
    """The history that a file describes; ValueError if it is none."""
    history = History(dictionary("values", state["values"]))
    history.checkState({name: state[name] for name in ("index", "values", "seconds")}, 2**63)
    history.setState(state)
    return history


def _onnx(path: Path) -> str:
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
    return _said(path, "a network as an ONNX file", facts, None, "")


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("file", metavar="FILE", type=absolute, help=f"{READABLE}")


def _run(options: argparse.Namespace) -> None:
    print(told(options.file))


SHOW = Subcommand(
    "show",
    "say what a file is: architecture, parameters, what it was trained on, history",
    "leibnet show runs/gan-20261127-120000/gan.safetensors",
    _arguments,
    _run,
    "What the file does not record is looked for in run.json and metrics.csv beside it.",
)

"""`leibnet show`: what a file is, what is in it, and what it came from, as far as it is known."""

from __future__ import annotations

import argparse
from pathlib import Path

from leibnet.files import absolute
from leibnet.terminal import shown

from nn.runs.command.shown import models, networks, pictures
from nn.runs.command.shown.traces import entries, historyIn, runFolder, table
from nn.runs.command.subcommand import Subcommand, toldInOneLine
from nn.runs.record import RunError
from nn.runs.runfile import NAME

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
            return networks.told(path)
        if path.suffix != ".safetensors" and not _is_packed(path):
            raise RunError(f"{path} is nothing that can be shown: expected {READABLE}")
        return pictures.told(path) or models.told(path)


def _is_packed(path: Path) -> bool:
    """Whether a file begins as a safetensors file does: eight bytes with the length of its header, and a brace."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


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

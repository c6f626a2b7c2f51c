"""`leibnet evaluate` and `leibnet diagnose`: a model from a file, on data."""

from __future__ import annotations

import argparse
from pathlib import Path

from leibnet.files import absolute, makeFolder
from leibnet.terminal import shown

from nn.models.model import Model
from nn.plots.saving import save
from nn.runs.command.given import DATA, dataFor
from nn.runs.command.subcommand import Subcommand, count, rows, toldInOneLine
from nn.runs.record import RunError
from nn.storage.stored import Stored

SPLITS = ("test", "train", "validation")
DOTS = 150  # per inch


def modelIn(path: Path) -> Model:
    """The model in a file. RunError, in a line, if it holds none, or one that cannot be measured."""
    with toldInOneLine():
        model = Stored.load(path)
    if not isinstance(model, Model):
        raise RunError(f"{path} holds a {model.name}, which has nothing to measure: `leibnet show` says what it is")
    return model


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("file", metavar="FILE", type=absolute, help="a model's file, or a checkpoint")
    arguments.add_argument("--dataset", metavar="NAME", required=True, help=DATA)


def _evaluation(arguments: argparse.ArgumentParser) -> None:
    _arguments(arguments)
    arguments.add_argument("--split", choices=SPLITS, default="test", help="default: test; files of your own have one")
    arguments.add_argument(
        "--metrics", nargs="+", metavar="METRIC", help="such as loss accuracy f1 (default: all that the model has)"
    )


def _evaluate(options: argparse.Namespace) -> None:
    model = modelIn(options.file)
    with toldInOneLine():
        data = dataFor(model, options.dataset)
        measured = model.evaluate(data, options.metrics, options.split)
        size = getattr(data, f"{options.split}_size")
    print(shown(f"{options.file.name}, {count(size, 'sample')} of {data.name} ({options.split})"))
    print(shown(rows([(name, f"{value:.6g}") for name, value in measured.items()], "  ")))


def _diagnosis(arguments: argparse.ArgumentParser) -> None:
    _arguments(arguments)
    arguments.add_argument("--split", choices=SPLITS, default="train", help="default: train")
    arguments.add_argument("--output", type=absolute, metavar="FOLDER", help="where its pictures go (default: none)")


def _diagnose(options: argparse.Namespace) -> int:
    model = modelIn(options.file)
    with toldInOneLine():
        found = model.diagnose(dataFor(model, options.dataset), options.split)
    print(found)
    if options.output is not None:
        folder = makeFolder(options.output)
        for name, figure in found.figures().items():
            save(figure, folder / f"{name}.png", dpi=DOTS)
        print(shown(f"Pictures are in {folder}"))
    return 0 if found.healthy else 1


EVALUATE = Subcommand(
    "evaluate",
    "measure a model on a data set",
    "leibnet evaluate classifier.safetensors --dataset mnist --metrics loss accuracy f1",
    _evaluation,
    _evaluate,
)
DIAGNOSE = Subcommand(
    "diagnose",
    "look at every layer of a model, and say what is wrong",
    "leibnet diagnose classifier.safetensors --dataset mnist --output pictures",
    _diagnosis,
    _diagnose,
    "Exit code 0: healthy; 1: something is wrong, or the file or the data cannot be used; both are said.",
)

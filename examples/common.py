"""What the examples share: the choice of the data set, the folder of a run with its record, and a clean end."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import interruption  # before all that takes long to import
from runrecord import Record

import leibnet
from dataset import Dataset, DownloadError, available
from leibnet.files import makeFolder, reason, remedy
from nn import CheckpointError, DivergenceError

IMAGES = ("mnist", "fashion_mnist", "digits")
INTERRUPTED, CLOSED = 128 + signal.SIGINT, 141  # exit codes; 141 is 128 and the number of SIGPIPE

_record: Record | None = None  # of the run that is under way


class Parser(argparse.ArgumentParser):
    """Refuses to go on with a run that is not named."""

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        options = super().parse_args(*arguments, **keywords)
        if getattr(options, "resume", False) and options.output is None:
            self.error("argument --resume: give the folder of the run to go on with by --output")
        return options


def parser(
    description: str, batchSize: int | None = 50, datasets: tuple[str, ...] = IMAGES, resumes: bool = True
) -> Parser:
    """The command-line arguments that every example has; with `batchSize=None` its default depends on the data set."""
    arguments = Parser(description=description)
    arguments.add_argument("--dataset", choices=datasets, help="data set (default: mnist if it can be had, or digits)")
    usual = batchSize or "by data set"
    arguments.add_argument(
        "--batch-size", type=positive_integer, default=batchSize, help=f"size of a mini-batch (default: {usual})"
    )
    arguments.add_argument("--seed", type=seed_number, default=0, help="of all random numbers (default: 0)")
    arguments.add_argument(
        "--threads",
        type=positive_integer,
        help="threads of the matrix products (default: the training chooses; a fixed number repeats to the bit)",
    )
    arguments.add_argument("--output", type=Path, help="folder of the run (default: runs/<example>-<date>-<time>)")
    if resumes:
        arguments.add_argument(
            "--resume", action="store_true", help="go on with the run in --output, with the same arguments otherwise"
        )
    return arguments


def positive_integer(text: str) -> int:
    """1, 2, 3, ..., for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text}")
    return number


def seed_number(text: str) -> int:
    """0, 1, 2, ..., for argparse."""
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected a seed that is not negative, got {text}")
    return number


def positive_number(text: str) -> float:
    """A positive, finite number, for argparse."""
    if not 0 < (number := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return number


def chooseDataset(name: str | None, **sizes: Any) -> Dataset:
    """The data set of that name; without a name MNIST if it is here or can be downloaded, otherwise the bundled digits.

    Prints which one it is, and why.
    """
    try:
        if name is not None:
            dataset, why = Dataset(name, **sizes), "as asked for"
        elif available("mnist"):
            dataset, why = Dataset("mnist", **sizes), "it is at hand"
        else:
            dataset, why = downloadedOrBundled(**sizes)
    except (OSError, ValueError) as error:
        raise SystemExit(f"no data set: {error}") from None
    print(f"Data set: {dataset.name} ({why}), {dataset.train_size:,} training and {dataset.test_size:,} test samples")
    return dataset


def downloadedOrBundled(**sizes: Any) -> tuple[Dataset, str]:
    try:
        return Dataset("mnist", **sizes), "downloaded"
    except DownloadError:
        return Dataset("digits", **sizes), "MNIST is not at hand and cannot be downloaded"


def beginRun(options: argparse.Namespace, example: str, dataset: Dataset) -> Path:
    """The folder that a run writes to, made if need be, with the record of the run in it. Prints what will compute."""
    global _record
    with interruption.postponed():
        import matplotlib.figure  # noqa: F401 - which loses Ctrl-C while it is loaded
    leibnet.threads(options.threads)
    folder = options.output or Path("runs") / f"{example}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        _record = Record(makeFolder(folder), options, dataset)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    print(f"Matrix products: {leibnet.description()}")
    return folder


def keeping(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Arguments for `train`: metrics go to the folder of the run, and a checkpoint from which --resume goes on."""
    return {"folder": folder, "checkpoint": folder / "checkpoint.safetensors", "resume": options.resume}


def run(main: Callable[[], int | None]) -> None:
    """Runs an example, and ends with the exit code that it returns, if any.

    What ends it early is told in one line and by the exit code, without a traceback.
    """
    how, code, message = "failed", 1, ""
    try:
        interruption.listen()
        result = main()
        how = "finished"
        print(end="", flush=True)
        if _record is not None:
            _record.end(how)
        sys.exit(result)
    except (KeyboardInterrupt, ImportError, SystemError) as error:
        if not interruption.isBehind(error):
            raise
        how, code, message = "interrupted", INTERRUPTED, "interrupted before anything was written"
        if _record is not None:
            message = f"interrupted after {_record.seconds:.1f} s; what was written is in {_record.folder}"
            if (_record.folder / "checkpoint.safetensors").exists():
                message += f"; --resume --output {_record.folder} goes on"
    except BrokenPipeError:  # nobody reads what is printed
        how, code = "interrupted" if how == "failed" else how, CLOSED
    except (CheckpointError, DivergenceError) as error:
        message = str(error)
    except OSError as error:
        message = str(error) if error.strerror is None else f"{reason(error)}. {remedy(error)}"
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the rest takes a moment, and shall not be cut off
        _flush()
    with suppress(OSError):
        if _record is not None:
            _record.end(how)
    if message:
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)
    if how == "interrupted":
        os._exit(code)  # at Python's usual end, modules that were interrupted while they were loaded may crash
    sys.exit(code)


def _flush() -> None:
    """Prints what is still to be printed; where nobody reads it any more, Python shall not complain of that later."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

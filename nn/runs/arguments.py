"""The command-line arguments that programs with a run have in common."""

from __future__ import annotations

import argparse
import math
from importlib.util import find_spec
from typing import Any

from leibnet.files import absolute
from leibnet.fused.choice import CHOICES, INSTALL

from nn.runs.choice import IMAGES


class _Parser(argparse.ArgumentParser):
    """Refuses to go on with a run that is not named, and kernels that are not there."""

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        options = super().parse_args(*arguments, **keywords)
        if getattr(options, "resume", False) and options.output is None:
            self.error("argument --resume: give the folder of the run to go on with by --output")
        if getattr(options, "kernels", None) == "numba" and find_spec("numba") is None:
            self.error(f"argument --kernels: numba is not installed: {INSTALL}")
        return options


def parser(
    description: str | None,
    batchSize: int | None = 50,
    datasets: tuple[str, ...] = IMAGES,
    resumes: bool = True,
    usualData: str = "mnist if it can be had, or digits",
) -> argparse.ArgumentParser:
    """A parser with the arguments --dataset, --batch-size, --seed, --threads, --kernels, --output and --resume.

    >>> arguments = parser("Trains a classifier.")
    >>> _ = arguments.add_argument("--epochs", type=positiveInteger, default=10, help="epochs (default: 10)")
    >>> options = arguments.parse_args(["--epochs", "3", "--seed", "1"])
    >>> options.epochs, options.seed, options.batch_size, options.output
    (3, 1, 50, None)

    Parameters
    ----------
    description : of the program, such as its `__doc__`, of which the first line is shown.
    batchSize : default of --batch-size; None if it depends on the data set.
    datasets : what --dataset may be; without any there is no such argument.
    resumes : whether there is --resume.
    usualData : which data set is taken without --dataset, in words.
    """
    arguments = _Parser(description=(description or "").split("\n")[0])
    if datasets:
        arguments.add_argument("--dataset", choices=datasets, help=f"data set (default: {usualData})")
    usual = batchSize or "by data set"
    arguments.add_argument(
        "--batch-size", type=positiveInteger, default=batchSize, help=f"size of a mini-batch (default: {usual})"
    )
    arguments.add_argument("--seed", type=seedNumber, default=0, help="of all random numbers (default: 0)")
    arguments.add_argument(
        "--threads",
        type=positiveInteger,
        help="threads of the matrix products (default: the training chooses; a fixed number repeats to the bit)",
    )
    arguments.add_argument(
        "--kernels", choices=CHOICES, help="NumPy alone, or compiled by numba (default: numba where it is installed)"
    )
    arguments.add_argument("--output", type=absolute, help="folder of the run (default: runs/<example>-<date>-<time>)")
    if resumes:
        arguments.add_argument(
            "--resume", action="store_true", help="go on with the run in --output, with the same arguments otherwise"
        )
    return arguments


def positiveInteger(text: str) -> int:
    """1, 2, 3, ..., for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text}")
    return number


def seedNumber(text: str) -> int:
    """0, 1, 2, ..., for argparse."""
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected a seed that is not negative, got {text}")
    return number


def positiveNumber(text: str) -> float:
    """A positive, finite number, for argparse."""
    if not 0 < (number := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return number


def nonNegativeNumber(text: str) -> float:
    """0 or a positive, finite number, for argparse."""
    if not 0 <= (number := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number that is not negative, got {text}")
    return number

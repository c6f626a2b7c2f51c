"""`leibnet repeat`."""

from __future__ import annotations

import argparse

from nn.runs.command.examples import examples
from nn.runs.command.subcommand import Subcommand
from nn.runs.repetition import repeatRun, repetitionArguments


def _run(options: argparse.Namespace) -> int:
    return repeatRun(options.run, options.output, examples().values(), options.parser.error)


REPEAT = Subcommand(
    "repeat",
    "repeat the run of an example, and say whether the result agrees to the bit",
    "leibnet repeat runs/classifier-20261127-120000",
    repetitionArguments,
    _run,
    "The same script is run with the same arguments, seed and threads; what else has changed is printed.\n"
    "Exit code 0: the results agree to the bit; 1: they do not; 2: there is nothing to repeat or compare.",
)

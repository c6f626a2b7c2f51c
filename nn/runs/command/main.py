"""The program: words in, exit code out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from leibnet.version import __version__

from nn.runs.command.examples import TRAIN, exampleIn, runAsScript
from nn.runs.command.exploring import EXPLORE
from nn.runs.command.information import INFO
from nn.runs.command.measuring import DIAGNOSE, EVALUATE
from nn.runs.command.repeating import REPEAT
from nn.runs.command.results import RESULTS
from nn.runs.command.showing import SHOW
from nn.runs.command.subcommand import Subcommand
from nn.runs.script import runScript

SUBCOMMANDS = (INFO, TRAIN, SHOW, EVALUATE, DIAGNOSE, REPEAT, RESULTS, EXPLORE)
DESCRIPTION = "Neural networks from scratch in NumPy: train the examples, and look at what a training left."
CODES = "exit codes: 0 done, 1 failed (in one line), 2 wrong arguments, 130 Ctrl-C, 141 nobody reads what is printed"


def run() -> None:
    """The program `leibnet`, which ends the process. An example has it to itself, as if Python had begun it."""
    words = sys.argv[1:]
    path = exampleIn(words)
    if path is None:
        runScript(lambda: main(words))
    runAsScript(path, words[2:])


def main(argv: Sequence[str]) -> int | None:
    """Does what the words after `leibnet` say, and returns the exit code; None is 0.

    Raises RunError, in one line, for what fails, and SystemExit as argparse does: 2 for wrong arguments, 0 after help.
    """
    arguments = _parser()
    options = arguments.parse_args(argv)
    if options.subcommand is None:
        arguments.print_help()
        return None
    subcommand: Subcommand = options.subcommand
    return subcommand.run(options)


def _parser() -> argparse.ArgumentParser:
    examples = "\n".join(f"  {one.example}" for one in SUBCOMMANDS)
    arguments = argparse.ArgumentParser(
        prog="leibnet",
        description=DESCRIPTION,
        epilog=f"examples:\n{examples}\n\n{CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    arguments.add_argument("--version", action="version", version=f"leibnet {__version__}")
    arguments.set_defaults(subcommand=None)
    commands = arguments.add_subparsers(metavar="COMMAND", title="commands")
    for one in SUBCOMMANDS:
        added = commands.add_parser(
            one.name,
            help=one.summary,
            description="\n\n".join(filter(None, [one.summary[0].upper() + one.summary[1:] + ".", one.details])),
            epilog=f"example:\n  {one.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        one.arguments(added)
        added.set_defaults(subcommand=one, parser=added)
    return arguments

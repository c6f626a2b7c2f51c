"""Repeating a run from its run.json."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from leibnet.files import absolute, newFolder
from leibnet.terminal import say

from nn.runs.comparison import compare
from nn.runs.record import Record, RunError, Value
from nn.runs.runfile import VARIABLE, readRecord
from nn.runs.script import INTERRUPTED

IMPOSSIBLE = 2  # exit code: there is nothing that can be repeated or compared


def repeat(scripts: Iterable[Path], description: str | None = None) -> int:
    """A program that repeats runs of these scripts: the command line of `python repeat.py runs/first --output again`.

        runScript(lambda: repeat(Path(__file__).parent.glob("train_*.py"), __doc__))

    The script is run in a fresh process with the same arguments, seed and threads; what else has changed (versions,
    processor, data, code) is printed, and whether the results agree and at which step they first do not. Whatever
    stands in the run.json, no program is run but one of `scripts`.

    Parameters
    ----------
    scripts : the files, each with a name of its own, whose command lines are read by `parser`.
    description : of the program, such as its `__doc__`, of which the first line is shown.

    Returns
    -------
    The exit code: 0 if the results agree to the bit, 1 if not, 2 if nothing can be repeated or compared.
    """
    arguments = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    repetitionArguments(arguments)
    options = arguments.parse_args()
    return repeatRun(options.run, options.output, scripts, arguments.error)


def repetitionArguments(arguments: argparse.ArgumentParser) -> None:
    """Puts what `repeatRun` takes into a parser: `run` and `output`."""
    arguments.add_argument("run", metavar="FOLDER", type=absolute, help="folder of the run, or its run.json")
    arguments.add_argument(
        "--output", type=absolute, help="folder of the repetition (default: runs/repeat-<date>-<time>)"
    )


def repeatRun(run: Path, output: Path | None, scripts: Iterable[Path], refuse: Callable[[str], NoReturn]) -> int:
    """Repeats a run of one of these scripts, and returns the exit code; see `repeat`.

    Parameters
    ----------
    run : its folder, or its run.json.
    output : the folder of the repetition; None: runs/repeat-<date>-<time>.
    scripts : as for `repeat`.
    refuse : ends the program, with a line, where the arguments do not fit.
    """
    folder = run if run.is_dir() else run.parent
    place = output or Path("runs") / f"repeat-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        then = readRecord(run)
        command = commandOf(then, scripts, place)
    except RunError as error:
        refuse(str(error))
    if output is None:
        place = newFolder(place)
        command[-1] = f"--output={place}"
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        refuse(f"expected a new or an empty folder to repeat the run in, got {place}")
    if place.resolve().is_relative_to(folder.resolve()):
        refuse(f"expected a folder outside of the run's, {folder}, got {place}")

    print(f"Repeating in {place}: python {shlex.join(command[1:])}", flush=True)
    code = execute(command, then)
    if code:
        say(f"The repetition ended with exit code {code}: there is nothing to compare")
        return code
    try:
        found = compare(folder, place)
    except RunError as error:
        say(f"The runs cannot be compared: {error}")
        return IMPOSSIBLE
    print(f"\n{found}")
    return 0 if found.agrees else 1


def commandOf(record: Record, scripts: Iterable[Path], output: Path) -> list[str]:
    """The command that repeats a run, as a list of words for no shell to read. RunError if there is none."""
    known = {path.name: path for path in sorted(scripts)}
    if record.script not in known:
        raise RunError(f"expected a run of one of the scripts {', '.join(known)}, got {record.script!r}")
    words = [sys.executable, str(known[record.script])]
    for name, value in record.arguments.items():
        if name == "dataset" and value is None:  # the program has chosen one
            value = record.dataset["name"]
        words += _words("--" + name.replace("_", "-"), value)
    threads = [] if record.chooses else [f"--threads={record.threads}"]
    return [*words, f"--seed={record.seed}", *threads, f"--output={output}"]


def _words(option: str, value: Value) -> list[str]:
    """An option with its value."""
    if value is None or value is False or value == []:
        return []
    if value is True:
        return [option]
    if not isinstance(value, list):
        return [f"{option}={value}"]
    for one in value:
        if one is None or isinstance(one, bool) or str(one).startswith("-"):  # which would be another option
            raise RunError(
                f"expected a list of texts and numbers, none of which begins with -, for {option}, got {one!r}"
            )
    return [option, *map(str, value)]


def execute(command: list[str], record: Record) -> int:
    """Runs the command with the BLAS variables of the run; returns its exit code. Ctrl-C ends it, too."""
    environment = {name: value for name, value in os.environ.items() if not VARIABLE.fullmatch(name)}
    with subprocess.Popen(command, env=environment | record.variables) as process:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            if os.name == "posix":  # elsewhere, the console has told it already
                process.send_signal(signal.SIGINT)
            process.wait()
            return INTERRUPTED

"""Repeating a run from its run.json."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

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
    arguments.add_argument("run", type=absolute, help="folder of the run, or its run.json")
    arguments.add_argument(
        "--output", type=absolute, help="folder of the repetition (default: runs/repeat-<date>-<time>)"
    )
    options = arguments.parse_args()
    folder = options.run if options.run.is_dir() else options.run.parent
    output = options.output or Path("runs") / f"repeat-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        then = readRecord(options.run)
        command = commandOf(then, scripts, output)
    except RunError as error:
        arguments.error(str(error))
    if options.output is None:
        output = newFolder(output)
        command[-1] = f"--output={output}"
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        arguments.error(f"expected a new or an empty folder to repeat the run in, got {output}")
    if output.resolve().is_relative_to(folder.resolve()):
        arguments.error(f"expected a folder outside of the run's, {folder}, got {output}")

    print(f"Repeating in {output}: python {shlex.join(command[1:])}", flush=True)
    code = execute(command, then)
    if code:
        say(f"The repetition ended with exit code {code}: there is nothing to compare")
        return code
    try:
        found = compare(folder, output)
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
    for name, value in (record.arguments | {"dataset": record.dataset["name"]}).items():
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

"""Repeats a run of an example, and says whether the result agrees and at which step it first does not.

    python examples/repeat.py runs/classifier-20261121-171500
    python examples/repeat.py runs/classifier-20261121-171500/run.json --output again

All that the run depended on is in its run.json. The same script is run with the same arguments, seed and threads; what
else has changed (versions, processor, data, code) is printed. Exit code 0: the results agree to the bit; 1: they do
not; 2: there is nothing that can be repeated or compared.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from common import INTERRUPTED, run
from rundifference import changedConditions, compare
from runfile import VARIABLE, Run, readRun


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("run", type=Path, help="folder of the run, or its run.json")
    arguments.add_argument("--output", type=Path, help="folder of the repetition (default: runs/repeat-<date>-<time>)")
    options = arguments.parse_args()
    try:
        then = readRun(options.run)
    except ValueError as error:
        arguments.error(str(error))
    folder = options.run if options.run.is_dir() else options.run.parent
    output = options.output or Path("runs") / f"repeat-{time.strftime('%Y%m%d-%H%M%S')}"
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        arguments.error(f"expected a new or an empty folder to repeat the run in, got {output}")
    if output.resolve().is_relative_to(folder.resolve()):
        arguments.error(f"expected a folder outside of the run's, {folder}, got {output}")

    command = commandOf(then, output)
    print(f"Repeating in {output}: python {shlex.join(command[1:])}", flush=True)
    code = execute(command, then)
    if code:
        print(f"The repetition ended with exit code {code}: there is nothing to compare", file=sys.stderr)
        return code
    try:
        return report(then, folder, output)
    except ValueError as error:
        print(f"The runs cannot be compared: {error}", file=sys.stderr)
        return 2


def commandOf(run: Run, output: Path) -> list[str]:
    """The command that repeats a run, as a list of words for no shell to read."""
    words = [sys.executable, str(Path(__file__).parent / run.script)]
    for name, value in (run.arguments | {"dataset": run.dataset["name"]}).items():
        option = "--" + name.replace("_", "-")
        if value is True:
            words.append(option)
        elif isinstance(value, list):
            words += [option, *map(str, value)] if value else []
        elif value is not None and value is not False:
            words.append(f"{option}={value}")
    threads = [] if run.chooses else [f"--threads={run.threads}"]
    return [*words, f"--seed={run.seed}", *threads, f"--output={output}"]


def execute(command: list[str], run: Run) -> int:
    """Runs the command with the BLAS variables of the run; returns its exit code. Ctrl-C ends it, too."""
    environment = {name: value for name, value in os.environ.items() if not VARIABLE.fullmatch(name)}
    with subprocess.Popen(command, env=environment | run.variables) as process:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            if os.name == "posix":  # elsewhere, the console has told it already
                process.send_signal(signal.SIGINT)
            process.wait()
            return INTERRUPTED


def report(then: Run, folder: Path, output: Path) -> int:
    """Prints what has changed, and whether the results agree; returns the exit code."""
    now = readRun(output)
    changed = changedConditions(then, now)
    print("\nThen and now: " + ("nothing has changed" if not changed else ""))
    for line in changed:
        print(f"  {line}")
    unfinished = then.end is None or then.end["how"] != "finished"
    batches = -(-now.dataset["train_size"] // now.dataset["batch_size"])
    found = compare(folder, output, batches, unfinished)
    if found.differences:
        print(f"does not agree ({found} compared):")
        for line in found.differences:
            print(f"  {line}")
        if then.chooses:
            print("The run chose its threads as it went, and by two of them sums are rounded differently: --threads 1")
        return 1
    if not found.steps and not found.entries and not found.files:
        raise ValueError(f"in {folder} there is neither a training nor a file of weights")
    print(f"agrees to the bit: {found}" + ", as far as the run went" * found.shorter)
    return 0


if __name__ == "__main__":
    run(main)

"""A program with a run, from its command line to its exit code."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from leibnet.files import newFolder, reason, remedy
from leibnet.fused.choice import VARIABLE, description, kernels
from leibnet.terminal import isOpen, say

from dataset import Dataset
from nn.runs.interruption import noticed, postponed, repeated
from nn.runs.processes import Processes, world
from nn.runs.record import RunError
from nn.runs.run import Run
from nn.runs.runfile import OWN
from nn.training.checkpoint import CheckpointError
from nn.training.ranks.launched import launched
from nn.watch.divergence import DivergenceError

FAILED, INTERRUPTED, CLOSED = 1, 128 + signal.SIGINT, 141  # exit codes; 141 is 128 and the number of SIGPIPE


@contextmanager
def runOf(options: argparse.Namespace, name: str, dataset: Dataset, together: bool = True) -> Iterator[Run]:
    """The `Run` of a program whose command line was read by `parser`. Prints what will compute.

        with runOf(options, "classifier", dataset) as run:
            history = model.train(dataset, loss, options.epochs, **run.keeping())

    Where mpiexec has started the program several times, its processes train the model together by `run.keeping()`, and
    the first one alone writes to the run folder; see docs/ranks.md.

    Parameters
    ----------
    options : what `parse_args` gave. What concerns no run by itself, such as --output, is no argument of the run.
    name : begins the name of the run folder where there is no --output: runs/<name>-<date>-<time>.
    dataset : the data set.
    together : False refuses to be started several times; for programs that are of no use then. Default True.
    """
    communicator = world()
    if communicator is not None and not together:
        raise RunError(
            f"{launched()} processes were started, and this program computes in one: start it without mpiexec"
        )
    with postponed():
        import matplotlib.figure  # noqa: F401 - which loses Ctrl-C while it is loaded
    if getattr(options, "kernels", None) is not None:
        os.environ[VARIABLE] = options.kernels  # which stands in run.json
        kernels()
    run = Run(
        options.output or _folder(name, communicator),
        dataset,
        seed=options.seed,
        arguments={name: value for name, value in vars(options).items() if name not in OWN},
        threads=options.threads,
        resume=getattr(options, "resume", False),
        communicator=communicator,
    )
    try:
        with noticed() as pressed, run:
            for line in run.changed:
                print(f"Since the run began: {line}")
            if run.resume and not run.canGoOn:
                print(f"There is no checkpoint in {run.folder}: the run begins anew")
            print(f"Computed by {description()}")
            try:
                yield run
            except Exception as error:
                if pressed():
                    raise KeyboardInterrupt from error
                raise
    except KeyboardInterrupt as error:
        if run.begun or not run.isFirst:
            run.interrupt()
            goes_on = f"; --resume --output {run.folder} goes on" if run.canGoOn else ""
            error.add_note(f"interrupted after {run.seconds:.1f} s; what was written is in {run.place}{goes_on}")
        raise


def _folder(name: str, communicator: Any) -> Path:
    """A new one, which the first process makes."""
    usual = Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return newFolder(usual) if communicator is None or communicator.Get_rank() == 0 else usual


def runScript(main: Callable[[], int | None]) -> NoReturn:
    """Runs a program and ends the process, with the exit code that `main` returns, if any.

        if __name__ == "__main__":
            runScript(main)

    What ends it early is told in one line and by the exit code, without a traceback: Ctrl-C 130; 141 if nobody reads
    any more what is printed; 1 if a file cannot be written, the training diverges or the run cannot go on. Errors in
    the program itself have their traceback. Until `main` is called, Ctrl-C is Python's.

    Where mpiexec has started the program several times, the first process alone prints; what ends one early ends all,
    and is told once.
    """
    _open_streams()
    code: int | None = FAILED
    message = ""
    processes: Processes | None = None
    try:
        if (communicator := world()) is not None:
            processes = Processes(communicator)
        with repeated():
            code = main()
            print(end="", flush=True)
    except KeyboardInterrupt as error:
        code = INTERRUPTED
        message = "\n".join(getattr(error, "__notes__", ["interrupted before anything was written"]))
    except BrokenPipeError:  # nobody reads what is printed
        code = CLOSED
    except (CheckpointError, DivergenceError, RunError) as error:
        message = str(error)
    except OSError as error:
        message = str(error) if error.strerror is None else f"{reason(error)}. {remedy(error)}"
    except SystemExit as error:  # of argparse, or because another process has failed
        if processes is None:
            raise
        code = error.code if isinstance(error.code, int) or error.code is None else FAILED
        message = error.code if isinstance(error.code, str) else ""
    except Exception:
        if processes is None:
            raise
        message = traceback.format_exc().rstrip()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the rest takes a moment, and shall not be cut off
        _flush()
    if processes is not None and not processes.ended(bool(message)):
        message = ""
    if message:
        say(message)
    if processes is not None:
        processes.abort(code or FAILED)
    sys.exit(code)


def _open_streams() -> None:
    """Lets the program print whatever it will, also where there is nothing to print to, or not all characters."""
    if not isOpen(sys.stdout):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    elif isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Prints what is still to be printed; where nobody reads it any more, Python shall not complain of that later."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

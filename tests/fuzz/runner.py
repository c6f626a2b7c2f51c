"""Feeds damaged files to a reader, in a process of its own with limited memory and limited time a file.

A test calls `fuzz("module:Case", folder)` and gets a Report; the child process runs this file. The number of damaged
files is that of the environment variable LEIBNET_FUZZ, 300 without it:

    LEIBNET_FUZZ=10000 pytest tests/fuzz -rP
"""

import faulthandler
import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path

from mutate import mutations

with suppress(ImportError):  # Windows: without limited memory
    import resource

MEMORY = 256
"""MiB that a reader may use beyond what is in use when it starts."""


class Case:
    """A reader and a good file. Made in the child process, once, with an empty folder.

    Attributes
    ----------
    content : the good file, which is damaged.
    path : where each damaged file is put.
    seconds : a reader that takes longer for one file hangs.
    """

    content: bytes
    path: Path
    seconds: float = 20

    def __init__(self, folder: Path):
        raise NotImplementedError

    def handmade(self) -> Iterable[bytes]:
        """Bad files that no chance would make; they come first."""
        return ()

    def write(self, damaged: bytes) -> None:
        """Put a damaged file to its place."""
        self.path.write_bytes(damaged)

    def load(self, damaged: bytes) -> bool:
        """Read the file at `path`, written from `damaged`; whether it gave the same as the good one.

        ValueError or OSError, with the path in the message, is how a reader refuses a file. AssertionError: it gave
        what it should not have. Everything else is a fault, too.
        """
        raise NotImplementedError


@dataclass
class Report:
    """What became of the damaged files, how long the slowest took, and by how many MiB the memory in use grew."""

    case: str
    tried: int = 0
    refused: int = 0
    equal: int = 0
    different: int = 0
    slowest: float = 0.0
    memory: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.case}: {self.tried} files tried, {self.refused} refused {self.errors}, {self.equal} loaded equal, "
            f"{self.different} loaded different, {len(self.faults)} faults; slowest {self.slowest:.3f} s, "
            f"{self.memory:.1f} MiB more at most"
        )


def fuzz(case: str, folder: Path, number: int | None = None, seed: int = 0) -> Report:
    """Run the case "module:Class" of this folder on its handmade files and on `number` damaged ones.

    AssertionError when the process does not survive it. Faults that it survives are in the report.
    """
    import dataset

    number = int(os.environ.get("LEIBNET_FUZZ", "300")) if number is None else number
    places = [str(Path(dataset.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    child = subprocess.run(
        [sys.executable, "-W", "error", __file__, case, str(folder), str(number), str(seed)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places)), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        raise AssertionError(
            f"{case}: the process ended with {child.returncode}, at the file that is now in {folder}\n"
            f"{child.stderr[-3000:]}"
        )
    report = Report(**json.loads(child.stdout.splitlines()[-1]))
    print(report)
    return report


def run(case: Case, name: str, number: int, seed: int) -> Report:
    """In the child process: all files, one after the other."""
    report, errors = Report(name), Counter[str]()
    before = peak_memory()
    limit_memory()
    handmade = ((f"handmade {index}", content) for index, content in enumerate(case.handmade()))
    damaged = ((f"index {index}", content) for index, content in enumerate(mutations(case.content, number, seed)))
    for label, content in chain(handmade, damaged):
        case.write(content)
        report.tried += 1
        start = time.perf_counter()
        faulthandler.dump_traceback_later(case.seconds, exit=True)
        try:
            if case.load(content):
                report.equal += 1
            else:
                report.different += 1
        except (ValueError, OSError) as error:
            report.refused += 1
            errors[type(error).__name__] += 1
            if str(case.path) not in str(error):
                report.faults.append(f"{label}: the error does not name the file: {error!r}")
        except Exception:
            report.faults.append(f"{label}: {traceback.format_exc(limit=-3)}")
        report.slowest = max(report.slowest, time.perf_counter() - start)
    faulthandler.cancel_dump_traceback_later()
    report.memory = peak_memory() - before
    report.errors = dict(errors)
    return report


def limit_memory() -> None:
    size = Path("/proc/self/statm")
    if size.exists():
        limit = int(size.read_text().split()[0]) * resource.getpagesize() + (MEMORY << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def peak_memory() -> float:
    """The most that was in use so far, in MiB; 0 where it is not known."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    faulthandler.enable()
    where, folder, number, seed = sys.argv[1:]
    module, _, kind = where.partition(":")
    made = getattr(importlib.import_module(module), kind)(Path(folder))
    print(json.dumps(asdict(run(made, where, int(number), int(seed)))))

"""A source tree of Leibnet, and the processes that run in it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

INSIDE = Path(__file__).with_name("inside.py")
LIMIT = 1800.0  # seconds for a process that runs to its end


class TreeError(Exception):
    """A process in a tree failed; says which, and what it wrote to its standard error."""


@dataclass(frozen=True)
class Tree:
    """A source tree.

    Attributes
    ----------
    name : "before" or "after".
    folder : the folder that has `nn`, `layers` and the other packages in it.
    """

    name: str
    folder: Path

    def start(self, *command: Any) -> Process:
        """Python with this command line, the modules of this tree, and one thread."""
        return Process(self, [str(part) for part in command])

    def inside(self, *arguments: Any) -> Process:
        """Starts `inside.py`, which does not find the modules beside it."""
        return self.start("-P", INSIDE, *arguments)


class Process:
    """A process in a tree, which ends by itself or when it is left as a context."""

    def __init__(self, tree: Tree, command: list[str]) -> None:
        self._name = f"{tree.name} ({tree.folder}) failed in: {' '.join(command).replace(str(INSIDE), INSIDE.name)}"
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=tempfile.gettempdir(),  # not in one of the trees, as Python looks for modules there first
            env=os.environ | {"PYTHONPATH": str(tree.folder), "OPENBLAS_NUM_THREADS": "1"},
        )

    def output(self) -> str:
        """Waits for the end; what the process has printed. TreeError if it failed."""
        with self:
            text, _ = self._process.communicate(timeout=LIMIT)
            if self._process.returncode:
                raise self._failure()
            return text

    def ask(self, request: object) -> str:
        """Writes a line to the process and waits for its answer. TreeError if it has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(request, file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.wait(LIMIT)
            raise self._failure()
        return answer

    def _failure(self) -> TreeError:
        self._errors.seek(0)
        return TreeError(f"{self._errors.read().strip()}\n{self._name}")

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(BrokenPipeError):  # of a request that nobody has read
                stream.close()  # type: ignore[union-attr]

"""A library in a process of its own (`server`), seen from the process that compares.

The two exchange lines of JSON through pipes, and only one of them all computes at a time.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict
from types import TracebackType
from typing import TYPE_CHECKING, Any

from peers.configuration import Configuration

if TYPE_CHECKING:
    from peers.workloads import Workload

SPIN = 0.03  # seconds for which the threads of a BLAS may go on spinning after their work


class Worker:
    """The handle of a process that computes; `ask` it for what its server understands."""

    def __init__(self, configuration: Configuration, workload: Workload) -> None:
        self.configuration, self.workload = configuration, workload
        self.rounds: list[float] = []  # microseconds of a step, the median of every round
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the worker)
        self._process = subprocess.Popen(
            configuration.command("serve", json.dumps(asdict(workload))),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=configuration.environment(),
            start_new_session=True,  # Ctrl-C is the comparing process's
        )

    def send(self, request: str, **arguments: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"request": request} | arguments) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None

    def receive(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._failure()
        return json.loads(line)

    def ask(self, request: str, **arguments: Any) -> Any:
        self.send(request, **arguments)
        return self.receive()

    def round(self, steps: int, limit: float, ofProcessor: bool = False) -> None:
        """One round of timed steps, at most `limit` seconds long."""
        seconds = self.ask("time", steps=steps, limit=limit, ofProcessor=ofProcessor)
        self.rounds.append(1e6 * statistics.median(seconds))
        if self.configuration.threads > 1:
            time.sleep(SPIN)

    def _failure(self) -> SystemExit:
        self._process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        return SystemExit(f"{text}\n{self.workload.name}: {self.configuration} failed, see above")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(BrokenPipeError):
                stream.close()  # type: ignore[union-attr]


class Workers:
    """The processes of some configurations for one workload, all of them ready; stopped at the end of the block."""

    def __init__(self, configurations: list[Configuration], workload: Workload) -> None:
        self._configurations, self._workload = configurations, workload
        self._workers: list[Worker] = []

    def __enter__(self) -> list[Worker]:
        try:
            for configuration in self._configurations:
                self._workers.append(Worker(configuration, self._workload))
                self._workers[-1].send("prepare")
            for worker in self._workers:
                worker.receive()
        except BaseException:
            self.stop()
            raise
        return self._workers

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()


def run(configuration: Configuration, action: str, *arguments: Any) -> dict[str, Any]:
    """Calls a function of a peer's module in a fresh process: its value, and the peak of the memory in MiB."""
    command = configuration.command(action, *map(json.dumps, arguments))
    process = subprocess.run(command, env=configuration.environment(), capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{process.stderr}\n{configuration}: {action} failed, see above")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer

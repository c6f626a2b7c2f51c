"""A library in a process of its own, which computes when it is asked to.

The process that compares (`Worker`) and the one that computes (`serve`) exchange lines of JSON through pipes, and
only one of them all computes at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peers.workloads import Workload

FLOOR = {"products": ("floor", "makeProducts"), "movement": ("floor", "makeMovement")}
SPIN = 0.03  # seconds for which the threads of a BLAS may go on spinning after their work


@dataclass(frozen=True)
class Configuration:
    """Who computes, and how.

    Attributes
    ----------
    peer : name in the tables.
    module : in the folder `peers`.
    threads : of the library.
    numpyFirst : whether NumPy is imported before Leibnet, which then cannot choose OpenBLAS's kernels. Otherwise
        it chooses them, whatever the environment of the comparing process says.
    """

    peer: str
    module: str
    threads: int
    numpyFirst: bool = False

    def environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        if not self.numpyFirst:
            environment = {name: value for name, value in environment.items() if not name.startswith("OPENBLAS_")}
        for library in ("OPENBLAS", "OMP", "MKL"):
            environment[f"{library}_NUM_THREADS"] = str(self.threads)
        places = str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
        if self.onXla and self.threads == 1:
            flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
            environment["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
        return environment

    @property
    def onXla(self) -> bool:
        return self.module in ("jax", "keras")

    def restrict(self) -> None:
        """In the process that computes: XLA takes as many threads as there are processors to run on."""
        if self.onXla and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-self.threads :])

    def command(self, action: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "peers.worker", action, json.dumps(asdict(self)), *arguments]

    @classmethod
    def ours(cls, threads: int, numpyFirst: bool = False) -> Configuration:
        """Leibnet."""
        return cls("leibnet", "ours", threads, numpyFirst)

    def __str__(self) -> str:
        return f"{self.peer}, {self.threads} thread{'s' * (self.threads > 1)}" + ", NumPy's kernels" * self.numpyFirst


class Worker:
    """The handle of a process that computes; `ask` it for what `serve` understands."""

    def __init__(self, configuration: Configuration, workload: Workload) -> None:
        self.configuration, self.workload = configuration, workload
        self.seconds: list[float] = []
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

    def round(self, steps: int, limit: float) -> None:
        """One round of timed steps, at most `limit` seconds long."""
        self.seconds += self.ask("time", steps=steps, limit=limit)
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


# In the process that computes -------------------------------------------------------------------------------------


def main(action: str, configuration: str, *arguments: str) -> None:
    """Serves, or calls a function of the peer's module and writes what it returns."""
    chosen = Configuration(**json.loads(configuration))
    chosen.restrict()
    if chosen.peer in ("leibnet", "products") and not chosen.numpyFirst:
        import nn  # noqa: F401  (chooses the kernels as long as NumPy is not loaded)
    with os.fdopen(os.dup(1), "w") as channel:
        os.dup2(2, 1)  # what libraries print is no answer
        if action == "serve":
            serve(chosen, json.loads(arguments[0]), channel)
        else:
            function = getattr(import_module(f"peers.{chosen.module}"), action)
            print(json.dumps(function(*map(json.loads, arguments))), file=channel)


def serve(configuration: Configuration, workload: dict[str, Any], channel: Any) -> None:
    """Answers the requests that come from standard input."""
    from peers.workloads import Workload

    server = _Server(configuration, Workload(**workload | {"hidden": tuple(workload["hidden"])}))
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(server, request.pop("request"))(**request)
        print(json.dumps(answer), file=channel, flush=True)


class _Server:
    """Its methods are the requests."""

    def __init__(self, configuration: Configuration, workload: Workload) -> None:
        module, maker = FLOOR.get(configuration.module, (configuration.module, "make"))
        self._module = import_module(f"peers.{module}")
        self._make, self._workload = getattr(self._module, maker), workload
        self._imported = peakMemory()
        self._step = self._make(workload)
        self._count = itertools.count()

    def prepare(self) -> None:
        """Nothing is left to do."""

    def losses(self, steps: int) -> list[list[float]]:
        """The losses of the first steps, with prepared noise."""
        return [[float(loss) for loss in self._step(next(self._count), check=True)] for _ in range(steps)]

    def time(self, steps: int, limit: float) -> list[float]:
        """Seconds of steps, after some that do not count; fewer if they take longer than the limit, but at least 3."""
        start = time.perf_counter()
        for i in range(5):
            self._step(next(self._count))
            if i and time.perf_counter() - start > limit / 5:
                break
        seconds: list[float] = []
        while len(seconds) < steps and (len(seconds) < 3 or sum(seconds) < limit):
            i = next(self._count)
            start = time.perf_counter()
            self._step(i)
            seconds.append(time.perf_counter() - start)
        return seconds

    def memory(self) -> dict[str, float]:
        """Peak resident MiB after the imports and after all steps."""
        return {"imported": self._imported, "trained": peakMemory()}

    def allocated(self, factor: int) -> float:
        """KiB that a steady step of the network with `factor` times the hidden units allocates."""
        return self._module.allocated(self._make(self._workload.widened(factor))) / 2**10


def blasKernels() -> str:
    import numpy  # noqa: F401  (loads its OpenBLAS)

    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    return ", ".join(pool["architecture"] for pool in threadpool_info() if pool.get("internal_api") == "openblas")


def peakMemory() -> float:
    """Peak resident MiB of this process. Linux's getrusage would count the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


if __name__ == "__main__":
    main(*sys.argv[1:])

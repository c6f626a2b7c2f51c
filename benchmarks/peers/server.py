"""The process of a library, which computes when it is asked to: it answers requests with lines of JSON."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peers.configuration import FLOOR, Configuration

if TYPE_CHECKING:
    from peers.workloads import Workload


def main(action: str, configuration: str, *arguments: str) -> None:
    """Serves, or calls a function of the peer's module and writes what it returns and the memory it took."""
    chosen = Configuration(**json.loads(configuration))
    chosen.restrict()
    if chosen.numpyFirst:
        import numpy  # noqa: F401
    elif chosen.module in ("ours", "products"):
        import nn  # noqa: F401  (chooses OpenBLAS's kernels as long as NumPy is not loaded)
    with os.fdopen(os.dup(1), "w") as channel:
        os.dup2(2, 1)  # what libraries print is no answer
        if action == "serve":
            serve(chosen, json.loads(arguments[0]), channel)
        else:
            function = getattr(import_module(f"peers.{chosen.module}"), action)
            answer = {"value": function(*map(json.loads, arguments)), "peak_mib": peakMemory()}
            print(json.dumps(answer), file=channel)


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
        self._stepsOfCall = getattr(self._module, "STEPS", 1)
        self._imported = peakMemory()
        self._step = self._make(workload)
        self._count = itertools.count()

    def prepare(self) -> None:
        """Nothing is left to do."""

    def losses(self, steps: int) -> list[list[float]]:
        """The losses of the first steps, with prepared noise."""
        return [[float(loss) for loss in self._step(next(self._count), check=True)] for _ in range(steps)]

    def time(self, steps: int, limit: float, ofProcessor: bool = False) -> list[float]:
        """Seconds of a step, of every call after some that do not count; or of the processor's work for it.

        Fewer steps if they take longer than the limit, but at least 3 calls.
        """
        clock = time.process_time if ofProcessor else time.perf_counter
        start = time.perf_counter()
        for i in range(5):
            self._step(next(self._count))
            if i and time.perf_counter() - start > limit / 5:
                break
        seconds: list[float] = []
        while len(seconds) < 3 or (len(seconds) * self._stepsOfCall < steps and sum(seconds) < limit):
            i = next(self._count)
            start = clock()
            self._step(i)
            seconds.append(clock() - start)
        return [one / self._stepsOfCall for one in seconds]

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

"""Who computes, and how."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from peers import simd

FLOOR = {"products": ("floor", "makeProducts"), "movement": ("floor", "makeMovement")}


@dataclass(frozen=True)
class Configuration:
    """A library in a process of its own.

    Attributes
    ----------
    peer : name in the tables.
    module : in the folder `peers`.
    threads : of the library.
    kernels : of Leibnet, "numpy" or "numba".
    numpyFirst : whether NumPy is imported before Leibnet, which then cannot choose OpenBLAS's kernels. Otherwise
        it chooses them, whatever the environment of the comparing process says.
    withoutAVX512 : whether AVX-512 is switched off.
    """

    peer: str
    module: str
    threads: int
    kernels: str = ""
    numpyFirst: bool = False
    withoutAVX512: bool = False

    def environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if self.numpyFirst or not _chooses(name)}
        if self.withoutAVX512:
            environment |= simd.withoutAVX512(environment.get("XLA_FLAGS", ""))
        for library in ("OPENBLAS", "OMP", "MKL"):
            environment[f"{library}_NUM_THREADS"] = str(self.threads)
        if self.kernels:
            environment["LEIBNET_KERNELS"] = self.kernels
        places = str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
        if self.onXla and self.threads == 1:
            flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
            environment["XLA_FLAGS"] = f"{environment.get('XLA_FLAGS', '')} {flags}".strip()
        return environment

    @property
    def onXla(self) -> bool:
        return self.module in ("jax", "jax_ahead", "keras")

    def restrict(self) -> None:
        """In the process that computes: XLA takes as many threads as there are processors to run on."""
        if self.onXla and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-self.threads :])

    def command(self, action: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "peers.server", action, json.dumps(asdict(self)), *arguments]

    def __str__(self) -> str:
        return f"{self.peer}, {self.threads} thread{'s' * (self.threads > 1)}"


def _chooses(variable: str) -> bool:
    """Whether an environment variable makes a library take other kernels than it would."""
    return variable in simd.VARIABLES or variable.startswith("OPENBLAS_")

"""The processes of a script that mpiexec, or Slurm's srun, has started several times."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

from nn.runs.record import RunError
from nn.training.ranks.launched import launched

PATIENCE = 5.0  # seconds for which one that has failed waits for the others to end as well
NAP = 0.02  # seconds between two looks at them


def world() -> Any:
    """The communicator of these processes, MPI.COMM_WORLD; None where there is one process, and nothing is imported.

    RunError if mpi4py is not installed, or of another MPI than what has started them.
    """
    if (count := launched()) == 1:
        return None
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        cause = str(error).partition("\n")[0]
        raise RunError(
            f"{count} processes were started, and they need mpi4py to train together: pip install leibnet[mpi], or "
            f"start one ({cause})"
        ) from None
    if (size := MPI.COMM_WORLD.Get_size()) != count:
        raise RunError(
            f"{count} processes were started, and mpi4py knows of {size}: it was made for another MPI; take the "
            "mpiexec of its own, or under Slurm srun --mpi=pmix"
        )
    return MPI.COMM_WORLD


class Processes:
    """The processes that run a script together: the first one speaks, and none waits for one that has failed.

    The others print nothing from now on.

    Parameters
    ----------
    communicator : theirs.
    """

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator
        self.rank = int(communicator.Get_rank())
        self._errors = sys.stderr
        if self.rank:
            sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends

    def ended(self, isFailed: bool) -> bool:
        """Waits for the others; whether this one is to say why it has failed, for others may have failed as well.

        One that has failed does not wait long for those that have not: `abort` is for them.
        """
        mine, theirs = np.array([isFailed], np.int64), np.zeros(self._communicator.Get_size(), np.int64)
        request, began = self._communicator.Iallgather(mine, theirs), time.monotonic()
        while not request.Test():
            if isFailed and time.monotonic() - began > PATIENCE:
                self._isAlone = True
                break
            time.sleep(NAP)
        if self.rank:
            sys.stderr = self._errors
        return isFailed and not theirs[: self.rank].any()

    _isAlone = False

    def abort(self, code: int) -> None:
        """Ends the others, if they have not ended when this one failed."""
        if self._isAlone:
            self._communicator.Abort(code)

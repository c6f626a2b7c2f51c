"""How many processes mpiexec, or Slurm's srun, has started, and whether one of them may write files by itself."""

from __future__ import annotations

import os
from typing import Any

from leibnet.files import absolute

SIZES = "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"  # as those who start say it


def launched() -> int:
    """How many processes were started together, as the environment says; 1 without mpiexec."""
    said = (os.environ.get(name, "") for name in SIZES)
    return max([1, *(int(text) for text in said if text.isdecimal())])


def objection(communicator: Any, place: str | os.PathLike[str]) -> str:
    """Why this process may not write there: several were started, and it was told of none. Empty where it may."""
    if communicator is not None or (count := launched()) == 1:
        return ""
    return (
        f"{count} processes were started, and each would write to {absolute(place)}: give communicator=MPI.COMM_WORLD "
        "for all of them together, or MPI.COMM_SELF for this process alone"
    )

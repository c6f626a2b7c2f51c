"""What tests need that mpiexec starts: `pytestmark = NEEDS_MPI`."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
NEEDS_MPI = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("mpi4py") is None, reason="mpi4py is not installed: pip install leibnet[mpi]"),
    pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec: pip install mpich"),
]

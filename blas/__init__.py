"""The processor underneath: the kernels of NumPy's matrix products, and how many threads compute.

All other packages import this one first, so that `kernels` can choose before NumPy is loaded.
"""

from blas.kernels import choose

chosen = choose()

from blas.crew import together  # noqa: E402 - NumPy only after the choice
from blas.memory import Kept, workArray  # noqa: E402
from blas.threads import Threads, description, helping, threads  # noqa: E402

__all__ = ["Kept", "Threads", "chosen", "description", "helping", "threads", "together", "workArray"]

"""Which kernels OpenBLAS takes for matrix products.

NumPy's wheels carry an OpenBLAS that chooses its kernels by the processor's model. One that is older than the processor
may not know it, and takes the kernels for AVX2 where the processor has AVX-512, with which products take little more
than half the time. The choice can be made for it by environment variables, which it reads once, while NumPy is loaded:

OPENBLAS_CORETYPE : the kernels; SKYLAKEX are those for AVX-512.
OPENBLAS_THREAD_TIMEOUT : for how long an idle thread keeps its processor busy, 2ⁿ ticks. By default (n = 26) it is
    some 20 ms, in which every other thread on that processor crawls; n = 20, some 0.4 ms, bridges the gap
    to the next product as well.

What the user has set stays as it is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from leibnet.terminal import warn

AVX512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}  # what the SKYLAKEX kernels use
OLD = {"haswell", "zen"}  # kernels without AVX-512 that unknown processors get


def choose() -> bool:
    """Sets the environment variables that are not set, if NumPy is not loaded yet; returns whether it was in time."""
    if "numpy" in sys.modules:
        return False
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    if hasAVX512():
        os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX")
    return True


def hasAVX512(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor has AVX-512; False where it does not say (not Linux)."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return set(flags.split()) >= AVX512


chosen = choose()


def warnIfSlow(architecture: str | None) -> None:
    """Says, where it was too late to choose, that products take longer than they need to."""
    if (architecture or "").lower() in OLD and "OPENBLAS_CORETYPE" not in os.environ and hasAVX512():
        warn(
            f"NumPy's matrix products use the {architecture} kernels, though this processor has AVX-512: they would be "
            "up to 1.9 times faster. NumPy was imported before this library: import nn first, or set "
            "OPENBLAS_CORETYPE=SKYLAKEX in the environment.",
            RuntimeWarning,
        )

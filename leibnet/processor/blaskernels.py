"""Which kernels OpenBLAS takes for matrix products.

NumPy's wheels carry an OpenBLAS that chooses its kernels by the processor's model. One that is older than the processor
may not know it, and takes the kernels for AVX2 where the processor has AVX-512, with which products take little more
than half the time. One that knows it takes those for AVX-512 on AMD's Zen 4 as well, which computes with 256 bits at a
time whatever the instruction: there the kernels for AVX2 take 2 to 15 % less time for products of dense layers, and up
to 40 % less for those of convolutions (docs/speed.md). The choice can be made for it by environment variables, which it
reads once, while NumPy is loaded:

OPENBLAS_CORETYPE : the kernels; SKYLAKEX are those for AVX-512, HASWELL those for AVX2.
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
ZEN4 = "AuthenticAMD", "25"  # vendor and family; of this family, Zen 4 alone has AVX-512
CPUINFO = Path("/proc/cpuinfo")


def choose() -> bool:
    """Sets the environment variables that are not set, if NumPy is not loaded yet; returns whether it was in time."""
    if "numpy" in sys.modules:
        return False
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    if (best := fastest()) is not None:
        os.environ.setdefault("OPENBLAS_CORETYPE", best)
    return True


def fastest(cpuinfo: Path = CPUINFO) -> str | None:
    """The kernels for this processor if it has AVX-512; None: OpenBLAS chooses well by itself, or nothing is known."""
    says = _processor(cpuinfo)
    if not set(says.get("flags", "").split()) >= AVX512:
        return None
    is_zen4 = (says.get("vendor_id"), says.get("cpu family")) == ZEN4
    return "HASWELL" if is_zen4 else "SKYLAKEX"


def _processor(cpuinfo: Path) -> dict[str, str]:
    """What the system says of the first processor; nothing where it does not say (not Linux)."""
    try:
        first = cpuinfo.read_text(errors="replace").strip().split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


chosen = choose()


def warnIfSlow(architecture: str | None) -> None:
    """Says, where it was too late to choose, that products take longer than they need to."""
    if (architecture or "").lower() in OLD and "OPENBLAS_CORETYPE" not in os.environ and fastest() == "SKYLAKEX":
        warn(
            f"NumPy's matrix products use the {architecture} kernels, though this processor has AVX-512: they would be "
            "up to 1.9 times faster. NumPy was imported before this library: import nn first, or set "
            "OPENBLAS_CORETYPE=SKYLAKEX in the environment.",
            RuntimeWarning,
        )

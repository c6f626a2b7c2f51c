"""The SIMD instructions of the processor, and how every library is kept from AVX-512 where it has it."""

from __future__ import annotations

from pathlib import Path

AVX512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
KINDS = {"avx512": "AVX-512", "avx2": "AVX2", "unknown": "unknown"}  # widest first
SWITCHES = {
    "OPENBLAS_CORETYPE": "HASWELL",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "",  # those of that processor; without it, numba adds all that this one has
    "ATEN_CPU_CAPABILITY": "avx2",
    "TORCHINDUCTOR_CPP_MARCH": "haswell",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512BW,-AVX512VL",
}
NUMPY = "NPY_DISABLE_CPU_FEATURES"
VARIABLES = {*SWITCHES, NUMPY}
XLA = "--xla_cpu_max_isa=AVX2"
REMAINDER = "JAX's and Keras's matrix products (YNNPACK) cannot be told, and still use AVX-512."


def found(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The widest of KINDS that the processor has; "unknown" where the system does not say (not Linux)."""
    lines = cpuinfo.read_text(errors="replace").splitlines() if cpuinfo.exists() else []
    flags = set(next((line for line in lines if line.startswith("flags")), "").split())
    return "avx512" if flags >= AVX512 else "avx2" if "avx2" in flags else "unknown"


def label(kind: str, processor: str) -> str:
    """What the libraries use, on a processor that has `processor`."""
    return KINDS[kind] + f" ({KINDS[processor]} switched off)" * (kind != processor)


def withoutAVX512(flags: str) -> dict[str, str]:
    """The environment variables that keep all libraries from it; `flags` are those for XLA so far."""
    return SWITCHES | {NUMPY: " ".join(_numpy_features()), "XLA_FLAGS": f"{flags} {XLA}".strip()}


def _numpy_features() -> list[str]:
    """Those beyond AVX2 that NumPy has code for and has found; it takes no other names."""
    import numpy as np  # not sooner: a process that computes lets Leibnet choose OpenBLAS's kernels first

    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return [name for name in found if name.startswith(("AVX512", "X86_V4"))]

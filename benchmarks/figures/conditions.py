"""By what a cell is computed."""

from __future__ import annotations

import platform
from importlib.metadata import version

import leibnet
from leibnet.fused.choice import kernelDescription
from leibnet.processor.threadcount import description

from peers import simd

from nn.runs.provenance import machine

Conditions = dict[str, str]

NAMES = ("processor", "processors", "simd", "system", "blas", "kernels", "python", "numpy", "leibnet")


def conditions() -> Conditions:
    """The machine, what computes on it, and the versions. Threads are those that are set now."""
    here = machine()
    values = (
        here["processor"],
        here["processors"],
        simd.KINDS[simd.found()],
        platform.system(),
        description(),
        kernelDescription(),
        platform.python_version(),
        version("numpy"),
        leibnet.__version__,
    )
    return dict(zip(NAMES, values, strict=True))


def sentence(conditions: Conditions) -> str:
    return (
        "{processor}, {processors} processors, SIMD {simd}, {system}; {blas}; kernels: {kernels}; "
        "Python {python}, NumPy {numpy}, Leibnet {leibnet}".format(**conditions)
    )

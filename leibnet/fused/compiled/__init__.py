"""The fused kernels, compiled by numba; imported when they are chosen.

A kernel stands under the name and with the arguments of its NumPy form, which says what it computes.
"""

from collections.abc import Callable
from typing import Any

from leibnet.fused.compiled import activations, adam, sampler, sigmoid, softmax
from leibnet.fused.compiled.compiler import tellWhenCompiling

from numba.core.registry import CPUDispatcher


def load(compiling: Callable[[], None]) -> dict[str, Any]:
    """The kernels by name; `compiling` is called whenever one is compiled, which happens once on a machine."""
    tellWhenCompiling(compiling)
    modules = (activations, adam, sampler, sigmoid, softmax)
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, CPUDispatcher)
    }

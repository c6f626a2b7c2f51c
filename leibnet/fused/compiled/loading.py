"""All kernels by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.fused.compiled import activations, adam, sampler, sigmoid, softmax
from leibnet.fused.compiled.compiler import Compiled, tellWhenCompiling


def load(compiling: Callable[[], None]) -> dict[str, Any]:
    """The kernels by name; `compiling` is called whenever one is compiled, which happens once on a machine."""
    tellWhenCompiling(compiling)
    modules = (activations, adam, sampler, sigmoid, softmax)
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, Compiled) and function.__module__ == module.__name__
    }

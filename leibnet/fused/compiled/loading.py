"""All kernels by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.fused.compiled import (
    activations,
    adam,
    attention,
    boltzmann,
    convolution,
    normalization,
    pooling,
    recurrent,
    sampler,
    sigmoid,
    softmax,
)
from leibnet.fused.compiled.compiler import Compiled, sumOf, tellWhenCompiling

import numba
import numpy as np


def load(compiling: Callable[[], None]) -> dict[str, Any]:
    """The kernels by name; `compiling` is called whenever one is compiled, which happens once on a machine.

    RuntimeError if numba is told not to compile. A first one is called, to see that they work.
    """
    if numba.config.DISABLE_JIT:
        raise RuntimeError("NUMBA_DISABLE_JIT is set")
    tellWhenCompiling(compiling)
    sumOf(np.zeros(1))
    images, sequences = (convolution, pooling), (attention, recurrent)
    modules = (activations, adam, boltzmann, sampler, *images, *sequences, normalization, sigmoid, softmax)
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, Compiled) and function.__module__ == module.__name__
    }

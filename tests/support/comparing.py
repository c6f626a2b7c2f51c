"""What models and kernels are compared by: `from comparing import kernelDifferences, learning, same, sameWeights`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from layers import Learning
from nn import Model


def same(some: Any, others: Any) -> bool:
    """Whether these are as many arrays or numbers, equal to the bit."""
    return len(some) == len(others) and all(np.array_equal(*pair) for pair in zip(some, others, strict=True))


def sameWeights(one: Model, other: Model) -> bool:
    """Whether all arrays of two models are equal to the bit."""
    return one.weights().keys() == other.weights().keys() and same(one.weights().values(), other.weights().values())


def learning(model: Model) -> dict[str, Learning]:
    """The layers that have parameters, by name."""
    return {name: leaf for name, leaf in model.namedLayers().items() if isinstance(leaf, Learning)}


def kernelDifferences(computed: Callable[..., Any], *given: Any, **keywords: Any) -> list[float]:
    """How far arrays are apart that kernels and NumPy compute, as shares of the largest number of each.

    They are those of `computed(*given, "numba", **keywords)`, and with "numpy" in its place.
    """
    found, expected = (computed(*given, kernels, **keywords) for kernels in ("numba", "numpy"))
    return [
        float(np.abs(one - other).max(initial=0) / max(1, np.abs(other).max(initial=0)))
        for one, other in zip(found, expected, strict=True)
    ]

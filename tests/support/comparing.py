"""What two models are compared by: `from comparing import learning, same, sameWeights`."""

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

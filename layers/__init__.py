"""Layers, each with its forward and backward pass."""

import leibnet  # noqa: F401, I001 - before NumPy, see leibnet.kernels

from layers.dense import Dense
from layers.layer import Layer
from layers.sampler import Sampler

__all__ = ["Dense", "Layer", "Sampler"]

"""Layers, each with its forward and backward pass."""

from leibnet.siblings import activations, optimizer  # noqa: F401 - the library's own, and the kernels before NumPy

from layers.activated import Activated
from layers.branches.concatenate import Concatenate
from layers.branches.copy import Copy
from layers.branches.parallel import Parallel
from layers.branches.residual import Residual
from layers.branches.sum import Sum
from layers.chain import Chain
from layers.composite import Composite
from layers.dense import Dense
from layers.layer import Layer
from layers.learning import Learning
from layers.normalization.batchnormalization import BatchNormalization
from layers.passes import Pass, Wanted
from layers.penalty import L1, GaussianDivergence, Penalty
from layers.reshape import Flatten, Reshape
from layers.stochastic.dropout import Dropout
from layers.stochastic.sampler import Sampler

__all__ = [
    "Activated",
    "BatchNormalization",
    "Chain",
    "Composite",
    "Concatenate",
    "Copy",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDivergence",
    "L1",
    "Layer",
    "Learning",
    "Parallel",
    "Pass",
    "Penalty",
    "Reshape",
    "Residual",
    "Sampler",
    "Sum",
    "Wanted",
]

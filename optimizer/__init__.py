"""Optimizers and learning-rate schedules."""

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded

from optimizer.adam import Adam
from optimizer.optimizer import Optimizer
from optimizer.schedule import Constant, Cosine, Schedule, Step, WarmUp
from optimizer.sgd import SGD

__all__ = ["Adam", "Constant", "Cosine", "Optimizer", "SGD", "Schedule", "Step", "WarmUp"]

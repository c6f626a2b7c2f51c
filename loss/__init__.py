"""Losses, each with its gradient: summed over the outputs of a sample, averaged over the samples."""

import leibnet  # noqa: F401, I001 - before NumPy, see leibnet.kernels

from loss.categoricalcrossentropy import CategoricalCrossEntropy
from loss.crossentropy import CrossEntropy
from loss.loss import Loss
from loss.mse import MSE

__all__ = ["CategoricalCrossEntropy", "CrossEntropy", "Loss", "MSE"]

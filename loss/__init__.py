"""Losses, each with its gradient: summed over the outputs of a sample, averaged over the samples."""

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded

from loss.adversarial import AdversarialLoss, Minimax, NonSaturating
from loss.categoricalcrossentropy import CategoricalCrossEntropy
from loss.crossentropy import CrossEntropy
from loss.gaussianlikelihood import GaussianLikelihood
from loss.loss import Loss
from loss.mse import MSE

__all__ = [
    "AdversarialLoss",
    "CategoricalCrossEntropy",
    "CrossEntropy",
    "GaussianLikelihood",
    "Loss",
    "MSE",
    "Minimax",
    "NonSaturating",
]

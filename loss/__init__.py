"""Losses, each with its gradient: summed over the outputs of a sample, averaged over the samples."""

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded

from loss.adversarial.adversarialloss import AdversarialLoss
from loss.adversarial.crossentropygame import Minimax, NonSaturating
from loss.adversarial.hinge import Hinge
from loss.adversarial.leastsquares import LeastSquares
from loss.adversarial.wasserstein import Wasserstein
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
    "Hinge",
    "LeastSquares",
    "Loss",
    "MSE",
    "Minimax",
    "NonSaturating",
    "Wasserstein",
]

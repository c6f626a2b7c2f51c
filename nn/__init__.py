"""Networks and models, the one training loop, and what goes with it."""

from nn import plots
from nn.divergence import DivergenceError
from nn.earlystopping import EarlyStopping
from nn.gradientcheck import GradientReport, checkGradients
from nn.history import History
from nn.mlp import MLP
from nn.model import Model
from nn.randomness import seed
from nn.writer import Writer

__all__ = [
    "DivergenceError",
    "EarlyStopping",
    "GradientReport",
    "History",
    "MLP",
    "Model",
    "Writer",
    "checkGradients",
    "plots",
    "seed",
]

"""Networks and models, the one training loop, and what goes with it."""

import blas  # noqa: F401, I001 - before NumPy, see blas.kernels

from nn import plots
from nn.autoencoder import Autoencoder
from nn.checkpoint import Checkpoint, CheckpointError
from nn.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from nn.diagnosis import Diagnosis
from nn.divergence import DivergenceError
from nn.earlystopping import EarlyStopping
from nn.gan import GAN
from nn.gradientcheck import GradientReport, checkGradients
from nn.history import History
from nn.latent import attributeVector, interpolate
from nn.mlp import MLP
from nn.model import Model
from nn.pca import PCA, principalAngles
from nn.quality import ModeCoverage, SampleJudge, SampleQuality, frechetDistance, modeCoverage
from nn.randomness import seed
from nn.vae import VAE
from nn.watch import TrainingWarning
from nn.writer import Writer

__all__ = [
    "Autoencoder",
    "Checkpoint",
    "CheckpointError",
    "Corruption",
    "Diagnosis",
    "DivergenceError",
    "EarlyStopping",
    "GAN",
    "GaussianNoise",
    "GradientReport",
    "History",
    "MLP",
    "Masking",
    "Model",
    "ModeCoverage",
    "PCA",
    "SaltAndPepper",
    "SampleJudge",
    "SampleQuality",
    "TrainingWarning",
    "VAE",
    "Writer",
    "attributeVector",
    "checkGradients",
    "frechetDistance",
    "interpolate",
    "modeCoverage",
    "plots",
    "principalAngles",
    "seed",
]

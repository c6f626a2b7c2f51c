"""Networks and models, the one training loop, and what goes with it."""

import leibnet  # noqa: F401, I001 - before NumPy, see leibnet.kernels

from nn import plots
from nn.models.autoencoder import Autoencoder
from nn.training.checkpoint import Checkpoint, CheckpointError
from dataset.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from nn.watch.diagnosis import Diagnosis
from nn.watch.divergence import DivergenceError
from nn.training.earlystopping import EarlyStopping
from nn.models.gan import GAN
from nn.measures.gradientcheck import GradientReport, checkGradients
from nn.training.history import History
from nn.measures.latent import attributeVector, interpolate
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.pca import PCA, principalAngles
from nn.measures.quality import ModeCoverage, SampleJudge, SampleQuality, frechetDistance, modeCoverage
from leibnet.randomness import seed
from nn.models.vae import VAE
from nn.watch.trainingwatch import TrainingWarning
from nn.training.writer import Writer

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

"""Data sets: named ones, arrays, sequences and text of your own, batches, ways to augment and to corrupt samples.

from dataset import Dataset

dataset = Dataset("mnist", train_size=60000, test_size=10000, batch_size=50)
"""

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded
from leibnet.randomness import data as random

from dataset.augmentation import Augmentation, Shifts
from dataset.batch import Batch
from dataset.catalogue import available, names
from dataset.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from dataset.dataset import Dataset
from dataset.files.archive import CorruptFileError
from dataset.files.download import DownloadError
from dataset.files.pictures import readPicture, samplePhoto, writePicture
from dataset.files.shakespeare import shakespeare, tinyShakespeare
from dataset.generated import transformations
from dataset.generated.paddles import paddleGame
from dataset.generated.programs.accuracy import ComputationalAccuracy, computationalAccuracy
from dataset.generated.programs.corpora import ProgramCorpora, programCorpora, programLanguage
from dataset.generated.programs.generator import drawPrograms
from dataset.generated.programs.language import ProgramLanguage
from dataset.generated.programs.syntax import Program, ProgramError
from dataset.generated.recurrences import deepsiExample, narma10, wienerHammerstein
from dataset.generated.systems import duffing, quadrotorClimb, vanDerPol
from dataset.generated.textures import texture
from dataset.own.patches import patches
from dataset.sequences.cooccurrence import cooccurrenceVectors
from dataset.sequences.noise import tokenNoise
from dataset.sequences.vocabulary import Vocabulary
from dataset.sequences.windows import windows
from dataset.standardization import Standardization

__all__ = [
    "Augmentation",
    "Batch",
    "ComputationalAccuracy",
    "CorruptFileError",
    "Corruption",
    "Dataset",
    "DownloadError",
    "GaussianNoise",
    "Masking",
    "Program",
    "ProgramCorpora",
    "ProgramError",
    "ProgramLanguage",
    "SaltAndPepper",
    "Shifts",
    "Standardization",
    "Vocabulary",
    "available",
    "computationalAccuracy",
    "cooccurrenceVectors",
    "deepsiExample",
    "drawPrograms",
    "duffing",
    "names",
    "narma10",
    "paddleGame",
    "patches",
    "programCorpora",
    "programLanguage",
    "quadrotorClimb",
    "random",
    "readPicture",
    "samplePhoto",
    "shakespeare",
    "texture",
    "tinyShakespeare",
    "tokenNoise",
    "transformations",
    "vanDerPol",
    "wienerHammerstein",
    "windows",
    "writePicture",
]

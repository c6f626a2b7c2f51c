"""Networks and models, the one training loop, and what goes with it."""

from leibnet.randomness import seed
from leibnet.siblings import activations, dataset, layers, loss, optimizer  # noqa: F401 - the library's, no others

from dataset.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from nn import plots
from nn.measures.angles import principalAngles
from nn.measures.codes.agreement import ClusterAgreement, clusterAgreement
from nn.measures.codes.comparison import CodeComparison, CodeFigures, compareCodes
from nn.measures.codes.fewlabels import FewLabels, fewLabels
from nn.measures.codes.kmeans import KMeans
from nn.measures.codes.linearprobe import LinearProbe
from nn.measures.codes.nearestneighbours import NearestNeighbours
from nn.measures.directions.attributes import imageAttributes
from nn.measures.directions.finding import attributeDirection, conditionalDirection, principalDirections
from nn.measures.directions.quality import DirectionQuality, directionQuality
from nn.measures.disentanglement.dci import DCI, dci
from nn.measures.disentanglement.factorvae import factorVaeScore
from nn.measures.disentanglement.information import mutualInformation, mutualInformationGap
from nn.measures.disentanglement.predictability import codeFactorR2, separatedAttributePredictability
from nn.measures.gradientcheck import checkGradients
from nn.measures.gradientreport import GradientReport
from nn.measures.jacobian import jacobianNorm
from nn.measures.latent import attributeVector, interpolate
from nn.measures.likelihood import (
    LikelihoodBracket,
    LogPartition,
    annealedLogPartition,
    exactLogPartition,
    likelihoodBracket,
    reverseLogPartition,
)
from nn.measures.quality import ModeCoverage, SampleJudge, SampleQuality, frechetDistance, modeCoverage
from nn.measures.ranks import rankCorrelation
from nn.measures.retrieval.hamming import hammingDistances, packCodes
from nn.measures.retrieval.hammingindex import HammingIndex
from nn.measures.retrieval.quality import RetrievalQuality, averagePrecision, precisionAt, retrievalQuality
from nn.measures.translation import labelPreservation, peakSignalToNoise
from nn.measures.transport import wassersteinDistance
from nn.measures.twosamples import PrecisionRecall, precisionRecall, slicedWasserstein
from nn.models.adversarial.constraint import CriticConstraint, WeightClipping
from nn.models.adversarial.cyclegan import CycleGAN
from nn.models.adversarial.gan import GAN
from nn.models.adversarial.gradientpenalty import GradientPenalty
from nn.models.adversarial.historybuffer import HistoryBuffer
from nn.models.autoencoder import Autoencoder
from nn.models.autoencoders.featureloss import FeatureLoss
from nn.models.autoencoders.pretraining import Pretraining, pretrain
from nn.models.autoencoders.supervisedautoencoder import SupervisedAutoencoder
from nn.models.energy.dbn import DBN
from nn.models.energy.rbm import RBM
from nn.models.gsn import GSN
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.pca import PCA
from nn.models.sequences.dynamicsystem import DynamicSystem
from nn.models.sequences.languagemodel import LanguageModel
from nn.models.sequences.variationalrnn import VariationalRNN
from nn.models.translation.encoderdecoder import EncoderDecoder
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel
from nn.models.translation.unpairedtranslator import UnpairedTranslator
from nn.models.vae import VAE
from nn.storage.onnx.registry import onnxForm
from nn.synthesis.correlation import featureCorrelation
from nn.synthesis.features.randomfilters import randomFilters
from nn.synthesis.features.vgg19 import vgg19
from nn.synthesis.objectives.classscore import ClassScore
from nn.synthesis.objectives.content import Content
from nn.synthesis.objectives.dream import Dream
from nn.synthesis.objectives.inputobjective import InputObjective
from nn.synthesis.objectives.style import Style
from nn.synthesis.objectives.totalvariation import TotalVariation
from nn.synthesis.objectives.unitactivation import UnitActivation
from nn.synthesis.optimizing import Synthesis, optimizeInput
from nn.training.checkpoint import Checkpoint, CheckpointError
from nn.training.earlystopping import EarlyStopping
from nn.training.history import History
from nn.training.listener import Listener
from nn.training.metrics import Direction
from nn.training.records.trainingrecord import TrainingRecord
from nn.training.writer import Writer
from nn.watch.diagnosis import Diagnosis
from nn.watch.divergence import DivergenceError
from nn.watch.trainingwatch import TrainingWarning

__all__ = [
    "Autoencoder",
    "Checkpoint",
    "CheckpointError",
    "ClassScore",
    "ClusterAgreement",
    "CodeComparison",
    "CodeFigures",
    "Content",
    "Corruption",
    "CriticConstraint",
    "CycleGAN",
    "DBN",
    "DCI",
    "Diagnosis",
    "Direction",
    "DirectionQuality",
    "DivergenceError",
    "Dream",
    "DynamicSystem",
    "EarlyStopping",
    "EncoderDecoder",
    "FeatureLoss",
    "FewLabels",
    "GAN",
    "GSN",
    "GaussianNoise",
    "GradientPenalty",
    "GradientReport",
    "HammingIndex",
    "History",
    "HistoryBuffer",
    "InputObjective",
    "KMeans",
    "LanguageModel",
    "LikelihoodBracket",
    "LinearProbe",
    "Listener",
    "LogPartition",
    "MLP",
    "MaskedLanguageModel",
    "Masking",
    "ModeCoverage",
    "Model",
    "NearestNeighbours",
    "PCA",
    "PrecisionRecall",
    "Pretraining",
    "RBM",
    "RetrievalQuality",
    "SaltAndPepper",
    "SampleJudge",
    "SampleQuality",
    "Style",
    "SupervisedAutoencoder",
    "Synthesis",
    "TotalVariation",
    "TrainingRecord",
    "TrainingWarning",
    "UnitActivation",
    "UnpairedTranslator",
    "VAE",
    "VariationalRNN",
    "WeightClipping",
    "Writer",
    "annealedLogPartition",
    "attributeDirection",
    "attributeVector",
    "averagePrecision",
    "checkGradients",
    "clusterAgreement",
    "codeFactorR2",
    "compareCodes",
    "conditionalDirection",
    "dci",
    "directionQuality",
    "exactLogPartition",
    "factorVaeScore",
    "featureCorrelation",
    "fewLabels",
    "frechetDistance",
    "hammingDistances",
    "imageAttributes",
    "interpolate",
    "jacobianNorm",
    "labelPreservation",
    "likelihoodBracket",
    "modeCoverage",
    "mutualInformation",
    "mutualInformationGap",
    "onnxForm",
    "optimizeInput",
    "packCodes",
    "peakSignalToNoise",
    "plots",
    "precisionAt",
    "precisionRecall",
    "pretrain",
    "principalAngles",
    "principalDirections",
    "randomFilters",
    "rankCorrelation",
    "retrievalQuality",
    "reverseLogPartition",
    "seed",
    "separatedAttributePredictability",
    "slicedWasserstein",
    "vgg19",
    "wassersteinDistance",
]

"""Layers, each with its forward and backward pass."""

from leibnet.siblings import activations, optimizer  # noqa: F401 - the library's own, and the kernels before NumPy

from layers.activated import Activate, Activated
from layers.attention.attention import Attention
from layers.attention.context import attend, contextGradient
from layers.attention.crossattention import CrossAttention
from layers.attention.heads import MultiHead
from layers.attention.positionalencoding import PositionalEncoding
from layers.branches.concatenate import Concatenate
from layers.branches.copy import Copy
from layers.branches.parallel import Parallel
from layers.branches.residual import Residual
from layers.branches.sum import Sum
from layers.chain import Chain
from layers.codes.binarize import Binarize
from layers.codes.contracting import Contracting
from layers.codes.ksparse import KSparse
from layers.codes.noisysigmoid import NoisySigmoid
from layers.codes.tieddense import TiedDense
from layers.composite import Composite
from layers.dense import Dense
from layers.images.conv2d import Conv2D
from layers.images.conv2dtranspose import Conv2DTranspose
from layers.images.coordinates import Coordinates
from layers.images.maxunpooling2d import MaxUnpooling2D
from layers.images.pooling import AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from layers.images.resizing import Cropping2D, UpSampling2D, ZeroPadding2D
from layers.layer import Layer
from layers.learning import Learning
from layers.normalization.batchnormalization import BatchNormalization
from layers.normalization.layernormalization import LayerNormalization
from layers.normalization.spectralnormalization import SpectralNormalization
from layers.passes import Pass, Wanted
from layers.penalties.contractive import Contractive
from layers.penalties.gaussiandivergence import GaussianDivergence
from layers.penalties.klsparsity import KLSparsity
from layers.penalties.l1 import L1
from layers.penalties.penalty import Penalty
from layers.reshape import Flatten, Reshape
from layers.sequences.bidirectional import Bidirectional
from layers.sequences.continuing import Continuing
from layers.sequences.conv1d import Conv1D
from layers.sequences.embedding import Embedding
from layers.sequences.gru import GRU
from layers.sequences.laststep import LastStep
from layers.sequences.lstm import LSTM
from layers.sequences.memory import memory, remember
from layers.sequences.recurrent import Recurrent
from layers.sequences.rnn import RNN
from layers.sequences.tappeddelayline import TappedDelayLine
from layers.sequences.timedistributed import TimeDistributed
from layers.stochastic.corrupt import Corrupt
from layers.stochastic.dropout import Dropout
from layers.stochastic.sampler import Sampler

__all__ = [
    "Activate",
    "Activated",
    "Attention",
    "AveragePooling2D",
    "BatchNormalization",
    "Bidirectional",
    "Binarize",
    "Chain",
    "Composite",
    "Concatenate",
    "Continuing",
    "Contracting",
    "Contractive",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Coordinates",
    "Copy",
    "Corrupt",
    "Cropping2D",
    "CrossAttention",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRU",
    "GaussianDivergence",
    "GlobalAveragePooling2D",
    "KLSparsity",
    "KSparse",
    "L1",
    "LSTM",
    "LastStep",
    "Layer",
    "LayerNormalization",
    "Learning",
    "MaxPooling2D",
    "MaxUnpooling2D",
    "MultiHead",
    "NoisySigmoid",
    "Parallel",
    "Pass",
    "Penalty",
    "PositionalEncoding",
    "RNN",
    "Recurrent",
    "Reshape",
    "Residual",
    "Sampler",
    "SpectralNormalization",
    "Sum",
    "TappedDelayLine",
    "TiedDense",
    "TimeDistributed",
    "UpSampling2D",
    "Wanted",
    "ZeroPadding2D",
    "attend",
    "contextGradient",
    "memory",
    "remember",
]

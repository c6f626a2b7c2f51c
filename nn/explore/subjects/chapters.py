"""Which chapters of the documentation a model is the subject of: pages of docs/lectures, by their names."""

from __future__ import annotations

from typing import Any

from layers import GRU, LSTM, RNN, Attention, Binarize, Conv2D, CrossAttention
from nn.explore.subjects.indices import Index
from nn.models.adversarial.cyclegan import CycleGAN
from nn.models.adversarial.gan import GAN
from nn.models.autoencoder import Autoencoder
from nn.models.energy.dbn import DBN
from nn.models.energy.rbm import RBM
from nn.models.gsn import GSN
from nn.models.mlp import MLP
from nn.models.pca import PCA
from nn.models.sequences.dynamicsystem import DynamicSystem
from nn.models.sequences.languagemodel import LanguageModel
from nn.models.sequences.variationalrnn import VariationalRNN
from nn.models.translation.encoderdecoder import EncoderDecoder
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel
from nn.models.vae import VAE

FOLDER = "docs/lectures"
MODELS: dict[type, str] = {
    MLP: "neuron",
    PCA: "pca",
    Autoencoder: "autoencoder",
    VAE: "vae",
    GSN: "gsn",
    RBM: "rbm",
    DBN: "dbn",
    GAN: "gan",
    CycleGAN: "cyclegan",
    LanguageModel: "language",
    MaskedLanguageModel: "language",
    EncoderDecoder: "language",
    DynamicSystem: "dynamics",
    VariationalRNN: "dynamics",
    Index: "hashing",
}
LAYERS: dict[type, str] = {
    Conv2D: "convolutions",
    RNN: "recurrent",
    LSTM: "recurrent",
    GRU: "recurrent",
    Attention: "attention",
    CrossAttention: "attention",
    Binarize: "hashing",
}


def chaptersOf(model: Any) -> list[str]:
    """The names of the chapters, that of the model first, then those of its training's noise and of its layers.

    >>> from layers import Conv2D
    >>> chaptersOf(MLP([Conv2D(1, 2, 3)]))
    ['neuron', 'convolutions']
    """
    found = [MODELS[kind] for kind in type(model).__mro__ if kind in MODELS][:1]
    if getattr(model, "corruption", None) is not None:
        found.append("denoising")
    layers = model.namedLayers().values() if hasattr(model, "namedLayers") else []
    found += [chapter for kind, chapter in LAYERS.items() if any(isinstance(layer, kind) for layer in layers)]
    return list(dict.fromkeys(found))

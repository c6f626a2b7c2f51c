"""Semantic hashing: images found by binary codes. 1,000 test images are queries, all other images the answers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from figures.row import Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Dataset, SaltAndPepper
from layers import BatchNormalization, Binarize, Corrupt, Dense
from loss import CrossEntropy
from nn import MLP, Autoencoder, retrievalQuality
from optimizer import Adam, Cosine

FLIPS = {16: 0.15, 32: 0.2, 64: 0.25}  # the probability with which a bit is flipped in training
QUANTIZED = {16: ".411", 32: ".432", 64: ".451"}
SOURCE = "iterative quantisation of principal components (Gong & Lazebnik 2011), PyTorch prototypes of this project"


def _figures(bits: int) -> list[Figure]:
    model = f"semantic hashing 784-1000-500-{bits}, four epochs"
    return [
        Figure("mAP", model, "mean average precision", "", 3, "higher", QUANTIZED[bits], SOURCE),
        Figure("precision", model, "precision of the 100 nearest", "", 3, "higher"),
    ]


@row(_figures(16), seconds=300)
def hashing16(now: Setting) -> dict[str, float]:
    return _retrieved(now, 16)


@row(_figures(32), seconds=300)
def hashing32(now: Setting) -> dict[str, float]:
    return _retrieved(now, 32)


@row(_figures(64), seconds=300)
def hashing64(now: Setting) -> dict[str, float]:
    return _retrieved(now, 64)


def _retrieved(now: Setting, bits: int) -> dict[str, float]:
    dataset, adam = Dataset(now.images, batch_size=128), Adam(lr=0.001, weightDecay=0.01)
    widths = (dataset.inputDim, 1000, 500)
    encoder = MLP(Dense(a, b, ReLU(), adam) for a, b in pairwise(widths))
    for layer in (Dense(500, bits, optimizer=adam), BatchNormalization(bits, optimizer=adam), Binarize()):
        encoder.addLayer(layer)
    decoder = MLP(
        [Corrupt(SaltAndPepper(2 * FLIPS[bits], -1, 1))]
    )  # a number drawn anew is the other one half the time
    for a, b in pairwise((bits, 500, 1000)):
        decoder.addLayer(Dense(a, b, ReLU(), adam))
    decoder.addLayer(Dense(1000, dataset.inputDim, Sigmoid(), adam))
    model = Autoencoder(encoder, decoder, CrossEntropy())
    model.train(dataset, epochs=now.epochs(4), metrics=[], schedule=Cosine())
    return _quality(model, dataset)


def _quality(model: Autoencoder, dataset: Dataset) -> dict[str, float]:
    """The queries are drawn from the test images, the same for every seed and model."""
    codes = np.concatenate([model.encode(one) for one in (dataset.trainSet()[0], dataset.testSet()[0])], axis=1)
    labels = np.concatenate([dataset.labels("train"), dataset.labels("test")])
    asked = np.zeros(len(labels), bool)
    chosen = np.random.default_rng(0).permutation(dataset.test_size)[: min(1000, dataset.test_size // 2)]
    asked[dataset.train_size + chosen] = True
    quality = retrievalQuality(codes[:, asked], labels[asked], codes[:, ~asked], labels[~asked])
    return {"mAP": quality.meanAveragePrecision, "precision": quality.precision}

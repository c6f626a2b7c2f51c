"""Semantic hashing: images found by binary codes. 1,000 test images are queries, all other images the answers.

The hyper-parameters are those of PyTorch prototypes of this project; one training of 32 bits, with queries from the
last 10,000 training images in the place of the test set, confirmed them. With queries drawn otherwise, the prototypes
had mean average precisions of .411, .432, .451 by iterative quantisation and .455, .479, .488 by semantic hashing, for
16, 32 and 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from leibnet.types import Array

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Dataset, SaltAndPepper
from layers import BatchNormalization, Binarize, Corrupt, Dense
from loss import CrossEntropy
from nn import MLP, PCA, Autoencoder, retrievalQuality
from optimizer import Adam, Cosine

FLIPS = {16: 0.15, 32: 0.2, 64: 0.25}  # the probability with which a bit is flipped in training
MEASURES = {"mAP": "mean average precision", "precision": "precision of the 100 nearest"}


def _figures(bits: int) -> list[Figure]:
    model, other = f"semantic hashing 784-1000-500-{bits}, four epochs", f"{bits} bits"
    return [
        Figure(
            name, model, measure, "", 3, "higher", Another("quantization", f"{name}, {other}", "iterative quantisation")
        )
        for name, measure in MEASURES.items()
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
    return _quality(model.encode, dataset)


@row(
    [
        Figure(
            f"{name}, {bits} bits", "iterative quantisation of principal components", f"{measure}, {bits} bits", "", 3
        )
        for bits in FLIPS
        for name, measure in MEASURES.items()
    ],
    seconds=20,
)
def quantization(now: Setting) -> dict[str, float]:
    """Signs of principal components, turned so that they lie as near as possible to their signs, in 50 steps.

    Gong & Lazebnik 2011, "Iterative quantization: a procrustean approach to learning binary codes".
    """
    dataset, found = Dataset(now.images), {}
    pca = PCA(max(FLIPS)).fit(dataset)
    train, rng = pca.transform(dataset.trainSet()[0]), np.random.default_rng(now.seed)
    for bits in FLIPS:
        turn, seen = np.linalg.qr(rng.normal(size=(bits, bits)))[0], train[:bits]
        for _ in range(50):
            left, _, right = np.linalg.svd(np.sign(turn @ seen) @ seen.T)
            turn = left @ right
        quality = _quality(lambda x, turn=turn, bits=bits: turn @ pca.transform(x)[:bits] > 0, dataset)
        found |= {f"{name}, {bits} bits": value for name, value in quality.items()}
    return found


def _quality(encode: Callable[[Array], Array], dataset: Dataset) -> dict[str, float]:
    """The queries are drawn from the test images, the same for every seed and model."""
    codes = np.concatenate([encode(one) for one in (dataset.trainSet()[0], dataset.testSet()[0])], axis=1)
    labels = np.concatenate([dataset.labels("train"), dataset.labels("test")])
    asked = np.zeros(len(labels), bool)
    chosen = np.random.default_rng(0).permutation(dataset.test_size)[: min(1000, dataset.test_size // 2)]
    asked[dataset.train_size + chosen] = True
    quality = retrievalQuality(codes[:, asked], labels[asked], codes[:, ~asked], labels[~asked])
    return {"mAP": quality.meanAveragePrecision, "precision": quality.precision}

"""Pictures by gradient on the input: style transfer, textures from random filters, classes made visible."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from figures.row import Figure, Setting, row

from activations import LeakyReLU, ReLU, Sigmoid, Softmax
from dataset import Dataset, Shifts, patches, samplePhoto, texture
from layers import AveragePooling2D, Conv2D, Corrupt, Dense, Flatten, MaxPooling2D, UpSampling2D
from loss import CategoricalCrossEntropy
from nn import (
    MLP,
    Autoencoder,
    ClassScore,
    Content,
    Style,
    TotalVariation,
    featureCorrelation,
    optimizeInput,
    randomFilters,
)
from optimizer import Adam, Cosine

TEXTURES = ("stripes", "checks", "waves", "bricks", "scales")
ISSUE = "PyTorch prototypes of this project"
TRANSFER = "style transfer, 256 x 256, features of a convolutional autoencoder of patches of both pictures"
STYLE = "style loss of that of the photo (Gram matrices)"
KEPT = "correlation of deep features with the photo's"
LAYERS, DEEPEST = (1, 3, 5, 7), 7
WEIGHTS = (10.0, 3.0, 1.0, 0.3)
UNITS = "pictures of the ten classes by a convolutional classifier that learnt with noise, MNIST"


SYNTHESIS = "textures of 128 x 128 from noise, 96 random filters of 3 to 23 pixels, L-BFGS"


@row(
    [
        Figure(name, SYNTHESIS, f"{name}: Gram distance of that of the noise", "%", 4, "lower", "1", ISSUE)
        for name in TEXTURES
    ],
    seconds=200,
    needs=("scipy",),
)  # fmt: skip
def textureSynthesis(now: Setting) -> dict[str, float]:
    """Ustyuzhaninov et al. 2016, arXiv:1606.00021, with fewer filters: 16 of each size, of 128."""
    found = {}
    for name in TEXTURES:
        history = synthesised(name, now)[1]
        found[name] = 100 * history[-1] / history[0]
    return found


def synthesised(name: str, now: Setting) -> tuple[Any, list[float]]:
    """The picture, and the Gram distances from the noise on."""
    filters, example = randomFilters(rng=now.seed), texture(name, 128, now.seed)
    noise = np.random.default_rng(now.seed).random(example.shape)
    made = optimizeInput(filters, Style(example, "maps"), noise, now.epochs(100), "lbfgs", progress=False)
    return made.picture, made.history["style"]


@row(
    [
        Figure(f"{name}, style", TRANSFER, f"{name}: {STYLE}", "%", 2, "lower", "2", ISSUE)
        for name in TEXTURES
    ]
    + [
        Figure(f"{name}, standardized", TRANSFER, f"{name}: the same, of standardised features", "%", 4, "lower")
        for name in TEXTURES
    ]
    + [
        Figure(f"{name}, content", TRANSFER, f"{name}: {KEPT}", "", 2, "higher", "0.5", ISSUE)
        for name in TEXTURES
    ]
    + [
        *(Figure(f"{name}, weight", TRANSFER, f"{name}: weight of the style", "", 2) for name in TEXTURES),
        Figure("texture, content", TRANSFER, "the same of the textures alone, the largest", "", 2),
        Figure("seconds", TRANSFER, "longest, with the training", "s", 0, "lower", "180", ISSUE),
    ],
    seconds=300,
    needs=(),
)  # fmt: skip
def styleTransfer(now: Setting) -> dict[str, float]:
    """Gatys et al. 2016, for the photo that matplotlib ships and five textures: from the photo, three octaves.

    Seconds are those of one processor.
    """
    photo, found = samplePhoto(), {}
    control, seconds = -1.0, 0.0
    for name in TEXTURES:
        example, began = texture(name, 256, now.seed), time.process_time()
        encoder = autoencoder([photo, example], now)
        picture, found[f"{name}, weight"] = transferred(encoder, photo, example, now.epochs(100))
        seconds = max(seconds, time.process_time() - began)
        for figure, standardized in (("style", False), ("standardized", True)):
            style = Style(example, LAYERS, standardized=standardized)
            found[f"{name}, {figure}"] = 100 * style.value(encoder, picture) / style.value(encoder, photo)
        found[f"{name}, content"] = featureCorrelation(encoder, picture, photo, DEEPEST)
        control = max(control, featureCorrelation(encoder, example, photo, DEEPEST))
    return found | {"texture, content": control, "seconds": seconds}


def autoencoder(pictures: list[Any], now: Setting) -> MLP:
    """The encoder of a convolutional autoencoder that learnt from 2,000 patches of these pictures."""
    adam, same = Adam(lr=0.002), {"padding": "same"}
    centred = Conv2D(3, 3, 1)
    centred.weight, centred.bias, centred.trainable = 4 * np.eye(3)[..., None, None], -2 * np.ones((3, 1)), False
    encoder = MLP([centred])
    for inputs, outputs in ((3, 32), (32, 48), (48, 96), (96, 128)):
        encoder.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
        if outputs < 128:
            encoder.addLayer(AveragePooling2D(2))
    decoder = MLP()
    for inputs, outputs in ((128, 48), (48, 32), (32, 16)):
        decoder.addLayer(UpSampling2D(2))
        decoder.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
    decoder.addLayer(Conv2D(16, 3, 3, Sigmoid(), adam, **same))
    data = Dataset.fromArrays(patches(pictures, 32, 2000), test_size=0, batch_size=20)
    Autoencoder(encoder, decoder).train(data, epochs=now.epochs(4), metrics=[], schedule=Cosine(), progress=False)
    return encoder


def transferred(encoder: MLP, photo: Any, example: Any, steps: int) -> tuple[Any, float]:
    """The photo in the style of the example, and the weight of the style: a large one that leaves a correlation of 0.5.

    That is the largest of `WEIGHTS` that does, or the smallest of them; between it and the one before, two are tried.
    """

    def made(weight: float) -> tuple[Any, bool]:
        style = Style(example, LAYERS, weight, standardized=True)
        objective, schedule = [Content(photo, DEEPEST), style, TotalVariation(0.5)], Cosine()
        found = optimizeInput(
            encoder, objective, photo, steps, schedule=schedule, octaves=3, octaveScale=1.6, progress=False
        )
        return found.picture, featureCorrelation(encoder, found.picture, photo, DEEPEST) >= 0.5

    weight = too_large = WEIGHTS[0]
    picture, is_kept = made(weight)
    for smaller in WEIGHTS[1:]:
        if is_kept:
            break
        weight, too_large = smaller, weight
        picture, is_kept = made(weight)
    for _ in range(2 if weight < too_large else 0):
        between = (weight * too_large) ** 0.5
        other, is_kept = made(between)
        if is_kept:
            picture, weight = other, between
        else:
            too_large = between
    return picture, weight


@row(
    [
        Figure("own", UNITS, "classes of which it is certain to 99 %", "of ten", 0, "higher", "9", ISSUE),
        Figure("other", UNITS, "classes of which another one is certain to 90 %", "of ten", 0, "higher", "9", ISSUE),
        Figure("own, least", UNITS, "its own least certainty", "%", 2, "higher"),
        Figure("other, mean", UNITS, "mean certainty of the other network", "%", 1, "higher"),
        Figure("plain, other", UNITS, "the other's, of pictures by a network without noise or jitter", "%", 1),
        Figure("error", UNITS, "its test error", "%", 2, "lower"),
    ],
    seconds=200,
)  # fmt: skip
def classesMadeVisible(now: Setting) -> dict[str, float]:
    """From black, with jitter and a little total variation; the other network has other layers, and saw no noise."""
    seen, _ = seeing(now, 0.8)
    other, dataset = seeing(now, 0.0)
    pictures = visible(seen, now)
    own, others = certainty(seen, pictures), certainty(other, pictures)
    plain, _ = seeing(now, 0.0)
    controls = optimizeInput(
        plain, ClassScore(range(10)), np.zeros_like(pictures), 300, schedule=Cosine(), progress=False
    )
    return {
        "own": int(np.sum(own >= 0.99)),
        "other": int(np.sum(others >= 0.9)),
        "own, least": 100 * float(own.min()),
        "other, mean": 100 * float(others.mean()),
        "plain, other": 100 * float(certainty(other, controls.picture).mean()),
        "error": 100 * (1 - seen.evaluate(dataset, ["accuracy"])["accuracy"]),
    }


def seeing(now: Setting, noise: float) -> tuple[MLP, Dataset]:
    """A convolutional classifier; without noise, one with other windows and poolings."""
    dataset = Dataset(now.images, batch_size=100, images=True, augment=Shifts(1))
    side, adam, same = dataset.imageShape[0], Adam(lr=0.001), {"padding": "same"}
    size, pool = (5, AveragePooling2D) if noise else (3, MaxPooling2D)
    layers = [
        *([Corrupt(noise)] if noise else []),
        Conv2D(1, 16, size, LeakyReLU(0.1), adam, **same),
        pool(2),
        Conv2D(16, 32, 3, LeakyReLU(0.1), adam, **same),
        pool(2),
        Flatten(),
        Dense(32 * (side // 4) ** 2, 100, LeakyReLU(0.1), adam),
        Dense(100, dataset.labelDim, Softmax(), adam),
    ]
    network = MLP(layers)
    network.train(dataset, CategoricalCrossEntropy(), now.epochs(4), metrics=[], schedule=Cosine(), progress=False)
    return network, dataset


def visible(network: MLP, now: Setting) -> Any:
    """A picture of every class."""
    shape = network.sampleShape
    objective = [ClassScore(range(10)), TotalVariation(0.3)]
    start = np.zeros((*shape, 10))
    made = optimizeInput(
        network, objective, start, now.epochs(300), schedule=Cosine(), jitter=2, rng=now.seed, progress=False
    )
    return made.picture


def certainty(network: MLP, pictures: Any) -> Any:
    """Of the class of each picture."""
    return np.diag(network.predict(pictures))

"""What generative models are good for: a discriminator's features, a generator's samples, directions among codes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset, Shifts
from layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    Reshape,
    Sampler,
)
from loss import CategoricalCrossEntropy
from nn import (
    GAN,
    MLP,
    VAE,
    attributeDirection,
    conditionalDirection,
    directionQuality,
    fewLabels,
    imageAttributes,
    principalDirections,
)
from optimizer import Adam, Cosine
from rows.samples import judge

FEATURES = "features of a GAN's discriminator, convolutions 16 and 32, eight epochs without labels"
PROBE = "test error of a linear probe"
SAMPLES = "classifier 784-256-10 with 1,000 labels, and samples of ten GANs, one a class, that learnt from these"
DIRECTIONS = {
    "VAE": "directions among the codes of the VAE 784-400-20-400-784, five epochs",
    "GAN": "directions in the noise of the GAN 100-256-512-784 and its mirror image, ten epochs",
}
KINDS = {"discriminator": "trained", "drawn": "as drawn", "pixels": "pixels"}
ATTRIBUTES = ("slant", "thickness")
WAYS = {
    "means": "difference of means",
    "classifier": "linear classifier",
    "conditional": "the same, other attributes' projected out",
    "component": "best of ten components",
    "random": "random",
}
Measure = Callable[[Any], dict[str, Any]]


@row(
    [
        Figure(
            f"{kind}, {number}", FEATURES, f"{PROBE}, {number:,} labels, five draws: {text}", "%", 2, "lower",
            "" if kind == "pixels" else Another("discriminatorFeatures", f"pixels, {number}", "pixels"),
        )
        for number in (100, 1000)
        for kind, text in KINDS.items()
    ],
    seconds=300,
)  # fmt: skip
def discriminatorFeatures(now: Setting) -> dict[str, float]:
    """Both convolutions, pooled and side by side, as in DCGAN (Radford et al. 2016, section 5.1).

    On 5,000 validation images, with 100 and 1,000 labels: pixels 26.9 and 10.4 %, as drawn 22.5 and 6.4 %, trained 21.3
    and 5.8 %.
    """
    dataset = Dataset(now.images, batch_size=128, images=True)
    gan = _convolutional(dataset.imageShape[0] // 4)
    drawn = gan.discriminator.copy()
    signed = dataset.mapped(lambda x: 2 * x - 1)
    gan.train(signed, epochs=now.epochs(8), metrics=[], schedule=Cosine())
    networks = {"discriminator": gan.discriminator, "drawn": drawn}
    encoders = {"pixels": lambda x: x} | {name: _features(one) for name, one in networks.items()}
    few = fewLabels(encoders, dataset, (10, 100), rng=now.seed)
    return {
        f"{name}, {number}": 100 * (1 - float(share))
        for name, shares in few.accuracy.items()
        for number, share in zip((100, 1000), shares, strict=True)
    }


def _convolutional(side: int) -> GAN:
    adam, twice = Adam(lr=0.0005, beta1=0.5), {"strides": 2, "padding": "same"}
    generator = [
        Dense(64, 32 * side**2, optimizer=adam),
        Reshape((32, side, side)),
        BatchNormalization(32, optimizer=adam),
        Activate(ReLU()),
        Conv2DTranspose(32, 16, 4, optimizer=adam, **twice),
        BatchNormalization(16, optimizer=adam),
        Activate(ReLU()),
        Conv2DTranspose(16, 1, 4, Tanh(), adam, **twice),
    ]
    discriminator = [
        Conv2D(1, 16, 4, LeakyReLU(0.2), adam, **twice),
        Conv2D(16, 32, 4, LeakyReLU(0.2), adam, **twice),
        Flatten(),
        Dense(32 * side**2, 1, Sigmoid(), adam),
    ]
    return GAN(MLP(generator), MLP(discriminator))


def _features(discriminator: MLP) -> Callable[[Any], Any]:
    pool = MLP([MaxPooling2D(2), Flatten()])
    return lambda x: np.concatenate([pool.predict(discriminator.predict(2 * x - 1, until=k)) for k in (1, 2)])


AUGMENTED = {
    "alone": "labelled images alone",
    "samples": "with ten samples for each of them",
    "shifts": "shifted by up to two pixels",
    "both": "samples and shifts",
}


@row(
    [
        Figure(
            name, SAMPLES, f"test error, three draws of labels: {text}", "%", 2, "lower",
            Another("generatorAugmentation", "alone", "alone") if name != "alone" else "",
        )
        for name, text in AUGMENTED.items()
    ]
    + [Figure("agreement", SAMPLES, "samples' labels that a classifier of all training images agrees with", "%", 1)],
    seconds=300,
)  # fmt: skip
def generatorAugmentation(now: Setting) -> dict[str, float]:
    """All four learn with as many updates.

    On 5,000 validation images, a GAN that learnt columns of pixels with the label below them did worse: half of its
    samples had a wrong label, 10.9 % of errors with them and 9.0 % without; with a GAN for each class 9.0 and 8.5 %.
    """
    dataset, critic = Dataset(now.images, images=True), judge(now)
    errors: dict[str, list[float]] = {name: [] for name in AUGMENTED}
    agreement = []
    for draw in range(3):
        few = dataset.fewPerClass(100, rng=3 * now.seed + draw)
        x, y = few.trainSet()
        samples, labels = _labelled(x, y, now)
        seen = critic.classifier.predict(samples.reshape(-1, samples.shape[-1])).argmax(axis=0)
        agreement.append(100 * float(np.mean(seen == labels.argmax(axis=0))))
        for name in AUGMENTED:
            halves = [(samples, labels) if name in ("samples", "both") else (x, y), (x, y)]
            errors[name].append(_error(few, halves, name in ("shifts", "both"), now))
    errors["agreement"] = agreement
    return {name: float(np.mean(values)) for name, values in errors.items()}


def _labelled(x: Any, y: Any, now: Setting) -> tuple[Any, Any]:
    """Ten times as many images with one-hot labels: of every class by a GAN that learnt from its images alone."""
    labels, times = y.argmax(axis=0), 10
    found = []
    for one in range(len(y)):
        signed = 2 * x[..., labels == one].reshape(-1, int(np.sum(labels == one))) - 1
        adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
        generator = MLP(Dense(a, b, LeakyReLU(0.2), adam) for a, b in pairwise((32, 64, 128, 256)))
        generator.addLayer(Dense(256, len(signed), Tanh(), adam))
        discriminator = MLP(Dense(a, b, LeakyReLU(0.2), decaying) for a, b in pairwise((len(signed), 256, 128, 64)))
        discriminator.addLayer(Dense(64, 1, Sigmoid(), decaying))
        gan = GAN(generator, discriminator, instanceNoise=0.3)
        gan.train(Dataset.fromArrays(signed, test_size=0), epochs=now.epochs(250), metrics=[], schedule=Cosine())
        found.append(gan.sample(times * signed.shape[1]))
    images = (np.concatenate(found, axis=1).reshape(*x.shape[:-1], -1) + 1) / 2
    return images, np.repeat(y[:, np.argsort(labels, kind="stable")], times, axis=1)


def _error(few: Dataset, halves: list[tuple[Any, Any]], shifted: bool, now: Setting) -> float:
    """On the test set, of a classifier that learnt from these, each of them half of what it saw."""
    longest = max(x.shape[-1] for x, _ in halves)
    x, y = (
        np.concatenate([np.repeat(a, longest // a.shape[-1], axis=-1) for a in one], axis=-1)
        for one in zip(*halves, strict=True)
    )
    test = few.testSet()
    images = Dataset.fromArrays(
        x, y.argmax(axis=0), testInputs=test[0], testLabels=few.labels("test"), augment=Shifts(2) if shifted else None
    )
    adam = Adam(lr=0.001)
    model = MLP([Flatten(), Dense(few.inputDim, 256, ReLU(), adam), Dropout(0.5), Dense(256, len(y), Softmax(), adam)])
    epochs = now.epochs(round(2000 * images.batch_size / images.train_size))
    model.train(images, CategoricalCrossEntropy(), epochs, metrics=[], schedule=Cosine())
    return 100 * (1 - model.evaluate(images, ["accuracy"])["accuracy"])


def _figures(model: str, name: str) -> list[Figure]:
    """Strength and purity by attribute and way; the random ones are the control."""
    figures = []
    for wanted in ATTRIBUTES:
        for way, text in WAYS.items():
            control = "" if way == "random" else Another(name, f"{wanted}, random, purity", "random")
            about = f"{wanted}, {text}"
            figures += [
                Figure(f"{wanted}, {way}, strength", DIRECTIONS[model], f"{about}: deviations a step", "", 2, "higher"),
                Figure(f"{wanted}, {way}, purity", DIRECTIONS[model], f"{about}: purity", "%", 1, "higher", control),
            ]
        figures.append(
            Figure(f"{wanted}, class", DIRECTIONS[model], f"{wanted}, linear classifier: digit kept in a step", "%", 1)
        )
    return figures


@row(_figures("VAE", "vaeDirections"), seconds=200)
def vaeDirections(now: Setting) -> dict[str, float]:
    """Directions from codes and attributes of 10,000 training images; scored on codes of 2,000 test images."""
    dataset, adam = Dataset(now.images, batch_size=128), Adam(lr=0.003)
    pixels = dataset.inputDim
    decoder = MLP([Dense(20, 400, ReLU(), adam), Dense(400, pixels, Sigmoid(), adam)])
    vae = VAE(MLP([Dense(pixels, 400, ReLU(), adam)]), Sampler(400, 20, adam), decoder)
    vae.train(dataset, epochs=now.epochs(5), metrics=[], schedule=Cosine())
    images, test = dataset.trainSet()[0][:, :10_000], dataset.testSet()[0][:, :2000]

    def measured(x: Any) -> dict[str, Any]:
        return imageAttributes(x, dataset.imageShape)

    draws = np.random.default_rng(now.seed).standard_normal((20, 10_000))
    principal = principalDirections(decoder, draws, 10)
    codes, scored = (vae.encode(x)[0] for x in (images, test))
    return _directions(vae.decode, codes, measured(images), scored, principal, measured, now)


@row(_figures("GAN", "ganDirections"), seconds=300)
def ganDirections(now: Setting) -> dict[str, float]:
    """Directions from 10,000 draws of noise and the attributes of their samples; scored on 2,000 other draws."""
    dataset = Dataset(now.images, batch_size=128, valueRange=(-1, 1))
    adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
    up = (100, 256, 512)
    generator = MLP(Dense(a, b, LeakyReLU(0.2), adam) for a, b in pairwise(up))
    generator.addLayer(Dense(512, dataset.inputDim, Tanh(), adam))
    down = (dataset.inputDim, *reversed(up[1:]))
    discriminator = MLP(Dense(a, b, LeakyReLU(0.2), decaying) for a, b in pairwise(down))
    discriminator.addLayer(Dense(256, 1, Sigmoid(), decaying))
    gan = GAN(generator, discriminator)
    gan.train(dataset, epochs=now.epochs(10), metrics=[], schedule=Cosine())

    def decode(z: Any) -> Any:
        return (gan.generator.predict(z) + 1) / 2

    def measured(x: Any) -> dict[str, Any]:
        return imageAttributes(x, dataset.imageShape)

    codes, scored = gan.noise(10_000, rng=now.seed), gan.noise(2000, rng=now.seed + 1)
    principal = principalDirections(generator, codes, 10)
    return _directions(decode, codes, measured(decode(codes)), scored, principal, measured, now)


def _directions(
    decode: Callable[[Any], Any],
    codes: Any,
    attributes: dict[str, Any],
    scored: Any,
    principal: Any,
    measured: Measure,
    now: Setting,
) -> dict[str, float]:
    """Strength and purity on `scored`; of the components the one that moves the attribute most at `codes`."""
    classifier = judge(now).classifier
    normals = {name: attributeDirection(codes, values) for name, values in attributes.items()}
    moved = [directionQuality(decode, codes[:, :2000], one, measured).changes for one in principal.T]
    random, found = np.random.default_rng(now.seed).normal(size=(5, len(codes))), {}
    for wanted in ATTRIBUTES:
        others = np.concatenate([normal for name, normal in normals.items() if name != wanted], axis=1)
        best = int(np.argmax([abs(changes[wanted]) for changes in moved]))
        ways = {
            "means": attributeDirection(codes, attributes[wanted], "means"),
            "classifier": normals[wanted],
            "conditional": conditionalDirection(normals[wanted], others),
            "component": principal[:, best],
        }
        for way, directions in ({name: [one] for name, one in ways.items()} | {"random": random}).items():
            several = [directionQuality(decode, scored, one, measured, wanted) for one in directions]
            found[f"{wanted}, {way}, strength"] = float(np.mean([abs(one.strength) for one in several]))
            found[f"{wanted}, {way}, purity"] = 100 * float(np.mean([one.purity for one in several]))
        kept = directionQuality(
            decode, scored, normals[wanted], measured, wanted, classify=lambda x: classifier.predict(x).argmax(axis=0)
        )
        found[f"{wanted}, class"] = 100 * float(kept.classKept or 0)
    return found

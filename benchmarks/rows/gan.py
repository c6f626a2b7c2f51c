"""Generative adversarial networks: of MNIST, dense and convolutional, and of eight Gaussians in a ring."""

from __future__ import annotations

import warnings
from itertools import pairwise

from figures.row import Another, Figure, Setting, row

from activations import LeakyReLU, ReLU, Sigmoid, Tanh
from dataset import Dataset
from layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    Reshape,
)
from nn import GAN, MLP, modeCoverage
from optimizer import Adam, Cosine
from rows.samples import judge, quality

MODEL = "GAN 100-256-512-1024-784 and its mirror image, 20 epochs"
CONVOLUTIONAL = "DCGAN 100-48x7x7-24x14x14-28x28, discriminator of three convolutions, 10 epochs, average of G"
RING = "GAN 2-128-128-2 and its mirror image, ring of 8 Gaussians, 300 epochs, instance noise"
LECTURE = "the lecture's GAN 100-256-512-1024-2, ring of 8 Gaussians, 20 epochs"
CONTROLS = "controls of the Fréchet distance"


@row(
    [
        Figure(
            "Fréchet distance", MODEL, "samples: Fréchet distance", "", 1, "lower",
            Another("vae", "Fréchet distance", "VAE's samples"),
        ),
        Figure(
            "digits", MODEL, "samples: digits covered", "", 1, "higher",
            anchor="10", source="all ten digits", checked=True,
        ),
        Figure(
            "divergence", MODEL, "samples: divergence of their digits from uniform", "nats", 3, "lower",
            Another("vae", "divergence", "VAE's samples"),
        ),
    ],
    seconds=600,
)  # fmt: skip
def gan(now: Setting) -> dict[str, float]:
    """The lecture's networks, Tanh outputs, data in [-1, 1]; the discriminator's weights decay."""
    critic = judge(now)
    dataset = Dataset(now.images, batch_size=128, valueRange=(-1, 1))
    adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
    model = GAN(*_players(100, (256, 512, 1024), dataset.inputDim, Tanh(), adam, decaying))
    model.train(dataset, epochs=now.epochs(20), metrics=[], schedule=Cosine())
    return quality(critic.judge((model.sample(10_000, rng=0) + 1) / 2))


@row(
    [
        Figure(
            "Fréchet distance", CONVOLUTIONAL, "samples: Fréchet distance", "", 1, "lower",
            Another("gan", "Fréchet distance", "GAN's samples"),
        ),
        Figure(
            "digits", CONVOLUTIONAL, "samples: digits covered", "", 1, "higher",
            anchor="10", source="all ten digits", checked=True,
        ),
        Figure(
            "divergence", CONVOLUTIONAL, "samples: divergence of their digits from uniform", "nats", 3, "lower",
            Another("gan", "divergence", "GAN's samples"),
        ),
    ],
    seconds=600,
)  # fmt: skip
def dcgan(now: Setting) -> dict[str, float]:
    """Radford et al. 2015, smaller: BatchNormalization in both networks, in D of samples and data apart.

    On validation images, after the first epoch of two or three: rates of .001 and .0005 for G and D with a decay of D's
    weights 8.5, without it at .0005 and .0002 15.3, at .0005 for both 13.3 (7.9 after the third); hinge loss and
    spectral normalisation in the place of D's BatchNormalization 17.9 (9.2).
    """
    critic = judge(now)
    dataset = Dataset(now.images, batch_size=64, images=True, valueRange=(-1, 1))
    model = GAN(*_convolutional(dataset.sampleShape[-1] // 4), averaging=0.999)
    model.train(dataset, epochs=now.epochs(10), metrics=[], schedule=Cosine())
    samples = model.sample(10_000, rng=0).reshape(dataset.inputDim, -1)
    return quality(critic.judge((samples + 1) / 2))


@row(
    [
        Figure("training set", CONTROLS, "10,000 training images", "", 1),
        Figure("noise", CONTROLS, "uniform noise", "", 0),
    ],
    seeds=range(1),
    seconds=15,
)
def controls(now: Setting) -> dict[str, float]:
    return {name: control.frechet for name, control in judge(now).controls().items()}


def _ring_row(model: str) -> list[Figure]:
    return [
        Figure("modes", model, "modes covered", "", 1, "higher", "8", "all eight Gaussians", checked=True),
        Figure(
            "good",
            model,
            "good samples, within 3 σ",
            "%",
            1,
            "higher",
            "98.9",
            "the data themselves, 1 - exp(-9/2)",
            checked=True,
        ),
    ]


@row(_ring_row(RING), seeds=range(10), seconds=60, needs=())
def ring(now: Setting) -> dict[str, float]:
    """The samples are held against the mixture itself, σ = 0.01: there is no test set."""
    dataset = Dataset("ring", batch_size=256)
    adam = Adam(lr=0.002, beta1=0.5)
    model = GAN(*_players(2, (128, 128), 2, None, adam), instanceNoise=0.3)
    model.train(dataset, epochs=now.epochs(300), metrics=[], schedule=Cosine())
    return _modes(model, dataset)


@row(_ring_row(LECTURE), seeds=range(10), seconds=40, needs=())
def lectureRing(now: Setting) -> dict[str, float]:
    """The lecture's networks as they are, with two numbers in the place of the 784 pixels."""
    dataset = Dataset("ring", batch_size=50)
    model = GAN(*_players(100, (256, 512, 1024), 2, None, Adam(lr=0.0002, beta1=0.5)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it collapses is what the figure says
        model.train(dataset, epochs=now.epochs(20), metrics=[])
    return _modes(model, dataset)


def _players(
    noise: int, hidden: tuple[int, ...], outputs: int, last: Tanh | None, adam: Adam, decaying: Adam | None = None
) -> tuple[MLP, MLP]:
    """A generator noise - hidden - outputs, and the discriminator that mirrors it, with an optimizer of its own."""
    decaying = decaying or adam
    leaky = LeakyReLU(0.2)
    up, down = (noise, *hidden), (outputs, *reversed(hidden))
    generator = MLP(Dense(a, b, leaky, adam) for a, b in pairwise(up))
    generator.addLayer(Dense(hidden[-1], outputs, last, adam))
    discriminator = MLP(Dense(a, b, leaky, decaying) for a, b in pairwise(down))
    discriminator.addLayer(Dense(hidden[0], 1, Sigmoid(), decaying))
    return generator, discriminator


def _convolutional(side: int) -> tuple[MLP, MLP]:
    """A generator 100 - 48 x side² - 24 x (2 side)² - (4 side)², and a discriminator of three convolutions."""
    adam, decaying = Adam(lr=0.001, beta1=0.5), Adam(lr=0.0005, beta1=0.5, weightDecay=2)
    up: list[Layer] = [Dense(100, 48 * side**2, optimizer=adam), Reshape((48, side, side)), *_rectified(48, adam)]
    up += [Conv2DTranspose(48, 24, 4, None, adam, 2, "same"), *_rectified(24, adam)]
    up.append(Conv2DTranspose(24, 1, 4, Tanh(), adam, 2, "same"))
    down: list[Layer] = [Conv2D(1, 16, 4, LeakyReLU(0.2), decaying, 2, "same")]
    for a, b in pairwise((16, 32, 64)):
        down += [Conv2D(a, b, 4, None, decaying, 2, "same"), BatchNormalization(b, optimizer=decaying)]
        down.append(Activate(LeakyReLU(0.2)))
    return MLP(up), MLP([*down, Flatten(), Dense(64 * (-(-side // 2)) ** 2, 1, Sigmoid(), decaying)])


def _rectified(channels: int, adam: Adam) -> list[Layer]:
    return [BatchNormalization(channels, optimizer=adam), Activate(ReLU())]


def _modes(model: GAN, dataset: Dataset) -> dict[str, float]:
    coverage = modeCoverage(model.sample(2000, rng=0), dataset.centres, deviation=0.01)
    return {"modes": coverage.covered, "good": 100 * coverage.good}

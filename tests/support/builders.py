"""Small models and data, for all tests: `from builders import classifier, data`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from leibnet.types import Array, Shape

import numpy as np

from activations import Activation, Identity, LeakyReLU, Sigmoid, Softmax, Tanh
from dataset import Batch, Dataset, SaltAndPepper
from layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Flatten,
    LastStep,
    Layer,
    Pass,
    Sampler,
    Wanted,
)
from loss import AdversarialLoss, Loss
from nn import DBN, GAN, GSN, MLP, RBM, VAE, Autoencoder, CycleGAN, FeatureLoss
from optimizer import SGD, Adam, Optimizer

ROWS, CLASSES = 6, 3
X = np.random.default_rng(0).uniform(0.05, 0.95, size=(ROWS, 40))  # what a Sigmoid can give back
NUMBERS = X.argmax(axis=0) % CLASSES
LABELS = np.eye(CLASSES)[:, NUMBERS]


class Through:
    """The methods of a layer that gives what it gets: `class Gate(Through, Layer)`."""

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        return x

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array:
        return dy


def data(x: Any = X, labels: Any = None, **keywords: Any) -> Dataset:
    """Ten samples for the test, the others in batches of ten, in the same order every time."""
    return Dataset.fromArrays(x, labels, **{"test_size": 10, "batch_size": 10, "rng": 0} | keywords)


def batch(n: int = 10, start: int = 0) -> Batch:
    return Batch.of(X[:, start : start + n], LABELS[:, start : start + n])


def network(
    *sizes: int,
    output: Activation | None = None,
    hidden: Activation | None = None,
    optimizer: Optimizer | None = None,
    loss: Loss | None = None,
    rng: int | None = 0,
    **keywords: Any,
) -> MLP:
    """Dense layers of these sizes, with the weights of the seeds rng, rng + 1, ...; None: the library's own."""
    last = len(sizes) - 2
    layers = [
        Dense(
            before,
            after,
            (output or Identity()) if i == last else (hidden or Tanh()),
            optimizer,
            rng=None if rng is None else rng + i,
            **keywords,
        )
        for i, (before, after) in enumerate(pairwise(sizes))
    ]
    return MLP(layers, loss)


def classifier(optimizer: Optimizer | None = None, **keywords: Any) -> MLP:
    settings = {"output": Softmax(), "optimizer": optimizer or Adam(lr=0.01), "rng": 1}
    return network(ROWS, 5, CLASSES, **settings | keywords)


def noisy(optimizer: Optimizer | None = None, rng: int | None = 1, first: tuple[Layer, ...] = ()) -> MLP:
    """A classifier with Dropout, and with BatchNormalization, whose averages are kept and not learnt."""
    optimizer = optimizer or Adam(lr=0.01)
    seeds = (None, None) if rng is None else (rng, rng + 1)
    hidden = [Dense(ROWS, 8, Identity(), optimizer, rng=seeds[0]), BatchNormalization(8, optimizer=optimizer)]
    return MLP([*first, *hidden, Dropout(0.3, rng=rng), Dense(8, CLASSES, Softmax(), optimizer, rng=seeds[1])])


def images(optimizer: Optimizer | None = None, rng: int | None = 1) -> MLP:
    """The same for images (1, 2, 3)."""
    return noisy(optimizer, rng, (Flatten(),))


def recurrent(optimizer: Optimizer | None = None, rng: int | None = 1) -> MLP:
    """A classifier of sequences (3, 2)."""
    optimizer = optimizer or Adam(lr=0.01)
    seeds = (None,) * 4 if rng is None else range(rng, rng + 4)
    both = Bidirectional(LSTM(4, 3, optimizer, rng=seeds[1]), LSTM(4, 3, optimizer, rng=seeds[2]))
    top = Dense(6, CLASSES, Softmax(), optimizer, rng=seeds[3])
    return MLP([GRU(2, 4, optimizer, rng=seeds[0]), both, LastStep(), top])


def autoencoder(
    optimizer: Optimizer | None = None, output: Activation | None = None, rng: int | None = 1, **keywords: Any
) -> Autoencoder:
    optimizer = optimizer or Adam(lr=0.01)
    encoder = network(ROWS, 5, 2, optimizer=optimizer, rng=rng)
    decoder = network(2, 5, ROWS, output=output or Sigmoid(), optimizer=optimizer, rng=None if rng is None else rng + 2)
    return Autoencoder(encoder, decoder, **keywords)


def vae(
    optimizer: Optimizer | None = None, output: Activation | None = None, rng: int | None = 1, **keywords: Any
) -> VAE:
    optimizer = optimizer or Adam(lr=0.01)
    encoder = network(ROWS, 5, output=Tanh(), optimizer=optimizer, rng=rng)
    sampler = Sampler(5, 2, optimizer, rng=None if rng is None else rng + 1)
    decoder = network(2, 5, ROWS, output=output or Sigmoid(), optimizer=optimizer, rng=None if rng is None else rng + 2)
    return VAE(encoder, sampler, decoder, **keywords)


def features() -> FeatureLoss:
    """The distance of what two layers of a frozen network make of columns."""
    return FeatureLoss(network(ROWS, 7, 4, 3, rng=11), places=[0, -2], weights=[1.5, 0.5])


def gsn(optimizer: Optimizer | None = None, rng: int | None = 1, **keywords: Any) -> GSN:
    optimizer = optimizer or Adam(lr=0.01)
    encoder = network(ROWS, 2, output=Tanh(), optimizer=optimizer, rng=rng)
    decoder = network(2, ROWS, output=Sigmoid(), optimizer=optimizer, rng=None if rng is None else rng + 1)
    return GSN(encoder, decoder, SaltAndPepper(0.3, rng=rng), **keywords)


def rbm(optimizer: Optimizer | None = None, rng: int | None = 1, **keywords: Any) -> RBM:
    model = RBM(ROWS, 5, optimizer=optimizer or SGD(lr=0.1), rng=rng, **keywords)
    model.layer.weight *= 50  # so that the units tell something of each other
    return model


def dbn(optimizer: Optimizer | None = None, rng: int | None = 1, **keywords: Any) -> DBN:
    optimizer = optimizer or SGD(lr=0.1)
    above = RBM(5, 3, optimizer=optimizer, rng=None if rng is None else rng + 1, **keywords)
    above.layer.weight *= 50
    return DBN([rbm(optimizer, rng, **keywords), above])


def gan(
    optimizer: Optimizer | None = None,
    output: Activation | None = None,
    rng: int | None = 1,
    end: Activation | None = None,
    penalty: Any = None,
    **keywords: Any,
) -> GAN:
    """A GAN whose discriminator ends in `end` and whose layers have copies of a penalty."""
    optimizer = optimizer or Adam(lr=0.002, beta1=0.5)
    settings: dict[str, Any] = {"optimizer": optimizer, "penalty": penalty}
    generator = network(3, 5, ROWS, output=output or Identity(), rng=rng, **settings)
    discriminator = network(
        ROWS * keywords.get("packing", 1),
        5,
        1,
        output=end or Sigmoid(),
        hidden=LeakyReLU(0.2),
        rng=None if rng is None else rng + 2,
        **settings,
    )
    return GAN(generator, discriminator, **{"rng": None if rng is None else 0} | keywords)


def cyclegan(
    optimizer: Optimizer | None = None,
    rng: int | None = 1,
    second: int = 4,
    end: Activation | None = None,
    penalty: Any = None,
    **keywords: Any,
) -> CycleGAN:
    """A CycleGAN between columns of 6 and of `second` numbers."""
    settings: dict[str, Any] = {"optimizer": optimizer or Adam(lr=0.002, beta1=0.5), "penalty": penalty}

    def part(place: int, *sizes: int, **others: Any) -> MLP:
        return network(*sizes, rng=None if rng is None else rng + 2 * place, **settings, **others)

    G, F = part(0, ROWS, 5, second), part(1, second, 5, ROWS)
    critics = [part(2 + i, size, 5, 1, output=end, hidden=LeakyReLU(0.2)) for i, size in enumerate((ROWS, second))]
    return CycleGAN(G, F, *critics, **{"rng": None if rng is None else 0} | keywords)


class MeanCritic(AdversarialLoss):
    """Wasserstein's game: D's mean output for samples minus that for data, and for G minus that for samples."""

    link = ""
    undecided = 0.0

    def critic(self, z: Any, fakes: int, value: bool = True, gradient: bool = True) -> tuple[float | None, Any]:
        dz = np.full_like(z, 1 / fakes)
        dz[:, fakes:] = -1 / (z.shape[1] - fakes)
        return float(np.vdot(z, dz)) if value else None, dz

    def generator(self, z: Any, value: bool = True, gradient: bool = True) -> tuple[float | None, Any]:
        return -float(z.mean()) if value else None, np.full_like(z, -1 / z.size)

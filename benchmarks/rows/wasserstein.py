"""Wasserstein critics: whether their estimate falls as the samples become better."""

from __future__ import annotations

from itertools import pairwise

from figures.row import Figure, Setting, row

from activations import LeakyReLU, Tanh
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, GradientPenalty, WeightClipping, rankCorrelation
from optimizer import Adam, Cosine
from rows.samples import judge

NETWORKS = "64-128-256-784 against 784-256-128-1, ten epochs, five critic steps"
PENALISED = f"Wasserstein GAN {NETWORKS}, gradient penalty"
CLIPPED = f"Wasserstein GAN {NETWORKS}, weights clipped"
CORRELATION = "rank correlation of the critic's estimate with the samples' Fréchet distance, twice an epoch"


def _figures(model: str) -> list[Figure]:
    return [
        Figure("correlation", model, CORRELATION, "", 3, "higher", "0.8", "the aim of this project", True),
        Figure("first", model, "critic's estimate after half an epoch", "", 3),
        Figure("last", model, "critic's estimate in the end", "", 3, "lower"),
        Figure("Fréchet distance, first", model, "samples: Fréchet distance after half an epoch", "", 1),
        Figure("Fréchet distance", model, "samples: Fréchet distance in the end", "", 1, "lower"),
    ]


@row(_figures(PENALISED), seconds=300)
def wassersteinPenalty(now: Setting) -> dict[str, float]:
    critic, generator = Adam(lr=0.0004, beta1=0.5, beta2=0.9), Adam(lr=0.0001, beta1=0.5, beta2=0.9)
    return _course(now, critic, generator, GradientPenalty())


@row(_figures(CLIPPED), seconds=250)
def wassersteinClipping(now: Setting) -> dict[str, float]:
    critic, generator = Adam(lr=0.0005, beta1=0.0, beta2=0.9), Adam(lr=0.0003, beta1=0.0, beta2=0.9)
    return _course(now, critic, generator, WeightClipping(0.03))


def _course(
    now: Setting, critic: Adam, generator: Adam, constraint: GradientPenalty | WeightClipping
) -> dict[str, float]:
    """The critic's estimate for 5,000 images that it does not learn from and as many samples, twice an epoch."""
    dataset = Dataset(
        now.images, batch_size=64, valueRange=(-1, 1), validation_size=5000 if now.images == "mnist" else 200
    )
    leaky = LeakyReLU(0.2)
    up, down = (64, 128, 256), (dataset.inputDim, 256, 128)
    model = GAN(
        MLP(
            [*(Dense(a, b, leaky, generator) for a, b in pairwise(up)), Dense(256, dataset.inputDim, Tanh(), generator)]
        ),
        MLP([*(Dense(a, b, leaky, critic) for a, b in pairwise(down)), Dense(128, 1, optimizer=critic)]),
        generatorLoss="wasserstein",
        constraint=constraint,
        criticSteps=5,
    )
    samples = []
    history = model.train(
        dataset,
        epochs=now.epochs(10),
        metrics=["validation_wasserstein"],
        schedule=Cosine(),
        entriesPerEpoch=2,
        callbacks={"validation_wasserstein": lambda index, value: samples.append(model.sample(4000, rng=0))},
    )
    judging, estimates = judge(now), history["validation_wasserstein"]
    distances = [judging.judge((images + 1) / 2).frechet for images in samples]
    return {
        "correlation": rankCorrelation(estimates, distances),
        "first": estimates[0],
        "last": estimates[-1],
        "Fréchet distance, first": distances[0],
        "Fréchet distance": distances[-1],
    }

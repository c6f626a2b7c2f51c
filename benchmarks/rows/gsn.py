"""The generative stochastic network 784-1000-784, trained by walk-back, and one chain of it."""

from __future__ import annotations

import itertools

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Dataset, SaltAndPepper
from layers import Dense
from nn import GSN, MLP
from optimizer import Adam, Cosine
from rows.samples import judge, quality

MODEL = "GSN 784-1000-784, walk-back of 5 steps, ten epochs"
CHAIN = "one chain of 1,000 samples: "


@row(
    [
        Figure(
            "digits", MODEL, f"{CHAIN}digits covered", "", 1, "higher",
            anchor="10", source="all ten digits", checked=True,
        ),
        Figure(
            "Fréchet distance", MODEL, f"{CHAIN}Fréchet distance", "", 1, "lower",
            Another("vae", "Fréchet distance", "10,000 samples of the VAE"),
        ),
        Figure(
            "divergence", MODEL, f"{CHAIN}divergence of their digits from uniform", "nats", 3, "lower",
            anchor="0", source="ten digits, equally frequent", checked=True,
        ),
    ],
    seconds=500,
)  # fmt: skip
def gsn(now: Setting) -> dict[str, float]:
    dataset, critic = Dataset(now.images, batch_size=100), judge(now)
    pixels, adam = dataset.inputDim, Adam(lr=0.002)
    encoder, decoder = MLP([Dense(pixels, 1000, ReLU(), adam)]), MLP([Dense(1000, pixels, Sigmoid(), adam)])
    model = GSN(encoder, decoder, SaltAndPepper(0.4), walkBack=5)
    model.train(dataset, epochs=now.epochs(10), metrics=[], schedule=Cosine())
    start = dataset.testSet()[0][:, :1]
    chain = [mean for mean, _ in itertools.islice(model.walk(start, rng=0), 1000)]
    return quality(critic.judge(np.concatenate(chain, axis=1)))

"""VAEs of the same networks that compare pixels, or what the layers of a trained classifier make of them.

Hou et al. 2016 say that the pictures of the latter are better. The judge of the samples is another network than the one
that is looked through: dense, and trained by itself. For each way, what weighs the two terms of the loss, and the rate,
were chosen by the Fréchet distance of samples to 5,000 validation images, after six epochs of 50,000 others: by pixels
among cross-entropy with β = 1, 2, 3, 4 and 6 and MSE with c from 0.2 to 1, by features among strengths from 18 to 100.
"""

from __future__ import annotations

from collections.abc import Callable

from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Conv2D, Dense, Flatten, Reshape, Sampler
from loss import CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP, VAE, FeatureLoss
from optimizer import Adam, Cosine
from rows.samples import judge, quality

PIXELS = "VAE 784-400-20-400-784 by pixels, cross-entropy with β = 4, six epochs"
FIRST = "the same VAE by the features 1-2-3 of a classifier of five convolutions"
LAST = "the same VAE by the features 3-4-5 of that classifier"
CLAIM = Another("pixelVae", "Fréchet distance", "pixels; Hou et al. 2016 claim better samples")


def _figures(model: str, anchor: str | Another = "") -> list[Figure]:
    return [
        Figure("Fréchet distance", model, "samples: Fréchet distance", "", 1, "lower", anchor),
        Figure("digits", model, "samples: digits covered", "", 1, "higher"),
        Figure("squared error", model, "squared error of an image", "", 2, "lower"),
        Figure("divergence of codes", model, "KL divergence of the codes", "nats", 1),
    ]


@row(_figures(PIXELS), seconds=100)
def pixelVae(now: Setting) -> dict[str, float]:
    return _measured(now, lambda dataset: CrossEntropy(), beta=4)


@row(_figures(FIRST, CLAIM), seconds=300)
def featureVae(now: Setting) -> dict[str, float]:
    return _measured(now, lambda dataset: _features(now, dataset, (1, 2, 3), strength=25))


@row(_figures(LAST, CLAIM), seconds=300)
def deepFeatureVae(now: Setting) -> dict[str, float]:
    return _measured(now, lambda dataset: _features(now, dataset, (3, 4, 5), strength=50))


def _features(now: Setting, dataset: Dataset, places: tuple[int, ...], strength: float) -> FeatureLoss:
    """Of a classifier of the training images; its layers count alike, by the variance of their features together."""
    height, width = dataset.imageShape
    layers, adam = [Reshape((1, height, width))], Adam(lr=0.002)
    for before, after, stride in ((1, 8, 1), (8, 8, 2), (8, 16, 1), (16, 16, 2), (16, 32, 1)):
        layers.append(Conv2D(before, after, 3, ReLU(), adam, strides=stride, padding="same"))
    flat = 32 * -(-height // 4) * -(-width // 4)
    classifier = MLP([*layers, Flatten(), Dense(flat, dataset.labelDim, Softmax(), adam)])
    classifier.train(dataset, CategoricalCrossEntropy(), now.epochs(3), [], schedule=Cosine())
    seen = FeatureLoss(classifier, places).features(dataset.trainSet()[0][:, :5000])
    return FeatureLoss(classifier, places, [strength / float(seen[place].var(axis=-1).sum()) for place in places])


def _measured(now: Setting, loss: Callable[[Dataset], Loss], beta: float = 1.0) -> dict[str, float]:
    dataset, critic, adam = Dataset(now.images, batch_size=128), judge(now), Adam(lr=0.003)
    pixels, chosen = dataset.inputDim, loss(dataset)
    decoder = MLP([Dense(20, 400, ReLU(), adam), Dense(400, pixels, Sigmoid(), adam)])
    model = VAE(MLP([Dense(pixels, 400, ReLU(), adam)]), Sampler(400, 20, adam), decoder, chosen, beta)
    model.train(dataset, epochs=now.epochs(6), metrics=[], schedule=Cosine())
    test = dataset.testSet()[0]
    found = quality(critic.judge(model.sample(10_000, rng=0)))
    return {
        "Fréchet distance": found["Fréchet distance"],
        "digits": found["digits"],
        "squared error": float(model.reconstructionErrors(test).mean()),
        "divergence of codes": model.evaluate(dataset, ["kl"])["kl"],
    }

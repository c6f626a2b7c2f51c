"""Trains the variational autoencoder of the lectures: inputs - 400 - 20 codes - 400 - inputs, ReLU and Sigmoid.

    python examples/train_vae.py
    python examples/train_vae.py --beta 4 --warm-up 5
    python examples/train_vae.py --dataset fashion_mnist --likelihood gaussian --variance 0.02

Reconstructs and generates images, walks between them and from class to class through the codes, and lays a plane of
codes beside that of a plain autoencoder. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from layers.penalty import gaussianDivergences
from loss import MSE, CrossEntropy, Loss
from nn import MLP, VAE, Autoencoder, attributeVector, interpolate, plots
from nn.runs import (
    Run,
    chooseDataset,
    nonNegativeNumber,
    parser,
    positiveInteger,
    positiveNumber,
    runOf,
    runScript,
)
from optimizer import Adam, Cosine

METRICS = [f"{split}_{quantity}" for quantity in ("loss", "reconstruction", "kl") for split in ("train", "test")]
WALKS = [(7, 2), (0, 4), (3, 1)]  # classes: from an image of one to an image of another
CHANGES = [(4, 9), (3, 8), (5, 6), (7, 1)]  # classes: from one to another by an attribute vector
STEPS = 11  # of a walk, both ends included


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument(
        "--likelihood",
        choices=["bernoulli", "gaussian"],
        help="p(x|z) (default: bernoulli, for the small digits, whose greys are no probabilities, gaussian)",
    )
    arguments.add_argument("--variance", type=positiveNumber, help="c of gaussian (default: 0.05)")
    arguments.add_argument(
        "--beta", type=nonNegativeNumber, default=1.0, help="weight of the KL divergence (default: 1)"
    )
    arguments.add_argument(
        "--warm-up", type=nonNegativeNumber, default=0.0, help="epochs until beta is reached (default: 0)"
    )
    arguments.add_argument("--latent-dim", type=positiveInteger, help="codes (default: 20, for the small digits 10)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 100)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    gaussian = dataset.name == "digits" if options.likelihood is None else options.likelihood == "gaussian"
    if options.variance and not gaussian:
        arguments.error("argument --variance: it is that of the Gaussian likelihood, give --likelihood gaussian")
    with runOf(options, "vae", dataset) as run:
        train(options, dataset, gaussian, run)


def train(options: Namespace, dataset: Dataset, gaussian: bool, run: Run) -> None:
    """Model, training and pictures."""
    small = dataset.name == "digits"
    hidden, latent, epochs = (100, 10, 100) if small else (400, 20, 10)
    latent, epochs = options.latent_dim or latent, options.epochs or epochs
    loss = MSE(variance=options.variance or 0.05) if gaussian else CrossEntropy()
    optimizer = Adam(lr=0.003)
    encoder = MLP([Dense(dataset.inputDim, hidden, ReLU(), optimizer)])
    sampler = Sampler(hidden, latent, optimizer)
    decoder = MLP([Dense(latent, hidden, ReLU(), optimizer), Dense(hidden, dataset.inputDim, Sigmoid(), optimizer)])
    vae = VAE(encoder, sampler, decoder, loss, beta=options.beta, warmUp=options.warm_up)
    print(vae)

    history = vae.train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())

    vae.save(run.folder / "vae.safetensors")
    last = history.last
    constant = ", up to a constant" if gaussian else ""
    print(f"Test set: reconstruction {last['test_reconstruction']:.2f} + KL {last['test_kl']:.2f} nats{constant}")
    printLikelihood(vae, dataset)
    classifier = trainClassifier(dataset, min(epochs, 30 if small else 3))
    figures = {
        "curves": plots.plotHistory(history, samplesPerEpoch=dataset.train_size),
        "reconstructions": reconstructions(vae, dataset),
        "samples": plots.plotImages(vae.sample(100), dataset.imageShape),
        "shifts": shifts(vae, dataset),
        "interpolation": interpolation(vae, dataset),
        "certainty": certainty(vae, classifier, dataset, options.seed),
        "attributes": attributes(vae, classifier, dataset),
    } | planes(dataset, loss, hidden // 2, math.ceil(epochs / 2))
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def printLikelihood(vae: VAE, dataset: Dataset) -> None:
    """The evidence lower bound, beside an estimate of what it bounds."""
    images = dataset.testSet()[0][:, :200]
    bound, estimate = vae.elbo(images, samples=100).mean(), vae.logLikelihood(images, samples=500).mean()
    print(f"{images.shape[1]} test images: ELBO {bound:.2f}, ln p(x) by importance sampling {estimate:.2f} nats")


def trainClassifier(dataset: Dataset, epochs: int) -> MLP:
    """A judge for what the VAE makes of codes."""
    adam = Adam(lr=0.003)
    classifier = MLP([Dense(dataset.inputDim, 100, ReLU(), adam), Dense(100, dataset.labelDim, Softmax(), adam)])
    classifier.train(dataset, epochs=epochs, metrics=[])
    print(f"Classifier: test accuracy {classifier.evaluate(dataset)['accuracy']:.2%}")
    return classifier


def firstOf(dataset: Dataset, classes: Sequence[int]) -> Any:
    """The first test image of each class."""
    labels = dataset.labels("test")
    return dataset.testSet()[0][:, [np.argmax(labels == number) for number in classes]]


def reconstructions(vae: VAE, dataset: Dataset) -> Any:
    images = firstOf(dataset, range(dataset.classes))
    return plots.plotRows({"original": images, "reconstruction": vae.reconstruct(images)}, dataset.imageShape)


def shifts(vae: VAE, dataset: Dataset) -> Any:
    """What each code says of an image: it alone goes from -3 to 3. Ten of them, from the most to the least telling."""
    mean, log_variance = vae.encode(dataset.testSet()[0])
    kl = gaussianDivergences(mean, log_variance).mean(axis=1)
    print(f"{vae.activeUnits(dataset.testSet()[0]).sum()} of {len(kl)} codes are active")
    rows = {}
    for place in np.argsort(-kl)[np.linspace(0, len(kl) - 1, min(len(kl), 10)).astype(int)]:
        codes = np.repeat(mean[:, :1], STEPS, axis=1)
        codes[place] = np.linspace(-3, 3, STEPS)
        rows[f"code {place + 1}, KL {kl[place]:.2f}"] = vae.decode(codes)
    return plots.plotRows(rows, dataset.imageShape, "One code of an image from -3 to 3")


def walks(vae: VAE, starts: Any, ends: Any) -> dict[str, Any]:
    """From images to images, by their pixels and by their codes: columns (inputDim, STEPS · N), one walk a stretch."""

    def between(starts: Any, ends: Any, spherical: bool = False) -> Any:
        pairs = zip(starts.T, ends.T, strict=True)
        return np.concatenate([interpolate(start, end, STEPS, spherical) for start, end in pairs], axis=1)

    codes = vae.encode(starts)[0], vae.encode(ends)[0]
    return {
        "pixels": between(starts, ends),
        "linear": vae.decode(between(*codes)),
        "spherical": vae.decode(between(*codes, spherical=True)),
    }


def interpolation(vae: VAE, dataset: Dataset) -> Any:
    names, rows = dataset.classNames, {}
    for old, new in WALKS:
        for way, images in walks(vae, firstOf(dataset, [old]), firstOf(dataset, [new])).items():
            rows[f"{names[old]} to {names[new]}, {way}"] = images
    return plots.plotRows(rows, dataset.imageShape, "From image to image, α = 0, ..., 1")


def certainty(vae: VAE, classifier: MLP, dataset: Dataset, rng: int) -> Any:
    """How sure the classifier is of some class, on average over 200 walks between images of different classes."""
    images, labels = dataset.testSet()[0], dataset.labels("test")
    start, end = np.random.default_rng(rng).integers(len(labels), size=(2, 1000))
    start, end = (ends[labels[start] != labels[end]][:200] for ends in (start, end))
    curves = {}
    for way, steps in walks(vae, images[:, start], images[:, end]).items():
        sure = classifier.predict(steps).max(axis=0).reshape(-1, STEPS).mean(axis=0)
        curves[way] = np.linspace(0, 1, STEPS), sure
        print(f"Walks between classes, {way}: certainty {sure.mean():.1%}, in the middle {sure[STEPS // 2]:.1%}")
    return plots.plotCurves(curves, "α", "certainty of the classifier")


def attributes(vae: VAE, classifier: MLP, dataset: Dataset) -> Any:
    """From class to class by the vector between their mean codes."""
    codes, labels = vae.encode(dataset.testSet()[0])[0], dataset.labels("test")
    names, rows = dataset.classNames, {}
    for old, new in CHANGES:
        vector = attributeVector(codes, labels == new, labels == old)
        changed = classifier.predict(vae.decode(codes[:, labels == old] + vector)).argmax(axis=0)
        print(f"{names[old]} and the vector to {names[new]}: {np.mean(changed == new):.0%} are taken for {names[new]}")
        code = codes[:, [np.argmax(labels == old)]]
        rows[f"{names[old]} to {names[new]}"] = vae.decode(interpolate(code, code + vector, STEPS))
    return plots.plotRows(rows, dataset.imageShape, "From class to class: α times the vector, α = 0, ..., 1")


def planes(dataset: Dataset, loss: Loss, hidden: int, epochs: int) -> dict[str, Any]:
    """With two codes: where an autoencoder and a VAE put the test images, and what the VAE's plane stands for."""
    inputs, adam = dataset.inputDim, Adam(lr=0.003)
    decoders = [
        MLP([Dense(2, hidden, ReLU(), adam), Dense(hidden, inputs, Sigmoid(), adam)]) for _ in ("autoencoder", "vae")
    ]
    encoder = MLP([Dense(inputs, hidden, ReLU(), adam), Dense(hidden, 2, optimizer=adam)])
    autoencoder = Autoencoder(encoder, decoders[0], loss)
    vae = VAE(MLP([Dense(inputs, hidden, ReLU(), adam)]), Sampler(hidden, 2, adam), decoders[1], loss)
    for model in (autoencoder, vae):
        model.train(dataset, epochs=epochs, metrics=[])
    images, (height, width) = dataset.testSet()[0], dataset.imageShape
    codes = {"Autoencoder": autoencoder.encode(images), "Variational autoencoder": vae.encode(images)[0]}
    grid = {"low": -2.5, "high": 2.5}
    decoded = vae.decode(plots.planeCodes(15, **grid)).reshape(height, width, -1)
    framed = np.pad(decoded, [(1, 1), (1, 1), (0, 0)]).reshape((height + 2) * (width + 2), -1)  # kept apart by black
    return {
        "codes": plots.plotCodes(codes, dataset.labels("test"), dataset.classNames),
        "manifold": plots.plotManifold(framed, (height + 2, width + 2), **grid),
    }


if __name__ == "__main__":
    runScript(main)

"""The models of the lecture on MNIST, beside the figures they are held against.

    python benchmarks/models.py                                   all of it, about an hour on two cores
    python benchmarks/models.py --only pca autoencoder --seeds 0

Pixels in [0, 1], test set, mean over the seeds. Prints a line for every seed, and a table at the end.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy
from nn import (
    GAN,
    MLP,
    PCA,
    VAE,
    Autoencoder,
    GaussianNoise,
    Masking,
    SampleJudge,
    SampleQuality,
    modeCoverage,
    principalAngles,
    seed,
)
from optimizer import Adam, Cosine

Figures = dict[str, float]

TARGETS = {  # figure: what it is held against
    "PCA, k = 30, test error": "13.866266",
    "PCA, k = 32, test error": "13.193336",
    "PCA, k = 30, training error": "14.207105",
    "PCA, k = 32, training error": "13.518389",
    "PCA, time of fit over scikit-learn's": "<= 1 (median of 7, in turns)",
    "linear autoencoder, k = 16, training error over PCA's": "<= 1.005",
    "linear autoencoder, largest principal angle in degrees": "< 2",
    "autoencoder 784-128-32-128-784, nats per pixel": "<= 0.0835",
    "autoencoder, squared error": "<= 5.6",
    "denoising, Gaussian noise 0.5, squared error per pixel": "<= 0.0115",
    "denoising, masking 25 %, squared error per pixel": "<= 0.0058",
    "VAE 784-400-20-400-784, negative ELBO": "<= 106.0",
    "VAE, negative ELBO of 1,000 images": "",
    "VAE, -ln p(x) by 10 draws": "below the negative ELBO",
    "VAE, -ln p(x) by 100 draws": "below that",
    "VAE, active units of 20": "",
    "certainty on the way between digits, VAE": "above the pixels'",
    "certainty on the way between digits, pixels": "",
    "VAE's samples, Fréchet distance": "",
    "VAE's samples, nats from uniform": "",
    "GAN's samples, Fréchet distance": "below the VAE's",
    "GAN's samples, digits covered": "10",
    "GAN's samples, nats from uniform": "<= 0.05",
    "training set, Fréchet distance": "(control)",
    "noise, Fréchet distance": "(control)",
    "ring of 8, modes": ">= 6 (mean of ten seeds)",
    "ring of 8, share of good samples": "",
    "ring of 8, the lecture's network: modes": "",
    "ring of 8, the lecture's network: share of good samples": "",
}


def pca(_: int) -> Iterator[Figures]:
    dataset = Dataset("mnist")
    for k in (30, 32):
        model = PCA(k).fit(dataset)
        for split, x in (("test", dataset.testSet()[0]), ("training", dataset.trainSet()[0])):
            error = np.sum((x - model.reconstruct(x)) ** 2, dtype=float) / x.shape[1]
            yield {f"PCA, k = {k}, {split} error": error}
    yield _pca_time(dataset)


def _pca_time(dataset: Dataset) -> Figures:
    """Against scikit-learn's covariance solver, if it is installed: in turns, each from the same float32 images."""
    try:
        from sklearn.decomposition import PCA as Theirs
    except ImportError:
        return {}
    x, seconds = dataset.trainSet()[0], {"ours": [], "theirs": []}
    for _ in range(7):
        for name, fit in (
            ("ours", lambda: PCA(32).fit(x)),
            ("theirs", lambda: Theirs(32, svd_solver="covariance_eigh").fit(x.T)),
        ):
            start = time.perf_counter()
            fit()
            seconds[name].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(seconds[name]) for name in ("ours", "theirs"))
    return {"PCA, time of fit over scikit-learn's": ours / theirs}


def linear(_: int) -> Iterator[Figures]:
    """On centred data; PCA's error is the sum of the variances that it leaves out."""
    dataset = Dataset("mnist")
    best = PCA(16).fit(dataset)
    x = dataset.trainSet()[0] - best.mean.astype(np.float32)
    adam = Adam(lr=0.002)
    autoencoder = Autoencoder(MLP([Dense(784, 16, optimizer=adam)]), MLP([Dense(16, 784, optimizer=adam)]))
    autoencoder.train(Dataset.fromArrays(x, testInputs=x[:, :1], batch_size=50), MSE(), 6, [], schedule=Cosine())
    error = autoencoder.evaluate(x, ["squared_error"])["squared_error"]
    optimum = best.totalVariance - best.explainedVariance.sum()
    angles = principalAngles(autoencoder.decoder.layers[0].weight, best.components)
    yield {
        "linear autoencoder, k = 16, training error over PCA's": error / optimum,
        "linear autoencoder, largest principal angle in degrees": float(np.degrees(angles.max())),
    }


def autoencoder(_: int) -> Iterator[Figures]:
    dataset, adam = Dataset("mnist", batch_size=50), Adam(lr=0.002)
    encoder = MLP([Dense(784, 128, ReLU(), adam), Dense(128, 32, optimizer=adam)])
    decoder = MLP([Dense(32, 128, ReLU(), adam), Dense(128, 784, Sigmoid(), adam)])
    model = Autoencoder(encoder, decoder)
    model.train(dataset, epochs=20, metrics=[], schedule=Cosine())
    values = model.evaluate(dataset)
    yield {
        "autoencoder 784-128-32-128-784, nats per pixel": values["loss"] / 784,
        "autoencoder, squared error": values["squared_error"],
    }


def denoising(_: int) -> Iterator[Figures]:
    for name, corruption in (("Gaussian noise 0.5", GaussianNoise(0.5)), ("masking 25 %", Masking(0.25))):
        dataset, adam = Dataset("mnist", batch_size=50), Adam(lr=0.002)
        encoder, decoder = MLP([Dense(784, 1024, ReLU(), adam)]), MLP([Dense(1024, 784, Sigmoid(), adam)])
        model = Autoencoder(encoder, decoder, corruption=corruption)
        model.train(dataset, epochs=8, metrics=[], schedule=Cosine())
        error = model.evaluate(dataset, ["squared_error"])["squared_error"]
        yield {f"denoising, {name}, squared error per pixel": error / 784}


def vae(_: int) -> Iterator[Figures]:
    """Also its samples, and the way from one digit to another."""
    dataset, judge = Dataset("mnist", batch_size=128), _judge()
    model = _trained_vae(dataset)
    test, labels = dataset.testSet()
    yield {
        "VAE 784-400-20-400-784, negative ELBO": model.evaluate(dataset)["loss"],
        "VAE, active units of 20": int(model.activeUnits(test).sum()),
    }
    some = test[:, :1000]
    yield {"VAE, negative ELBO of 1,000 images": -float(model.elbo(some, 100, rng=0).mean())}
    for draws in (10, 100):
        yield {f"VAE, -ln p(x) by {draws} draws": -float(model.logLikelihood(some, draws, rng=0).mean())}
    classes = labels.argmax(axis=0)
    pairs = [(i, i + 1) for i in range(0, 1000, 2) if classes[i] != classes[i + 1]]
    left, right = (test[:, list(side)] for side in zip(*pairs, strict=True))
    ends = {"VAE": [model.encode(x)[0] for x in (left, right)], "pixels": [left, right]}
    for name, (a, b) in ends.items():
        path = np.concatenate([(1 - alpha) * a + alpha * b for alpha in np.linspace(0, 1, 11)], axis=1)
        certainty = judge.classifier.predict(model.decode(path) if name == "VAE" else path).max(axis=0)
        yield {f"certainty on the way between digits, {name}": float(certainty.mean())}
    yield from _quality("VAE's samples", judge.judge(model.sample(10_000, rng=0)))


def gan(_: int) -> Iterator[Figures]:
    """The lecture's networks, Tanh outputs, data in [-1, 1]; the discriminator's weights decay."""
    judge = _judge()
    for name, control in judge.controls().items():
        yield {f"{name}, Fréchet distance": control.frechet}
    dataset = Dataset("mnist", batch_size=128, valueRange=(-1, 1))
    adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
    model = GAN(*_players(100, (256, 512, 1024), 784, Tanh(), adam, decaying))
    model.train(dataset, epochs=20, metrics=[], schedule=Cosine())
    yield from _quality("GAN's samples", judge.judge((model.sample(10_000, rng=0) + 1) / 2))


def ring(_: int) -> Iterator[Figures]:
    dataset = Dataset("ring", batch_size=256)
    adam = Adam(lr=0.002, beta1=0.5)
    model = GAN(*_players(2, (128, 128), 2, None, adam), instanceNoise=0.3)
    model.train(dataset, epochs=300, metrics=[], schedule=Cosine())
    yield from _modes("ring of 8,", model, dataset)


def lectureRing(_: int) -> Iterator[Figures]:
    """The lecture's networks as they are, with two numbers in the place of the 784 pixels."""
    dataset = Dataset("ring", batch_size=50)
    model = GAN(*_players(100, (256, 512, 1024), 2, None, Adam(lr=0.0002, beta1=0.5)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it collapses is what the figure says
        model.train(dataset, epochs=20, metrics=[])
    yield from _modes("ring of 8, the lecture's network:", model, dataset)


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


def _trained_vae(dataset: Dataset) -> VAE:
    adam = Adam(lr=0.003)
    decoder = MLP([Dense(20, 400, ReLU(), adam), Dense(400, 784, Sigmoid(), adam)])
    model = VAE(MLP([Dense(784, 400, ReLU(), adam)]), Sampler(400, 20, adam), decoder)
    model.train(dataset, epochs=10, metrics=[], schedule=Cosine())
    return model


def _judge() -> SampleJudge:
    """The same for every seed and model, so that its distances can be compared."""
    dataset, adam = Dataset("mnist", batch_size=50, rng=0), Adam(lr=0.001)
    sizes = (784, 256, 64)
    classifier = MLP(Dense(a, b, ReLU(), adam, rng=i) for i, (a, b) in enumerate(pairwise(sizes)))
    classifier.addLayer(Dense(64, 10, Softmax(), adam, rng=2))
    classifier.train(dataset, CategoricalCrossEntropy(), 5, [], schedule=Cosine())
    return SampleJudge(classifier, dataset)


def _quality(name: str, quality: SampleQuality) -> Iterator[Figures]:
    shares = quality.shares[quality.shares > 0]
    yield {
        f"{name}, Fréchet distance": quality.frechet,
        f"{name}, digits covered": quality.covered,
        f"{name}, nats from uniform": float(np.log(10) + np.sum(shares * np.log(shares))),
    }


def _modes(name: str, model: GAN, dataset: Dataset) -> Iterator[Figures]:
    coverage = modeCoverage(model.sample(2000, rng=0), dataset.centres, deviation=0.01)
    yield {f"{name} modes": coverage.covered, f"{name} share of good samples": coverage.good}


ROWS: dict[str, Callable[[int], Iterator[Figures]]] = {
    row.__name__: row for row in (pca, linear, autoencoder, denoising, vae, gan, ring, lectureRing)
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--only", choices=ROWS, nargs="+", default=list(ROWS), help="default: all")
    arguments.add_argument("--seeds", type=int, nargs="+", help="default: 0 1 2, for the ring 0 to 9")
    options = arguments.parse_args()
    found: dict[str, list[float]] = {}
    for name in options.only:
        seeds = [0] if name == "pca" else options.seeds or (range(10) if "ring" in name.lower() else range(3))
        for number in seeds:
            seed(number)
            start = time.perf_counter()
            figures = {key: value for part in ROWS[name](number) for key, value in part.items()}
            seconds = time.perf_counter() - start
            shown = "; ".join(f"{key} {value:.8g}" for key, value in figures.items())
            print(f"{name}, seed {number}, {seconds:.0f} s: {shown}", flush=True)
            for key, value in figures.items():
                found.setdefault(key, []).append(float(value))
    print("\n| | held against | mean | seeds |\n| --- | --- | --- | --- |")
    for key, values in found.items():
        print(f"| {key} | {TARGETS.get(key, '')} | {statistics.mean(values):.8g} | {len(values)} |")


if __name__ == "__main__":
    main()

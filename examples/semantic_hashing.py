"""Semantic hashing: an autoencoder whose codes are bits, by which images like a given one are looked up.

    python examples/semantic_hashing.py
    python examples/semantic_hashing.py --bits 64 --flips 0.25
    python examples/semantic_hashing.py --by noise

Images of the training set are looked up by images of the test set, in an index that gives the nearest codes exactly.
Compares them with the signs of principal components and of random projections, of as many bits. Writes metrics,
pictures, the trained network and the index to a run folder.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid
from dataset import Dataset
from layers import BatchNormalization, Binarize, Corrupt, Dense, NoisySigmoid
from loss import CrossEntropy
from nn import MLP, PCA, Autoencoder, HammingIndex, SaltAndPepper, plots, retrievalQuality
from nn.runs import Run, chooseDataset, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

METRICS = ["train_loss", "test_loss", "train_squared_error", "test_squared_error"]
NOISE = 4.0  # the deviation of the noise before the sigmoid, as in the paper
ANSWERS = 10  # in the picture


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument("--bits", type=positiveInteger, help="of a code (default: 32, for the small digits 16)")
    arguments.add_argument(
        "--by",
        choices=["step", "noise"],
        default="step",
        help="what makes bits: a step with a straight-through gradient (default), or noise before a sigmoid",
    )
    arguments.add_argument(
        "--flips", type=nonNegativeNumber, default=0.2, help="share of the bits flipped in training, by step"
    )
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 4, for the small digits 60)")
    options = arguments.parse_args()
    if options.flips > 0.5:
        arguments.error("argument --flips: expected a share of at most 0.5; more of them would be other codes")

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "hashing", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training, index and pictures."""
    small = dataset.name == "digits"
    first, second, bits, epochs = (200, 100, 16, 60) if small else (1000, 500, 32, 4)
    bits, epochs = options.bits or bits, options.epochs or epochs
    inputs, adam = dataset.inputDim, Adam(lr=0.001, weightDecay=0.01)
    encoder = MLP([Dense(inputs, first, ReLU(), adam), Dense(first, second, ReLU(), adam)])
    encoder.addLayer(Dense(second, bits, optimizer=adam))
    decoder = MLP([])
    if options.by == "noise":
        encoder.addLayer(NoisySigmoid(NOISE))
    else:
        encoder.addLayer(BatchNormalization(bits, optimizer=adam))  # half of the images have a bit
        encoder.addLayer(Binarize())
        decoder.addLayer(Corrupt(SaltAndPepper(2 * options.flips, -1, 1)))  # half of what is drawn anew is what it was
    for layer in (Dense(bits, second, ReLU(), adam), Dense(second, first, ReLU(), adam)):
        decoder.addLayer(layer)
    decoder.addLayer(Dense(first, inputs, Sigmoid(), adam))
    autoencoder = Autoencoder(encoder, decoder, CrossEntropy())
    print(autoencoder)

    history = autoencoder.train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())

    autoencoder.save(run.folder / "autoencoder.safetensors")
    pca = PCA(min(bits, inputs)).fit(dataset)
    directions = np.random.default_rng(options.seed).normal(size=(bits, inputs))
    hashes: dict[str, Callable[[Any], Any]] = {
        "autoencoder": lambda x: autoencoder.encode(x) > 0,
        "principal components": lambda x: pca.transform(x) > 0,
        "random projections": lambda x: directions @ (x - pca.mean) > 0,
    }
    shown = dataset.testSet()[0][:, :10]
    rows = {"original": shown, f"from {bits} bits": autoencoder.reconstruct(shown)}
    figures = {
        "curves": plots.plotHistory(history, panels={"Loss in nats": "loss", "Squared error": "squared_error"}),
        "precision": precision(hashes, dataset, bits),
        "retrieval": retrieval(hashes["autoencoder"], dataset, run),
        "reconstructions": plots.plotRows(rows, dataset.imageShape, f"What {bits} bits keep of an image"),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures, the trained network and the index are in {run.folder}")


def precision(hashes: dict[str, Callable[[Any], Any]], dataset: Dataset, bits: int) -> Any:
    """How many of the nearest images are of the query's class, for codes of as many bits."""
    (images, _), (asked, _) = dataset.trainSet(), dataset.testSet()
    labels, wanted = dataset.labels("train"), dataset.labels("test")[:1000]
    counts = [count for count in (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000) if count <= len(labels) / 2]
    curves = {}
    print(f"{'Bits by':<22} mean average precision  precision of the {min(100, counts[-1])} nearest")
    for name, encode in hashes.items():
        codes, queries = encode(images), encode(asked[:, :1000])
        found = {count: retrievalQuality(queries, wanted, codes, labels, count) for count in counts}
        shown = found[min(100, counts[-1])]
        print(f"{name:<22} {shown.meanAveragePrecision:>22.3f}  {shown.precision:>28.3f}", flush=True)
        precisions = [100 * one.precision for one in found.values()]
        curves[f"{name}: mAP {shown.meanAveragePrecision:.3f}"] = counts, precisions
    chance = 100 * np.mean([np.mean(labels == label) for label in wanted])
    curves["chance"] = counts, np.full(len(counts), chance)
    title = f"What {bits} bits find"
    return plots.plotCurves(curves, "answers", "of the query's class, in %", title, logarithmicX=True)


def retrieval(bitsOf: Callable[[Any], Any], dataset: Dataset, run: Run) -> Any:
    """The index of the training set, how long a query takes, and the answers to one query of each class."""
    (images, _), (asked, _) = dataset.trainSet(), dataset.testSet()
    labels, wanted = dataset.labels("train"), dataset.labels("test")
    index = HammingIndex(bitsOf(images))
    index.save(run.folder / "index.safetensors")
    queries = bitsOf(asked[:, :200])
    seconds = []
    for query in queries.T:
        start = time.perf_counter()
        index.nearest(query, min(100, len(index)))
        seconds.append(time.perf_counter() - start)
    print(f"{index}: the 100 nearest in {1000 * np.median(seconds):.2f} ms")
    shown = [int(np.argmax(wanted == label)) for label in range(dataset.classes or 0)]
    found = index.nearest(bitsOf(asked[:, shown]), ANSWERS)
    right = labels[found.places] == wanted[shown]
    answers = images[:, found.places.T.ravel()]
    heading = f"The nearest of {len(index):,} by {index.bits} bits, and how many differ; in red: another class"
    return plots.plotRetrieval(asked[:, shown], answers, dataset.imageShape, right, found.distances, heading=heading)


if __name__ == "__main__":
    runScript(main)

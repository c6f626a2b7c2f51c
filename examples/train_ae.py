"""Trains the deep autoencoder of the third lecture: inputs - 128 - 32 codes - 128 - inputs, ReLU and Sigmoid.

    python examples/train_ae.py
    python examples/train_ae.py --dataset fashion_mnist --epochs 10

Compares it with a principal component analysis of as many codes: what comes back, where the classes lie for two codes,
and how well a classifier does on the codes. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense
from nn import MLP, PCA, Autoencoder, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

METRICS = ["train_loss", "test_loss", "train_squared_error", "test_squared_error"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 20, for the small digits 200)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "ae", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Models, trainings and pictures."""
    # Unlike in the lecture the codes have no ReLU: some of its units die, and there are few codes to lose.
    hidden, codes, epochs = (32, 8, 200) if dataset.name == "digits" else (128, 32, 20)
    epochs = options.epochs or epochs
    inputs, optimizer = dataset.inputDim, Adam(lr=0.002)
    autoencoder = Autoencoder(
        MLP([Dense(inputs, hidden, ReLU(), optimizer), Dense(hidden, codes, optimizer=optimizer)]),
        MLP([Dense(codes, hidden, ReLU(), optimizer), Dense(hidden, inputs, Sigmoid(), optimizer)]),
    )
    print(autoencoder)
    history = autoencoder.train(dataset, epochs=epochs, schedule=Cosine(), metrics=METRICS, **run.keeping())
    autoencoder.save(run.folder / "autoencoder.safetensors")
    loss = history["test_loss"][-1]
    print(f"Cross-entropy on the test set: {loss:.2f} nats, {loss / inputs:.4f} per pixel, {history.seconds:.0f} s")

    # Two codes ask for more layers: they must fold the images into a plane.
    plane = Autoencoder(
        MLP([*hiddenLayers(inputs, hidden, optimizer), Dense(hidden, 2, optimizer=optimizer)]),
        MLP([*hiddenLayers(2, hidden, optimizer), Dense(hidden, inputs, Sigmoid(), optimizer)]),
    )
    plane.train(dataset, epochs=math.ceil(epochs / 2), schedule=Cosine(), metrics=[])

    models = {
        f"PCA, {codes} codes": fitted(PCA(codes), dataset),
        f"autoencoder, {codes} codes": autoencoder,
        "PCA, 2 codes": fitted(PCA(2), dataset),
        "autoencoder, 2 codes": plane,
    }
    images = dataset.testSet()[0]
    rows, panels = {"original": images[:, :10]}, {}
    print(f"{'Test set':<22} squared error  accuracy of a classifier on the codes")
    for name, model in models.items():
        encode = model.transform if isinstance(model, PCA) else model.encode
        outputs = model.reconstruct(images)
        error = np.sum((outputs - images) ** 2) / images.shape[1]
        share = accuracy(encode, dataset, epochs)
        print(f"{name:<22} {error:>13.2f}  {share:>37.2%}", flush=True)
        rows[f"{name}\nsquared error {error:.2f}"] = outputs[:, :10]
        if name.endswith(" 2 codes"):
            panels[f"{name}: {share:.1%} told apart"] = encode(images)

    figures = {
        "curves": plots.plotHistory(history, panels={"Loss in nats": "loss"}),
        "reconstructions": plots.plotRows(
            rows, dataset.imageShape, "What comes back; squared error of the test set", (0, 1)
        ),
        "codes": plots.plotCodes(panels, dataset.labels("test"), dataset.classNames),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def hiddenLayers(inputs: int, hidden: int, optimizer: Adam) -> list[Dense]:
    return [Dense(inputs, hidden, ReLU(), optimizer), Dense(hidden, hidden, ReLU(), optimizer)]


def fitted(pca: PCA, dataset: Dataset) -> PCA:
    """In the precision of the autoencoders."""
    pca.fit(dataset).astype(dataset.dtype)
    return pca


def accuracy(encode: Callable[[Any], Any], dataset: Dataset, epochs: int) -> float:
    """On the test set, of a small classifier that sees nothing but the codes."""
    (images, labels), (test_images, test_labels) = dataset.trainSet(), dataset.testSet()
    codes, test_codes = encode(images), encode(test_images)
    mean, deviation = codes.mean(axis=1, keepdims=True), codes.std()
    codes, test_codes = (codes - mean) / deviation, (test_codes - mean) / deviation
    coded = Dataset.fromArrays(codes, labels, testInputs=test_codes, testLabels=test_labels)
    optimizer = Adam(lr=0.003)
    classifier = MLP([Dense(len(codes), 100, ReLU(), optimizer), Dense(100, dataset.labelDim, Softmax(), optimizer)])
    classifier.train(coded, epochs=math.ceil(epochs / 4), schedule=Cosine(), metrics=[])
    return classifier.evaluate(coded)["accuracy"]


if __name__ == "__main__":
    runScript(main)

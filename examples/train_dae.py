"""Trains a denoising autoencoder: corrupted images - 1024 - images, ReLU and Sigmoid.

    python examples/train_dae.py
    python examples/train_dae.py --corruption masking --strength 0.5

Shows what it makes of corrupted images, beside the best that a linear map can do; and, for points in the plane, that a
denoising autoencoder r moves whatever it is given towards the data: the vectors r(x) - x of Alain & Bengio 2014. Writes
metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid
from dataset import Dataset
from layers import Dense
from nn import MLP, Autoencoder, Corruption, GaussianNoise, Masking, SaltAndPepper, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

# name: kind, strength
CORRUPTIONS = {"gaussian": (GaussianNoise, 0.5), "masking": (Masking, 0.25), "salt_and_pepper": (SaltAndPepper, 0.1)}
METRICS = ["train_loss", "test_loss", "train_squared_error", "test_squared_error"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--corruption", choices=CORRUPTIONS, default="gaussian", help="default: gaussian")
    strengths = ", ".join(f"{name} {strength}" for name, (_, strength) in CORRUPTIONS.items())
    arguments.add_argument("--strength", type=positiveNumber, help=f"deviation or share (default: {strengths})")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 8, for the small digits 100)")
    options = arguments.parse_args()
    kind, strength = CORRUPTIONS[options.corruption]
    try:
        corruption = kind(options.strength or strength)
    except ValueError as error:
        arguments.error(f"argument --strength: {error}")

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "dae", dataset) as run:
        train(options, dataset, corruption, run)


def train(options: Namespace, dataset: Dataset, corruption: Corruption, run: Run) -> None:
    """Model, training and pictures."""
    hidden, epochs = (256, 100) if dataset.name == "digits" else (1024, 8)
    optimizer = Adam(lr=0.002)
    autoencoder = Autoencoder(
        MLP([Dense(dataset.inputDim, hidden, ReLU(), optimizer)]),
        MLP([Dense(hidden, dataset.inputDim, Sigmoid(), optimizer)]),
        corruption=corruption,
    )
    print(autoencoder)
    print(f"Corruption: {corruption}")
    epochs = options.epochs or epochs
    history = autoencoder.train(dataset, epochs=epochs, schedule=Cosine(), metrics=METRICS, **run.keeping())
    autoencoder.save(run.folder / "autoencoder.safetensors")

    images = dataset.testSet()[0]
    corrupted = corruption.apply(images, rng=0)
    rows = {
        "original": images,
        "corrupted": corrupted,
        "best linear map": linearDenoiser(dataset, corruption)(corrupted),
        "autoencoder": autoencoder.reconstruct(corrupted),
    }
    print(f"Mean squared error per pixel on the test set, after {history.seconds:.0f} s of training:")
    shown = {}
    for name, outputs in rows.items():
        error = np.mean((outputs - images) ** 2)
        shown[f"{name}\nsquared error {error:.4f}" if error else name] = outputs[:, :12]
        if error:
            print(f"{name:<16} {error:.5f}")

    heading = f"{corruption}: what is left of the error, per pixel of the test set"
    figures = {
        "curves": plots.plotHistory(history, panels={"Loss in nats": "loss"}),
        "denoised": plots.plotRows(shown, dataset.imageShape, heading, limits=(0, 1)),
        "field": field(min(60, options.epochs or 60)),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def linearDenoiser(dataset: Dataset, corruption: Corruption) -> Callable[[Any], Any]:
    """The affine map from corrupted to clean images that has the least squared error on the training set.

    What it gives beyond black and white is cut.
    """

    def with_one(x: Any) -> Any:
        return np.concatenate((x, np.ones_like(x[:1]))).astype(float)

    square = product = 0.0
    for inputs, _ in dataset.chunks("train"):
        corrupted = with_one(corruption.apply(inputs))
        square += corrupted @ corrupted.T
        product += corrupted @ inputs.T
    weight = np.linalg.lstsq(square, product, rcond=1e-6)[0].T  # pixels that are nearly always black carry no weight
    return lambda x: np.clip(weight @ with_one(x), 0, 1)


def field(epochs: int) -> Any:
    """The vectors r(x) - x around two moons, for an autoencoder r that was trained to denoise their points."""
    moons = Dataset("two_moons", noise=0, batch_size=100)
    optimizer = Adam(lr=0.005)
    autoencoder = Autoencoder(
        MLP([Dense(2, 100, ReLU(), optimizer), Dense(100, 100, ReLU(), optimizer)]),
        MLP([Dense(100, 2, optimizer=optimizer)]),
        corruption=GaussianNoise(0.15, clip=None),
    )
    autoencoder.train(moons, epochs=epochs, schedule=Cosine(), metrics=[])

    data = moons.testSet()[0]
    x, y = np.meshgrid(np.linspace(-1.4, 2.4, 20), np.linspace(-0.9, 1.4, 13))
    points = np.stack((x.ravel(), y.ravel()))
    points = points[:, distance(points, data) < 0.4]  # farther away hardly any point came in the training
    moved = autoencoder.reconstruct(points)
    before, after = distance(points, data).mean(), distance(moved, data).mean()
    print(f"Points around two moons are {before:.3f} from them on average, denoised {after:.3f}")
    title = f"Denoised: distance from the data {before:.2f} → {after:.2f}"
    return plots.plotVectorField(points, moved - points, data, title=title, names=("r(x) - x", "data"))


def distance(points: Any, data: Any) -> Any:
    """From every point (2, N) to the nearest of the data (2, M)."""
    return np.hypot(*(points[:, :, np.newaxis] - data[:, np.newaxis, :])).min(axis=1)


if __name__ == "__main__":
    runScript(main)

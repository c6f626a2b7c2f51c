"""Autoencoders: an ordinary one, a linear one beside PCA, denoising ones beside the best linear map."""

from __future__ import annotations

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Corruption, Dataset, GaussianNoise, Masking
from layers import Dense
from loss import MSE
from nn import MLP, PCA, Autoencoder, principalAngles
from optimizer import Adam, Cosine

AUTOENCODER = "autoencoder 784-128-32-128-784, 20 epochs"
LINEAR = "linear autoencoder 784-16-784, six epochs"
DENOISING = "denoising autoencoder 784-1024-784, eight epochs"
MAP = "best linear map in the place of a denoising autoencoder"
CORRUPTIONS: dict[str, Corruption] = {
    "Gaussian noise of 0.5": GaussianNoise(0.5),
    "25 % of the pixels lost": Masking(0.25),
}
PER_PIXEL = "squared error per pixel"
OPTIMUM = "PCA, fitted in the same row: the optimum of linear maps"


@row(
    [
        Figure(
            "squared error", AUTOENCODER, "squared error of an image", "", 2, "lower",
            Another("pca", "test error, k = 32", "PCA, 32 components"),
        ),
        Figure(
            "cross-entropy", AUTOENCODER, "cross-entropy per pixel", "nats", 4, "lower",
            anchor="~0.08 (784-128-64-32-64-128-784, 100 epochs)",
            source="F. Chollet, Building autoencoders in Keras (blog.keras.io, 2016), deep autoencoder", checked=True,
        ),
    ],
    seconds=110,
)  # fmt: skip
def autoencoder(now: Setting) -> dict[str, float]:
    dataset, adam = Dataset(now.images, batch_size=50), Adam(lr=0.002)
    pixels = dataset.inputDim
    model = Autoencoder(
        MLP([Dense(pixels, 128, ReLU(), adam), Dense(128, 32, optimizer=adam)]),
        MLP([Dense(32, 128, ReLU(), adam), Dense(128, pixels, Sigmoid(), adam)]),
    )
    model.train(dataset, epochs=now.epochs(20), metrics=[], schedule=Cosine())
    values = model.evaluate(dataset)
    return {"squared error": values["squared_error"], "cross-entropy": values["loss"] / pixels}


@row(
    [
        Figure(
            "excess", LINEAR, "training error above that of PCA", "%", 3, "lower", anchor="0",
            source=OPTIMUM, checked=True,
        ),
        Figure(
            "angle", LINEAR, "largest angle to PCA's subspace", "°", 2, "lower", anchor="0",
            source=OPTIMUM, checked=True,
        ),
    ],
    seconds=20,
)  # fmt: skip
def linearAutoencoder(now: Setting) -> dict[str, float]:
    """On centred training data; PCA's error is the sum of the variances that it leaves out. Nothing is tested."""
    dataset = Dataset(now.images)
    best = PCA(16).fit(dataset)
    x = dataset.trainSet()[0] - best.mean.astype(np.float32)
    pixels, adam = dataset.inputDim, Adam(lr=0.002)
    model = Autoencoder(MLP([Dense(pixels, 16, optimizer=adam)]), MLP([Dense(16, pixels, optimizer=adam)]))
    centred = Dataset.fromArrays(x, testInputs=x[:, :1], batch_size=50)
    model.train(centred, MSE(), now.epochs(6), [], schedule=Cosine())
    error = model.evaluate(x, ["squared_error"])["squared_error"]
    optimum = best.totalVariance - best.explainedVariance.sum()
    angles = principalAngles(model.decoder.layers[0].weight, best.components)
    return {"excess": 100 * (error / optimum - 1), "angle": float(np.degrees(angles.max()))}


def _denoising_row(corruption: str) -> list[Figure]:
    best = Another("linearMap", f"map, {corruption}", "best linear map")
    return [Figure("squared error", DENOISING, f"{PER_PIXEL}, {corruption}", "", 4, "lower", best)]


@row(_denoising_row("Gaussian noise of 0.5"), seconds=150)
def denoisingNoise(now: Setting) -> dict[str, float]:
    return _denoised(now, CORRUPTIONS["Gaussian noise of 0.5"])


@row(_denoising_row("25 % of the pixels lost"), seconds=150)
def denoisingMask(now: Setting) -> dict[str, float]:
    return _denoised(now, CORRUPTIONS["25 % of the pixels lost"])


def _denoised(now: Setting, corruption: Corruption) -> dict[str, float]:
    dataset, adam = Dataset(now.images, batch_size=50), Adam(lr=0.002)
    pixels = dataset.inputDim
    encoder, decoder = MLP([Dense(pixels, 1024, ReLU(), adam)]), MLP([Dense(1024, pixels, Sigmoid(), adam)])
    model = Autoencoder(encoder, decoder, corruption=corruption)
    model.train(dataset, epochs=now.epochs(8), metrics=[], schedule=Cosine())
    return {"squared error": model.evaluate(dataset, ["squared_error"])["squared_error"] / pixels}


@row(
    [
        Figure(f"{what}, {corruption}", MAP, f"{PER_PIXEL}, {corruption}: {text}", "", 4)
        for corruption in CORRUPTIONS
        for what, text in (("map", "the map"), ("image", "the corrupted image"))
    ],
    seeds=range(1),
    seconds=20,
)
def linearMap(now: Setting) -> dict[str, float]:
    """The least squares from corrupted training images to clean ones, with a constant, on corrupted test images.

    What it gives is cut off at 0 and 1, where pixels end, as a Sigmoid does.
    """
    dataset = Dataset(now.images)
    x, test = dataset.trainSet()[0], dataset.testSet()[0]
    found = {}
    for name, corruption in CORRUPTIONS.items():
        corrupted, seen = (corruption.apply(one, rng=i, facts=dataset.facts) for i, one in enumerate((x, test)))
        corrupted, spoilt = (np.concatenate([one, np.ones_like(one[:1])]) for one in (corrupted, seen))
        # W = X C^T (C C^T)^-1 for images X and corrupted ones C
        moments = [a.astype(float) @ corrupted.T.astype(float) for a in (corrupted, x)]
        weights = np.linalg.lstsq(moments[0], moments[1].T)[0].T
        found[f"map, {name}"] = float(np.mean((np.clip(weights @ spoilt, 0, 1) - test) ** 2))
        found[f"image, {name}"] = float(np.mean((seen - test) ** 2, dtype=float))
    return found

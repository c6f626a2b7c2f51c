"""Convolutional autoencoders: the two of the third lecture as listed, and a larger one of each kind."""

from __future__ import annotations

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import Activation, ReLU, Sigmoid
from dataset import Dataset, GaussianNoise
from layers import Conv2D, Conv2DTranspose, Cropping2D, Dense, Flatten, MaxPooling2D, Reshape, ZeroPadding2D
from loss import MSE, CrossEntropy
from nn import MLP, PCA, Autoencoder
from optimizer import Adam, Cosine, WarmUp

LISTED = "convolutional autoencoder of the third lecture, 3,801 parameters, code of 128, 70 epochs"
LARGER = "convolutional autoencoder 32-64-128, 843,649 parameters, code of 128, 25 epochs"
LISTED_DENOISING = "denoising convolutional autoencoder of the third lecture, 19,105 parameters, 25 epochs"
LARGER_DENOISING = "denoising convolutional autoencoder 32-64-256, 1,646,593 parameters, 30 epochs"
ERROR, PER_PIXEL = "squared error of an image", "squared error per pixel, Gaussian noise of 0.5, not cut off"
PROTOTYPES = "PyTorch prototypes of this project, issue 14"
STEPS = 100  # of warm-up


@row(
    [
        Figure(
            "cross-entropy", LISTED, "cross-entropy per pixel", "nats", 4, "lower",
            anchor="0.094 (the same encoder, decoder with up-sampling, 50 epochs)",
            source="F. Chollet, Building autoencoders in Keras (blog.keras.io, 2016), convolutional autoencoder",
            checked=True,
        ),
        Figure("squared error", LISTED, ERROR, "", 2, "lower", anchor="8.7 (nine minutes)", source=PROTOTYPES),
    ],
    seconds=480,
)  # fmt: skip
def convolutionalAutoencoder(now: Setting) -> dict[str, float]:
    dataset, adam = Dataset(now.images, images=True, batch_size=32), Adam(lr=0.006)
    border = -dataset.sampleShape[1] % 8 // 2  # 28 become 32, which can be halved three times
    encoder = MLP(
        [
            ZeroPadding2D(border),
            Conv2D(1, 16, 3, ReLU(), adam, padding="same"),
            MaxPooling2D(2),
            Conv2D(16, 8, 3, ReLU(), adam, padding="same"),
            MaxPooling2D(2),
            Conv2D(8, 8, 3, ReLU(), adam, padding="same"),
            MaxPooling2D(2),
        ]
    )
    decoder = MLP(
        [
            Conv2DTranspose(8, 8, 3, ReLU(), adam, strides=2, padding="same"),
            Conv2DTranspose(8, 16, 3, ReLU(), adam, strides=2, padding="same"),
            Conv2DTranspose(16, 1, 3, Sigmoid(), adam, strides=2, padding="same"),
            Cropping2D(border),
        ]
    )
    model = Autoencoder(encoder, decoder, CrossEntropy())  # which it would guess of a Sigmoid at the very end
    values = _trained(model, dataset, now.epochs(70))
    return {"cross-entropy": values["loss"] / dataset.inputDim, "squared error": values["squared_error"]}


@row(
    [
        Figure(
            "squared error", LARGER, ERROR, "", 2, "lower",
            Another("pca128", "squared error", "PCA, 128 components"),
        )
    ],
    seconds=480,
)  # fmt: skip
def largerConvolutionalAutoencoder(now: Setting) -> dict[str, float]:
    dataset, adam = Dataset(now.images, images=True, batch_size=128), Adam(lr=0.002)
    encoder, decoder = _parts(dataset, 128, adam)
    values = _trained(Autoencoder(encoder, decoder, MSE()), dataset, now.epochs(25))
    return {"squared error": values["squared_error"]}


@row([Figure("squared error", "PCA, 128 components", f"{ERROR}, test set", "", 2)], seeds=range(1), seconds=5)
def pca128(now: Setting) -> dict[str, float]:
    """The same for every seed."""
    dataset = Dataset(now.images)
    x = dataset.testSet()[0]
    error = x - PCA(min(128, dataset.inputDim)).fit(dataset).reconstruct(x)
    return {"squared error": float((error**2).sum(dtype=float) / x.shape[1])}


@row(
    [
        Figure(
            "squared error", LISTED_DENOISING, PER_PIXEL, "", 4, "lower",
            Another("noiseMap", "squared error", "best linear map"),
        )
    ],
    seconds=480,
)  # fmt: skip
def denoisingConvolutional(now: Setting) -> dict[str, float]:
    dataset, adam = Dataset(now.images, images=True, batch_size=32), Adam(lr=0.006)
    encoder = MLP(
        [
            Conv2D(1, 32, 3, ReLU(), adam, padding="same"),
            MaxPooling2D(2),
            Conv2D(32, 32, 3, ReLU(), adam, padding="same"),
            MaxPooling2D(2),
        ]
    )
    decoder = MLP(
        [
            Conv2DTranspose(32, 32, 3, ReLU(), adam, strides=2, padding="same"),
            Conv2DTranspose(32, 1, 3, Sigmoid(), adam, strides=2, padding="same"),
        ]
    )
    model = Autoencoder(encoder, decoder, corruption=GaussianNoise(0.5, clip=None))
    values = _trained(model, dataset, now.epochs(25))
    return {"squared error": values["squared_error"] / dataset.inputDim}


@row(
    [
        Figure(
            "squared error", LARGER_DENOISING, PER_PIXEL, "", 4, "lower",
            Another("denoisingNoise", "squared error", "784-1024-784, noise cut off at 0 and 1"),
        )
    ],
    seconds=480,
)  # fmt: skip
def largerDenoisingConvolutional(now: Setting) -> dict[str, float]:
    dataset, adam = Dataset(now.images, images=True, batch_size=128), Adam(lr=0.002)
    encoder, decoder = _parts(dataset, 256, adam, ReLU())
    model = Autoencoder(encoder, decoder, corruption=GaussianNoise(0.5, clip=None))
    values = _trained(model, dataset, now.epochs(30))
    return {"squared error": values["squared_error"] / dataset.inputDim}


@row(
    [
        Figure(
            "squared error", "best linear map in the place of a denoising convolutional autoencoder", PER_PIXEL, "", 4
        )
    ],
    seeds=range(1),
    seconds=20,
)
def noiseMap(now: Setting) -> dict[str, float]:
    """The least squares from noisy training images to clean ones, with a constant, on noisy test images.

    What it gives is cut off at 0 and 1, where pixels end, as a Sigmoid does.
    """
    dataset, noise = Dataset(now.images), GaussianNoise(0.5, clip=None)
    x, test = dataset.trainSet()[0], dataset.testSet()[0]
    noisy, seen = (
        np.concatenate([noise.apply(one, rng=i), np.ones_like(one[:1])]).astype(float)
        for i, one in enumerate((x, test))
    )
    weights = np.linalg.lstsq(noisy @ noisy.T, noisy @ x.T.astype(float))[0].T
    return {"squared error": float(np.mean((np.clip(weights @ seen, 0, 1) - test) ** 2))}


def _parts(dataset: Dataset, codes: int, adam: Adam, activation: Activation | None = None) -> tuple[MLP, MLP]:
    """Convolutions with stride 2 to a dense code, and back."""
    side = dataset.sampleShape[1] // 4
    encoder = MLP(
        [
            Conv2D(1, 32, 3, ReLU(), adam, strides=2, padding="same"),
            Conv2D(32, 64, 3, ReLU(), adam, strides=2, padding="same"),
            Flatten(),
            Dense(64 * side**2, codes, activation, adam),
        ]
    )
    decoder = MLP(
        [
            Dense(codes, 64 * side**2, ReLU(), adam),
            Reshape((64, side, side)),
            Conv2DTranspose(64, 32, 3, ReLU(), adam, strides=2, padding="same"),
            Conv2DTranspose(32, 1, 3, Sigmoid(), adam, strides=2, padding="same"),
        ]
    )
    return encoder, decoder


def _trained(model: Autoencoder, dataset: Dataset, epochs: int) -> dict[str, float]:
    """Trained with warm-up, and evaluated on the test set."""
    warm = min(0.5, STEPS / len(dataset))
    model.train(dataset, epochs=epochs, metrics=[], schedule=WarmUp(warm, Cosine()))
    return model.evaluate(dataset)

"""Trains the convolutional autoencoder of the third lecture: padding to 32 x 32, kernels 16-8-8, a code of 8 x 4 x 4.

    python examples/train_conv_ae.py
    python examples/train_conv_ae.py --denoise
    python examples/train_conv_ae.py --enhance

With --denoise the lecture's denoising one, 32-32, on images with Gaussian noise of 0.5; with --enhance a network that
makes 28 x 28 pixels of 7 x 7 averages, beside interpolation. Looks inside: kernels, what every layer makes of an image,
where the classes lie in the code, and how well a linear classifier tells them apart there, as in Turchenko et al. 2017,
arXiv:1712.08876. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import AveragePooling2D, Conv2D, Conv2DTranspose, Cropping2D, Dense, MaxPooling2D, ZeroPadding2D
from nn import MLP, PCA, Autoencoder, GaussianNoise, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine, WarmUp

METRICS = ["train_loss", "test_loss", "train_squared_error", "test_squared_error"]


def main() -> None:
    arguments = parser(__doc__, batchSize=32)
    kind = arguments.add_mutually_exclusive_group()
    kind.add_argument("--denoise", action="store_true", help="take Gaussian noise of 0.5 away")
    kind.add_argument("--enhance", action="store_true", help="make images of averages of 4 x 4 pixels, digits: 2 x 2")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 5, for the small digits 100)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    with runOf(options, "conv-ae", dataset) as run:
        if options.denoise:
            denoise(options, dataset, run)
        elif options.enhance:
            enhance(options, dataset, run)
        else:
            encode(options, dataset, run)


def encode(options: Namespace, dataset: Dataset, run: Run) -> None:
    """The autoencoder, and what is in its code."""
    side, optimizer = dataset.sampleShape[1], Adam(lr=0.003)
    border = -side % 8 // 2  # 28 become 32, which can be halved three times
    encoder = MLP()
    encoder.addLayer(ZeroPadding2D(border))
    encoder.addLayer(Conv2D(1, 16, 3, ReLU(), optimizer, padding="same"))
    encoder.addLayer(MaxPooling2D(2))
    encoder.addLayer(Conv2D(16, 8, 3, ReLU(), optimizer, padding="same"))
    encoder.addLayer(MaxPooling2D(2))
    encoder.addLayer(Conv2D(8, 8, 3, ReLU(), optimizer, padding="same"))
    encoder.addLayer(MaxPooling2D(2))
    decoder = MLP()
    decoder.addLayer(Conv2DTranspose(8, 8, 3, ReLU(), optimizer, strides=2, padding="same"))
    decoder.addLayer(Conv2DTranspose(8, 16, 3, ReLU(), optimizer, strides=2, padding="same"))
    decoder.addLayer(Conv2DTranspose(16, 1, 3, Sigmoid(), optimizer, strides=2, padding="same"))
    decoder.addLayer(Cropping2D(border))
    autoencoder = Autoencoder(encoder, decoder)
    train(autoencoder, options, dataset, run)

    images = dataset.testSet()[0]
    codes = autoencoder.encode(images)
    flat, pixels = codes.reshape(-1, images.shape[-1]), images.reshape(dataset.inputDim, -1)
    pca = PCA(len(flat)).fit(dataset.asColumns())
    rows = {"original": images, f"PCA, {len(flat)} numbers": pca.reconstruct(pixels).reshape(images.shape)}
    rows[f"autoencoder, {len(flat)} numbers"] = autoencoder.reconstruct(images)
    alive = np.count_nonzero(codes.max(axis=(1, 2, 3)))
    print(f"A code has {len(flat)} numbers in {len(codes)} channels, of which {alive} are not always 0")
    print("Test accuracy of a linear classifier:")
    for name, coded in (("code", autoencoder.encode), ("pixels", lambda x: x)):
        print(f"{name:<6} {linearAccuracy(coded, dataset, epochsOf(options, dataset)):.2%}", flush=True)
    plane = PCA(2).fit(flat)
    share = plane.explainedVarianceRatio.sum()
    title = f"Codes: two principal components, {share:.0%} of the variance"
    figures = {
        "reconstructions": compared(rows, "What comes back; squared error per pixel of the test set"),
        "codes": plots.plotCodes({title: plane.transform(flat)}, dataset.labels("test"), dataset.classNames),
        "kernels": plots.plotKernels(encoder.layers[1]),
        "deep_kernels": plots.plotKernels(encoder.layers[3]),
        "layers": plots.plotLayers(autoencoder, images[..., 0]),
    }
    write(figures, run)


def denoise(options: Namespace, dataset: Dataset, run: Run) -> None:
    """The denoising autoencoder: the loss compares with the clean image, in an evaluation, too.

    `Corrupt(0.5)` as the first layer is the same in training, and does nothing in an evaluation.
    """
    noise, optimizer = GaussianNoise(0.5, clip=None), Adam(lr=0.003)
    encoder = MLP()
    encoder.addLayer(Conv2D(1, 32, 3, ReLU(), optimizer, padding="same"))
    encoder.addLayer(MaxPooling2D(2))
    encoder.addLayer(Conv2D(32, 32, 3, ReLU(), optimizer, padding="same"))
    encoder.addLayer(MaxPooling2D(2))
    decoder = MLP()
    decoder.addLayer(Conv2DTranspose(32, 32, 3, ReLU(), optimizer, strides=2, padding="same"))
    decoder.addLayer(Conv2DTranspose(32, 1, 3, Sigmoid(), optimizer, strides=2, padding="same"))
    autoencoder = Autoencoder(encoder, decoder, corruption=noise)
    train(autoencoder, options, dataset, run)

    images = dataset.testSet()[0]
    noisy = noise.apply(images, rng=0)
    rows = {"original": images, "noisy": noisy, "autoencoder": autoencoder.reconstruct(noisy)}
    figures = {
        "denoised": compared(rows, "Gaussian noise of 0.5: squared error per pixel of the test set"),
        "kernels": plots.plotKernels(encoder.layers[0]),
        "layers": plots.plotLayers(autoencoder, noisy[..., 0]),
    }
    write(figures, run)


def enhance(options: Namespace, dataset: Dataset, run: Run) -> None:
    """An autoencoder whose code is given: the averages of small squares. Its decoder makes an image of them."""
    factor = 4 if dataset.sampleShape[1] % 4 == 0 and dataset.sampleShape[1] > 8 else 2
    optimizer = Adam(lr=0.003)
    encoder = MLP([AveragePooling2D(factor)])
    decoder = MLP()
    decoder.addLayer(Conv2D(1, 32, 3, ReLU(), optimizer, padding="same"))
    decoder.addLayer(Conv2D(32, 32, 3, ReLU(), optimizer, padding="same"))
    decoder.addLayer(Conv2DTranspose(32, 32, 3, ReLU(), optimizer, strides=factor // 2, padding="same"))
    decoder.addLayer(Conv2DTranspose(32, 1, 4, Sigmoid(), optimizer, strides=2, padding="same"))
    autoencoder = Autoencoder(encoder, decoder)
    train(autoencoder, options, dataset, run)

    images = dataset.testSet()[0]
    small = autoencoder.encode(images)
    rows = {
        "original": images,
        "nearest": small.repeat(factor, axis=1).repeat(factor, axis=2),
        "bicubic": bicubic(small, factor),
        "network": autoencoder.decode(small),
    }
    size = " x ".join(map(str, small.shape[1:3]))
    figures = {
        "enhanced": compared(rows, f"From {size} pixels: squared error per pixel of the test set"),
        "layers": plots.plotLayers(autoencoder, images[..., 0]),
    }
    write(figures, run)


def train(autoencoder: Autoencoder, options: Namespace, dataset: Dataset, run: Run) -> None:
    """Adam with 100 steps of warm-up, without which channels of the code die."""
    print(autoencoder)
    epochs = epochsOf(options, dataset)
    schedule = WarmUp(min(100 / len(dataset), epochs / 2), Cosine())
    history = autoencoder.train(dataset, epochs=epochs, schedule=schedule, metrics=METRICS, **run.keeping())
    autoencoder.save(run.folder / "autoencoder.safetensors")
    plots.save(plots.plotHistory(history, panels={"Loss in nats": "loss"}), run.folder / "curves.png", dpi=150)
    loss = history["test_loss"][-1]
    print(f"Test loss {loss:.2f} nats, {loss / dataset.inputDim:.4f} per pixel, after {history.seconds:.0f} s")


def epochsOf(options: Namespace, dataset: Dataset) -> int:
    return options.epochs or (100 if dataset.name == "digits" else 5)


def linearAccuracy(encode: Any, dataset: Dataset, epochs: int) -> float:
    """On the test set, of a linear classifier that sees nothing but the codes."""
    (images, labels), (tests, test_labels) = dataset.trainSet(), dataset.testSet()
    codes, test_codes = (encode(x).reshape(-1, x.shape[-1]) for x in (images, tests))
    coded = Dataset.fromArrays(codes, labels, testInputs=test_codes, testLabels=test_labels, standardize=True)
    classifier = MLP([Dense(len(codes), dataset.labelDim, Softmax(), Adam(lr=0.003))])
    classifier.train(coded, epochs=epochs, metrics=[], schedule=Cosine())
    return classifier.evaluate(coded, ["accuracy"])["accuracy"]


def bicubic(images: Any, factor: int) -> Any:
    """Images (channels, height, width, N) enlarged by cubic convolution, both axes apart; edges are continued.

    Keys 1981, "Cubic convolution interpolation for digital image processing", with a = -1/2.
    """

    def enlarged(rows: Any) -> Any:
        count = len(rows)
        places = (np.arange(count * factor) + 0.5) / factor - 0.5  # of new pixels' centres among the old ones
        first = np.floor(places).astype(int)
        weights = np.zeros((count * factor, count), rows.dtype)
        for tap in range(-1, 3):
            s = abs(places - first - tap)
            near, far = 1.5 * s**3 - 2.5 * s**2 + 1, -0.5 * s**3 + 2.5 * s**2 - 4 * s + 2
            np.add.at(weights, (np.arange(len(places)), np.clip(first + tap, 0, count - 1)), np.where(s < 1, near, far))
        return np.tensordot(weights, rows, 1)

    tall = np.moveaxis(enlarged(np.moveaxis(images, 1, 0)), 0, 1)
    wide = np.moveaxis(enlarged(np.moveaxis(tall, 2, 0)), 0, 2)
    return np.clip(wide, 0, 1)


def compared(rows: dict[str, Any], heading: str) -> Any:
    """Prints and draws what is left of the error in each row after the first."""
    (first, original), *others = rows.items()
    shown = {first: original[..., :12]}
    print("Squared error per pixel of the test set:")
    for name, images in others:
        error = float(np.mean((images - original) ** 2))
        print(f"{name:<24} {error:.5f}")
        shown[f"{name}\n{error:.4f}"] = images[..., :12]
    return plots.plotRows(shown, heading=heading, limits=(0, 1))


def write(figures: dict[str, Any], run: Run) -> None:
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


if __name__ == "__main__":
    runScript(main)

"""What the two networks of a GAN are good for once it is trained: features, and more training data. Or not.

    python examples/use_gan.py
    python examples/use_gan.py --dataset digits --labelled 10

The discriminator as a feature extractor: a convolutional GAN learns from all training images without labels; a linear
probe then learns from few labels, on what the discriminator's convolutions give, on what they gave before the training,
and on pixels. The generator as augmentation: a GAN learns from a few labelled images alone, each with its label below
it as ten more numbers, and so makes labelled images; a classifier is trained with and without them, beside the usual
augmentation, shifts, with as many updates each. Writes tables, pictures and the trained networks to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset, Shifts
from layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    Reshape,
)
from loss import CategoricalCrossEntropy
from nn import GAN, MLP, fewLabels, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

TIMES = 10  # samples for each labelled image


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument("--epochs", type=positiveInteger, help="of the first GAN (default: 10, small digits 60)")
    arguments.add_argument(
        "--labelled", type=positiveInteger, help="images of each class for the second (default: 100, small digits 10)"
    )
    arguments.add_argument(
        "--updates",
        type=positiveInteger,
        default=3000,
        help="of the second GAN, and of each classifier (default: 3000)",
    )
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    with runOf(options, "use-gan", dataset) as run:
        features = discriminatorFeatures(options, dataset, run)
        samples = generatorAugmentation(options, dataset, run)
        (run.folder / "uses.txt").write_text(f"{features}\n\n{samples}\n")
        print(f"Metrics, tables, pictures and the trained networks are in {run.folder}")


# The discriminator ---------------------------------------------------------------------------------------------------


def discriminatorFeatures(options: Namespace, dataset: Dataset, run: Run) -> str:
    small = dataset.name == "digits"
    gan = convolutionalGan(dataset.imageShape[0] // 4, *((32, 64) if small else (16, 32)))
    untrained = gan.discriminator.copy()
    signed = dataset.mapped(lambda x: 2 * x - 1)  # as Tanh gives them
    gan.train(signed, epochs=options.epochs or (60 if small else 10), schedule=Cosine(), **run.keeping())
    gan.save(run.folder / "gan.safetensors")

    encoders = {
        "pixels": lambda x: x,
        "discriminator as drawn": featuresOf(untrained),
        "discriminator": featuresOf(gan.discriminator),
    }
    few = fewLabels(encoders, dataset, (1, 3, 10, 30, 100))
    text = f"Accuracy of a linear probe on the test set, mean of five draws of labels\n{few}"
    print(text, flush=True)
    title = "What a discriminator learns without labels"
    figure = plots.plotCurves(few.curves(), "labelled images", "test error in %", title, logarithmicX=True)
    plots.save(figure, run.folder / "fewlabels.png", dpi=150)
    return text


def convolutionalGan(side: int, first: int, second: int) -> GAN:
    """Images of four times this side, by way of (second, side, side) and (first, 2 side, 2 side), and back."""
    adam, twice = Adam(lr=0.0005, beta1=0.5), {"strides": 2, "padding": "same"}
    generator = MLP(
        [
            Dense(64, second * side**2, optimizer=adam),
            Reshape((second, side, side)),
            BatchNormalization(second, optimizer=adam),
            Activate(ReLU()),
            Conv2DTranspose(second, first, 4, optimizer=adam, **twice),
            BatchNormalization(first, optimizer=adam),
            Activate(ReLU()),
            Conv2DTranspose(first, 1, 4, Tanh(), adam, **twice),
        ]
    )
    discriminator = MLP(
        [
            Conv2D(1, first, 4, LeakyReLU(0.2), adam, **twice),
            Conv2D(first, second, 4, LeakyReLU(0.2), adam, **twice),
            Flatten(),
            Dense(second * side**2, 1, Sigmoid(), adam),
        ]
    )
    return GAN(generator, discriminator)


def featuresOf(discriminator: MLP) -> Callable[[Any], Any]:
    """What both convolutions give, pooled and side by side, as in DCGAN (Radford et al. 2016, section 5.1)."""
    pool = MLP([MaxPooling2D(2), Flatten()])

    def features(images: Any) -> Any:
        return np.concatenate([pool.predict(discriminator.predict(2 * images - 1, until=k)) for k in (1, 2)])

    return features


# The generator -------------------------------------------------------------------------------------------------------


def generatorAugmentation(options: Namespace, dataset: Dataset, run: Run) -> str:
    small = dataset.name == "digits"
    few = dataset.fewPerClass(options.labelled or (10 if small else 100), rng=options.seed)
    x, y = few.trainSet()
    images, labels = labelledSamples(x, y, options.updates, small, run)
    rows = {"labelled": oneOfEach(x, y), "sampled": oneOfEach(images, labels)}
    heading = f"{few.train_size} labelled images, and what a GAN makes of them with their labels"
    plots.save(plots.plotRows(rows, dataset.imageShape, heading, (0, 1)), run.folder / "samples.png")

    real = np.repeat(x, TIMES, axis=-1), np.repeat(y, TIMES, axis=-1)
    mixed = np.concatenate([real[0], images], axis=-1), np.concatenate([real[1], labels], axis=-1)
    twice = np.concatenate([real[0], real[0]], axis=-1), np.concatenate([real[1], real[1]], axis=-1)
    text = f"Test accuracy of a classifier that learns from {few.train_size} labelled images, equally many updates"
    for name, data, shifts in (
        ("these alone", twice, 0),
        ("with the generator's samples", mixed, 0),
        ("shifted by a pixel or two", twice, 1 if small else 2),
        ("samples and shifts", mixed, 1 if small else 2),
    ):
        shares = [accuracy(few, data, shifts, options.updates, rng) for rng in range(3)]
        text += f"\n{name:<30}{np.mean(shares):.2%}"
    print(text)
    return text


def labelledSamples(x: Any, y: Any, updates: int, small: bool, run: Run) -> tuple[Any, Any]:
    """Ten times as many, by a GAN that learnt p(image, label) from these: columns of pixels and of one-hot labels."""
    both = np.concatenate([2 * x.reshape(-1, x.shape[-1]) - 1, 2 * y - 1])
    noise, sizes = 32, (64, 128, 256) if small else (128, 256, 512)
    adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
    up, down = (noise, *sizes), (len(both), *reversed(sizes))
    generator = MLP(Dense(a, b, LeakyReLU(0.2), adam) for a, b in pairwise(up))
    generator.addLayer(Dense(sizes[-1], len(both), Tanh(), adam))
    discriminator = MLP(Dense(a, b, LeakyReLU(0.2), decaying) for a, b in pairwise(down))
    discriminator.addLayer(Dense(sizes[0], 1, Sigmoid(), decaying))
    gan = GAN(generator, discriminator, instanceNoise=0.1)
    pairs = Dataset.fromArrays(both, test_size=0)
    epochs = max(1, updates * pairs.batch_size // pairs.train_size)
    print(f"A GAN learns from {pairs.train_size:,} images with their labels, {epochs:,} epochs", flush=True)
    gan.train(pairs, epochs=epochs, metrics=[], schedule=Cosine(), progress=False)
    gan.save(run.folder / "pairs.safetensors")
    count = TIMES * x.shape[-1]
    samples = gan.sample(count)
    pixels, labels = samples[: -len(y)], samples[-len(y) :]
    classes = labels.argmax(axis=0)
    return (pixels.reshape(*x.shape[:-1], count) + 1) / 2, np.eye(len(y), dtype=y.dtype)[:, classes]


def accuracy(few: Dataset, data: tuple[Any, Any], shifts: int, updates: int, rng: int) -> float:
    """On the test set, after training on these images and labels."""
    test = few.testSet()
    augment = Shifts(shifts) if shifts else None
    images = Dataset.fromArrays(
        data[0], data[1].argmax(axis=0), testInputs=test[0], testLabels=few.labels("test"), augment=augment, rng=rng
    )
    adam = Adam(lr=0.001)
    layers = [
        Flatten(),
        Dense(few.inputDim, 256, ReLU(), adam),
        Dropout(0.5),
        Dense(256, len(data[1]), Softmax(), adam),
    ]
    model = MLP(layers)
    epochs = max(1, updates * images.batch_size // images.train_size)
    model.train(images, CategoricalCrossEntropy(), epochs, metrics=[], schedule=Cosine(), progress=False)
    return model.evaluate(images, ["accuracy"])["accuracy"]


def oneOfEach(images: Any, labels: Any) -> Any:
    """One image of each class; where there is none, the first of all."""
    return images[..., [int(np.argmax(row)) for row in labels]]


if __name__ == "__main__":
    runScript(main)

"""What the two networks of a GAN are good for once it is trained: features, and more training data. Or not.

    python examples/use_gan.py
    python examples/use_gan.py --dataset digits --labelled 10

The discriminator as a feature extractor: a convolutional GAN learns from all training images without labels; a linear
probe then learns from few labels, on what the discriminator's convolutions give, on what they gave before the training,
and on pixels. The generator as augmentation: of few labelled images, those of each class train a GAN of their own, so
that its samples have a label; a classifier is trained with and without them, beside the usual augmentation, shifts,
with as many updates each. Writes tables, pictures and the first GAN to a run folder.
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
        "--labelled", type=positiveInteger, help="images of each class, for the others (default: 100, small digits 10)"
    )
    arguments.add_argument(
        "--updates", type=positiveInteger, default=2000, help="of each classifier, and 4 GANs together (default: 2000)"
    )
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    with runOf(options, "use-gan", dataset) as run:
        features = discriminatorFeatures(options, dataset, run)
        samples = generatorAugmentation(options, dataset, run)
        (run.folder / "uses.txt").write_text(f"{features}\n\n{samples}\n")
        print(f"Metrics, tables, pictures and the GAN are in {run.folder}")


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
    print(f"A GAN for each class learns from its {x.shape[-1] // len(y)} labelled images", flush=True)
    images, labels = labelledSamples(x, y, max(1, options.updates // 4), small)
    rows = {"labelled": ofEach(x, y, 0)} | {f"sampled, {k}": ofEach(images, labels, k) for k in (1, 2, 3)}
    heading = f"{few.train_size} labelled images, and what a GAN for each class makes of them"
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


def labelledSamples(x: Any, y: Any, updates: int, small: bool) -> tuple[Any, Any]:
    """Images and one-hot labels, TIMES as many: of every class by a GAN that learnt from its images alone."""
    labels, found = y.argmax(axis=0), []
    noise, sizes = 32, (32, 64, 128) if small else (64, 128, 256)
    for one in range(len(y)):
        signed = 2 * x[..., labels == one].reshape(-1, np.sum(labels == one)) - 1
        adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
        up, down = (noise, *sizes), (len(signed), *reversed(sizes))
        generator = MLP(Dense(a, b, LeakyReLU(0.2), adam) for a, b in pairwise(up))
        generator.addLayer(Dense(sizes[-1], len(signed), Tanh(), adam))
        discriminator = MLP(Dense(a, b, LeakyReLU(0.2), decaying) for a, b in pairwise(down))
        discriminator.addLayer(Dense(sizes[0], 1, Sigmoid(), decaying))
        gan = GAN(generator, discriminator, instanceNoise=0.3)
        alone = Dataset.fromArrays(signed, test_size=0)
        epochs = max(1, updates // len(alone))
        gan.train(alone, epochs=epochs, metrics=[], schedule=Cosine(), progress=False)
        found.append(gan.sample(TIMES * signed.shape[1]))
    images = (np.concatenate(found, axis=1).reshape(*x.shape[:-1], -1) + 1) / 2
    return images, np.repeat(y[:, np.argsort(labels, kind="stable")], TIMES, axis=1)


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


def ofEach(images: Any, labels: Any, place: int) -> Any:
    """The image at this place among those of its class, of each class."""
    return images[..., [np.flatnonzero(row)[place] for row in labels]]


if __name__ == "__main__":
    runScript(main)

"""DeepDream (Mordvintsev, Olah & Tyka 2015; fourth lecture): more and more of what a network sees in a photo.

    python examples/deep_dream.py
    python examples/deep_dream.py --picture me.jpg --of bricks
    python examples/deep_dream.py --weights vgg19.safetensors --layer conv4_3 --size 320

A picture becomes what makes a network's activations larger, from small to large, with jitter. The network is a
convolutional classifier that learns to tell five textures apart in grey patches, and has seen nothing else: a channel
of its last layer sees one of them everywhere. Or VGG-19, where its weights are at hand (docs/seeing.md): then a whole
layer, as in DeepDream. Writes pictures and the network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset, patches, readPicture, samplePhoto, texture, writePicture
from layers import Activate, AveragePooling2D, Conv2D, Corrupt, Flatten
from loss import CategoricalCrossEntropy
from nn import MLP, Dream, TotalVariation, UnitActivation, optimizeInput, plots, vgg19
from nn.runs import Run, RunError, nonNegativeNumber, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

TEXTURES = ["stripes", "checks", "waves", "bricks", "scales"]
CLASSES = 7  # the layer with a map for each


def main() -> None:
    arguments = parser(__doc__, batchSize=30, datasets=())
    arguments.add_argument("--picture", help="a photo (default: the one that matplotlib ships)")
    arguments.add_argument("--of", choices=TEXTURES, default="scales", help="of the classifier (default: scales)")
    arguments.add_argument("--weights", help="VGG-19 as safetensors in torchvision's layout (default: a classifier)")
    arguments.add_argument("--layer", default="conv4_3", help="of VGG-19 (default: conv4_3)")
    arguments.add_argument("--size", type=positiveInteger, default=192, help="of the longer side (default: 192)")
    arguments.add_argument("--steps", type=positiveInteger, default=20, help="of each octave (default: 20)")
    arguments.add_argument("--octaves", type=positiveInteger, default=4, help="from small to large (default: 4)")
    arguments.add_argument("--rate", type=positiveNumber, default=0.008, help="of Adam (default: 0.008)")
    arguments.add_argument("--smooth", type=nonNegativeNumber, default=1.0, help="total variation (default: 1)")
    arguments.add_argument("--epochs", type=positiveInteger, default=6, help="of the classifier (default: 6)")
    options = arguments.parse_args()

    seed(options.seed)
    photo = picture(options)
    dataset = textures(options)
    print(dataset)
    with runOf(options, "deep-dream", dataset, together=False) as run:
        with told():
            if options.weights is None:
                network, objective = (
                    classifier(options, dataset, run),
                    UnitActivation(CLASSES, TEXTURES.index(options.of)),
                )
                place = run.folder / "picture.safetensors"
            else:  # nothing is trained, and the run's checkpoint is that of the picture
                network, objective = vgg19(options.weights), Dream(options.layer)
                place = run.keeping()["checkpoint"]
            made = optimizeInput(
                network,
                [objective, TotalVariation(options.smooth)],
                photo,
                options.steps,
                Adam(lr=options.rate),
                jitter=8,
                octaves=options.octaves,
                checkpoint=place,
                resume=run.resume,
            )
        writePicture(made.picture, run.folder / "dream.png")
        if made.isInterrupted:  # it may still be small
            raise KeyboardInterrupt
        gap = np.ones((3, photo.shape[1], 8, 1))
        writePicture(np.concatenate([photo, gap, made.picture], axis=2), run.folder / "pictures.png")
        index = made.history.index
        curves = {name: (index, made.history[name]) for name in made.history if name != "total"}
        figure = plots.plotCurves(curves, "step", "weighted objective", "What the steps make small")
        plots.save(figure, run.folder / "curves.png", dpi=150)
        index = -options.steps
        before, after = (-made.history[objective.title][place] for place in (index, -1))
        print(f"In the last octave, the {objective.title} went from {before:.2f} to {after:.2f}")
        print(f"What was made is in {run.folder}")


@contextmanager
def told() -> Iterator[None]:
    """Where pictures or weights that do not fit end the program with a line."""
    try:
        yield
    except ValueError as error:
        raise RunError(str(error)) from error


def picture(options: Namespace) -> Any:
    """The photo."""
    with told():
        if options.picture is None:
            return samplePhoto((options.size, options.size))
        return readPicture(options.picture, options.size)


def textures(options: Namespace) -> Dataset:
    """Grey patches of the five, of any brightness and contrast, and their numbers."""
    pieces = patches([texture(name, 256, options.seed) for name in TEXTURES], 32, 3000, options.seed)
    grey, rng = pieces.mean(axis=0, keepdims=True), np.random.default_rng(options.seed)
    grey -= grey.mean(axis=(1, 2), keepdims=True)
    grey *= rng.uniform(0.1, 0.25, pieces.shape[-1]) / (grey.std(axis=(1, 2), keepdims=True) + 0.001)
    grey += rng.uniform(0.3, 0.7, pieces.shape[-1])
    labels = np.arange(pieces.shape[-1]) % len(TEXTURES)
    return Dataset.fromArrays(
        np.repeat(grey, 3, axis=0), labels, test_size=300, batch_size=options.batch_size, name="patches"
    )


def classifier(options: Namespace, dataset: Dataset, run: Run) -> MLP:
    """Tells them apart; its last convolution gives a map for each of them, of a picture of any size."""
    file = run.folder / "classifier.safetensors"
    if run.resume and file.exists():
        return MLP.load(file)
    adam, same = Adam(lr=0.002), {"padding": "same"}
    grey = Conv2D(3, 1, 1)
    grey.weight, grey.bias, grey.trainable = np.full((1, 3, 1, 1), 4 / 3), [[-2.0]], False
    layers = [
        Corrupt(0.1),
        grey,
        Conv2D(1, 16, 5, ReLU(), adam, **same),
        AveragePooling2D(2),
        Conv2D(16, 32, 3, ReLU(), adam, **same),
        AveragePooling2D(2),
        Conv2D(32, 32, 3, ReLU(), adam, **same),
        Conv2D(32, len(TEXTURES), 1, optimizer=adam),
        AveragePooling2D(8),
        Flatten(),
        Activate(Softmax()),
    ]
    network = MLP(layers)
    loss, metrics = CategoricalCrossEntropy(), ["train_loss", "test_accuracy"]
    history = network.train(dataset, loss, options.epochs, metrics, schedule=Cosine(), **run.keeping())
    print(f"Test accuracy: {history['test_accuracy'][-1]:.1%}")
    network.save(file)
    return network


if __name__ == "__main__":
    runScript(main)

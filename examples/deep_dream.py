"""DeepDream (Mordvintsev, Olah & Tyka 2015; fourth lecture): more and more of what a network sees in a photo.

    python examples/deep_dream.py
    python examples/deep_dream.py --picture me.jpg --of bricks
    python examples/deep_dream.py --weights vgg19.safetensors --layer conv4_3 --size 320

The activations of a layer are made larger, from a small picture to a large one, with jitter. The network is a
convolutional autoencoder that learns from patches of a texture alone: it sees that texture in everything. Or VGG-19,
where its weights are at hand (docs/seeing.md). Writes pictures and the network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid
from dataset import Dataset, patches, readPicture, samplePhoto, texture, writePicture
from layers import AveragePooling2D, Chain, Conv2D, UpSampling2D
from nn import MLP, Autoencoder, Dream, TotalVariation, optimizeInput, plots, vgg19
from nn.runs import Run, RunError, nonNegativeNumber, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam

TEXTURES = ["stripes", "checks", "waves", "bricks", "scales"]


def main() -> None:
    arguments = parser(__doc__, batchSize=20, datasets=())
    arguments.add_argument("--picture", help="a photo (default: the one that matplotlib ships)")
    arguments.add_argument("--of", choices=TEXTURES, default="scales", help="what it has seen (default: scales)")
    arguments.add_argument("--weights", help="VGG-19 as safetensors in torchvision's layout (default: an autoencoder)")
    arguments.add_argument("--layer", help="by number or name (default: 5; of VGG-19 conv4_3)")
    arguments.add_argument("--size", type=positiveInteger, default=192, help="of the longer side (default: 192)")
    arguments.add_argument("--steps", type=positiveInteger, default=20, help="of each octave (default: 20)")
    arguments.add_argument("--octaves", type=positiveInteger, default=4, help="from small to large (default: 4)")
    arguments.add_argument("--rate", type=positiveNumber, default=0.015, help="of Adam (default: 0.015)")
    arguments.add_argument("--smooth", type=nonNegativeNumber, default=2.0, help="total variation (default: 2)")
    arguments.add_argument("--epochs", type=positiveInteger, default=4, help="of the autoencoder (default: 4)")
    options = arguments.parse_args()

    seed(options.seed)
    photo = picture(options)
    example = texture(options.of, 256, options.seed)
    pieces = patches([example], 32, 2000, options.seed)
    dataset = Dataset.fromArrays(pieces, test_size=200, batch_size=options.batch_size, name="patches")
    print(dataset)
    with runOf(options, "deep-dream", dataset) as run:
        network = seen(options, dataset, run) if options.weights is None else vgg19(options.weights)
        layer = options.layer or (5 if options.weights is None else "conv4_3")
        at = int(layer) if str(layer).isdigit() else layer
        made = optimizeInput(
            network,
            [Dream(at), TotalVariation(options.smooth)],
            photo,
            options.steps,
            Adam(lr=options.rate),
            jitter=8,
            octaves=options.octaves,
            checkpoint=run.folder / "picture.safetensors",
            resume=run.resume,
        )
        writePicture(made.picture, run.folder / "dream.png")
        gap = np.ones((3, photo.shape[1], 8, 1))
        writePicture(np.concatenate([photo, gap, made.picture], axis=2), run.folder / "pictures.png")
        curves = {"dream": (made.history.index, made.history["dream"])}
        figure = plots.plotCurves(curves, "step", "-|F|² / |F at the beginning of the octave|²", "More of what it sees")
        plots.save(figure, run.folder / "curves.png", dpi=150)
        if made.isInterrupted:
            raise KeyboardInterrupt
        squares = (network.activations(one)[nameOf(network, at)] for one in (made.picture, photo))
        after, before = (float(np.sum(one**2)) for one in squares)
        print(f"The layer is {after / before:.1f} times as active (|F|²) as in the photo, {made.history.seconds:.0f} s")
        print(f"Pictures and the network are in {run.folder}")


def nameOf(network: MLP | Chain, at: int | str) -> str:
    """The name of a layer that is known by its number."""
    return at if isinstance(at, str) else f"layers.{at}"


def picture(options: Namespace) -> Any:
    """The photo."""
    if options.picture is None:
        return samplePhoto((options.size, options.size))
    try:
        return readPicture(options.picture, options.size)
    except ValueError as error:
        raise RunError(str(error)) from error


def seen(options: Namespace, dataset: Dataset, run: Run) -> MLP:
    """The encoder of an autoencoder of the patches, whose first layer moves pixels to -2 to 2."""
    file = run.folder / "autoencoder.safetensors"
    if run.resume and file.exists():
        return Autoencoder.load(file).encoder
    adam, same = Adam(lr=0.002), {"padding": "same"}
    centred = Conv2D(3, 3, 1)
    centred.weight, centred.bias, centred.trainable = 4 * np.eye(3)[..., None, None], -2 * np.ones((3, 1)), False
    encoder, decoder = MLP([centred]), MLP()
    for inputs, outputs in ((3, 24), (24, 40), (40, 64)):
        encoder.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
        encoder.addLayer(AveragePooling2D(2))
    for inputs, outputs in ((64, 40), (40, 24), (24, 16)):
        decoder.addLayer(UpSampling2D(2))
        decoder.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
    decoder.addLayer(Conv2D(16, 3, 3, Sigmoid(), adam, **same))
    model = Autoencoder(encoder, decoder)
    model.train(dataset, epochs=options.epochs, **run.keeping())
    model.save(file)
    return model.encoder


if __name__ == "__main__":
    runScript(main)

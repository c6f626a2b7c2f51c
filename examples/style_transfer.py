"""A photo in the style of another picture (Gatys, Ecker & Bethge 2016; fourth lecture), or a texture out of noise.

    python examples/style_transfer.py
    python examples/style_transfer.py --content me.jpg --style bricks --style-weight 1
    python examples/style_transfer.py --style painting.jpg --weights vgg19.safetensors --size 512
    python examples/style_transfer.py --kind texture --style bricks

The picture keeps what is where, by the deep features of a network, and gets the other one's texture, by the Gram
matrices of several layers. The network is a convolutional autoencoder that learns from patches of the two pictures; or
VGG-19, where its weights are at hand (docs/seeing.md). Without them, textures come from random filters alone
(Ustyuzhaninov et al. 2016). Writes pictures, and the network that it trains, to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid
from dataset import Dataset, patches, readPicture, samplePhoto, texture, writePicture
from layers import AveragePooling2D, Chain, Conv2D, UpSampling2D
from nn import (
    MLP,
    Autoencoder,
    Content,
    History,
    Style,
    Synthesis,
    TotalVariation,
    featureCorrelation,
    optimizeInput,
    plots,
    randomFilters,
    vgg19,
)
from nn.runs import Run, RunError, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

TEXTURES = ("stripes", "checks", "waves", "bricks", "scales")
OF_VGG = (["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"], "conv4_2")  # of style and content
OF_AUTOENCODER = ([1, 3, 5, 7], 7)


def main() -> None:
    arguments = parser(__doc__, batchSize=20, datasets=())
    arguments.add_argument("--content", help="a photo (default: the one that matplotlib ships)")
    arguments.add_argument("--style", default="stripes", help=f"a picture, or {', '.join(TEXTURES)} (default: stripes)")
    arguments.add_argument("--weights", help="VGG-19 as safetensors in torchvision's layout (default: an autoencoder)")
    kinds = ["transfer", "texture"]
    arguments.add_argument("--kind", choices=kinds, default="transfer", help="texture: of the style alone, from noise")
    arguments.add_argument("--size", type=positiveInteger, help="of the longer side (default: 192, textures 128)")
    arguments.add_argument("--steps", type=positiveInteger, default=80, help="of each octave (default: 80)")
    arguments.add_argument("--octaves", type=positiveInteger, default=3, help="of a transfer (default: 3)")
    weight = "of the style, beside content, which has 1: less of it keeps more of the photo (default: 10)"
    arguments.add_argument("--style-weight", type=nonNegativeNumber, default=10.0, help=weight)
    arguments.add_argument("--smooth", type=nonNegativeNumber, default=0.5, help="of a transfer (default: 0.5)")
    arguments.add_argument("--epochs", type=positiveInteger, default=4, help="of the autoencoder (default: 4)")
    options = arguments.parse_args()
    if options.kind == "texture" and options.content is not None:
        arguments.error("--content has no part in --kind texture")

    seed(options.seed)
    size = options.size or (128 if options.kind == "texture" else 192)
    photo = picture(options.content, size, options.seed)
    example = picture(options.style, size, options.seed)
    dataset = patchesOf([example] if options.kind == "texture" else [photo, example], options)
    print(dataset)
    with runOf(options, "style-transfer", dataset, together=False) as run:
        with told():
            if options.kind == "texture":
                made = synthesise(options, example, run)
            else:
                made = transfer(options, photo, example, dataset, run)
        writePicture(made.picture, run.folder / "picture.png")
        if made.isInterrupted:  # it may still be small
            raise KeyboardInterrupt
        panels = [example, made.picture] if options.kind == "texture" else [photo, example, made.picture]
        writePicture(beside(panels), run.folder / "pictures.png")
        if curves := curvesOf(made.history):
            title = "What the steps make small"
            figure = plots.plotCurves(curves, "step", "weighted objective", title, logarithmic=True)
            plots.save(figure, run.folder / "curves.png", dpi=150)
        print(f"What was made is in {run.folder}")


@contextmanager
def told() -> Iterator[None]:
    """Where pictures or weights that do not fit end the program with a line."""
    try:
        yield
    except ValueError as error:
        raise RunError(str(error)) from error


def picture(name: str | None, size: int, number: int) -> Any:
    """A texture of that name, or the picture in a file; None: the photo that is at hand."""
    with told():
        if name is None:
            return samplePhoto((size, size))
        return texture(name, size, number) if name in TEXTURES else readPicture(name, size)


def patchesOf(pictures: list[Any], options: Namespace) -> Dataset:
    """Pieces of them to learn from."""
    with told():
        pieces = patches(pictures, 32, 2000, options.seed)
    return Dataset.fromArrays(pieces, test_size=200, batch_size=options.batch_size, name="patches")


def curvesOf(history: History) -> dict[str, Any]:
    """The weighted objectives where they are above 0: the content of the photo itself is 0, and so may weights be."""
    curves = {}
    for name in history:
        steps = [step for step, value in zip(history.index, history[name], strict=True) if value > 0]
        if steps and name != "total":
            curves[name] = steps, [value for value in history[name] if value > 0]
    return curves


def beside(pictures: list[Any]) -> Any:
    """Pictures side by side on white, as one."""
    height, gap = max(one.shape[1] for one in pictures), 8
    widths = [one.shape[2] for one in pictures]
    sheet, left = np.ones((3, height, sum(widths) + gap * (len(widths) - 1), 1)), 0
    for one, width in zip(pictures, widths, strict=True):
        sheet[:, : one.shape[1], left : left + width] = one
        left += width + gap
    return sheet


def transfer(options: Namespace, photo: Any, example: Any, dataset: Dataset, run: Run) -> Synthesis:
    """The photo in the example's style."""
    network: MLP | Chain
    if options.weights is not None:
        network, (styled, deep) = vgg19(options.weights, pooling="average"), OF_VGG
        place = run.keeping()["checkpoint"]  # nothing is trained, and the run's is that of the picture
    else:
        network, (styled, deep) = encoder(options, dataset, run), OF_AUTOENCODER
        place = run.folder / "picture.safetensors"
    content = Content(photo, deep)
    style = Style(example, styled, options.style_weight, standardized=options.weights is None)
    made = optimizeInput(
        network,
        [content, style, TotalVariation(options.smooth)],
        photo,
        options.steps,
        schedule=Cosine(),
        octaves=options.octaves,
        octaveScale=1.6,
        checkpoint=place,
        resume=run.resume,
    )
    if made.isInterrupted:  # it may still be small
        return made
    left = style.value(network, made.picture) / style.value(network, photo)
    print(f"Style loss: {left:.3%} of the photo's, in {made.history.seconds:.0f} s")
    kept, control = (featureCorrelation(network, one, photo, deep) for one in (made.picture, fitted(example, photo)))
    print(f"Correlation of deep features with the photo's: {kept:.2f}; of the style's own: {control:.2f}")
    return made


def encoder(options: Namespace, dataset: Dataset, run: Run) -> MLP:
    """That of an autoencoder of the patches, whose first layer moves pixels to -2 to 2."""
    adam, same = Adam(lr=0.002), {"padding": "same"}
    centred = Conv2D(3, 3, 1)
    centred.weight, centred.bias, centred.trainable = 4 * np.eye(3)[..., None, None], -2 * np.ones((3, 1)), False
    network = MLP([centred])
    for inputs, outputs in ((3, 32), (32, 48), (48, 96), (96, 128)):
        network.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
        if outputs < 128:
            network.addLayer(AveragePooling2D(2))
    decoder = MLP()
    for inputs, outputs in ((128, 48), (48, 32), (32, 16)):
        decoder.addLayer(UpSampling2D(2))
        decoder.addLayer(Conv2D(inputs, outputs, 3, ReLU(), adam, **same))
    decoder.addLayer(Conv2D(16, 3, 3, Sigmoid(), adam, **same))
    model = Autoencoder(network, decoder)
    file = run.folder / "autoencoder.safetensors"
    if run.resume and file.exists():
        return Autoencoder.load(file).encoder
    model.train(dataset, epochs=options.epochs, schedule=Cosine(), **run.keeping())
    model.save(file)
    return model.encoder


def synthesise(options: Namespace, example: Any, run: Run) -> Synthesis:
    """A picture out of noise whose features, random ones or VGG-19's, have the example's Gram matrices."""
    if options.weights is not None:
        filters, at = vgg19(options.weights, pooling="average"), OF_VGG[0]
    else:
        filters, at = randomFilters(rng=options.seed), ["maps"]
    style = Style(example, at)
    noise = np.random.default_rng(options.seed).random(example.shape)
    made = optimizeInput(
        filters,
        style,
        noise,
        options.steps,
        "lbfgs" if find_spec("scipy") else Adam(lr=0.03),
        checkpoint=run.keeping()["checkpoint"],
        resume=run.resume,
    )
    left = style.value(filters, made.picture) / style.value(filters, noise)
    print(f"Gram distance: {left:.4%} of the noise's, in {made.history.seconds:.0f} s")
    return made


def fitted(example: Any, photo: Any) -> Any:
    """The example repeated or cut to the size of the photo."""
    rows, columns = (np.arange(side) for side in photo.shape[1:3])
    return example.take(rows, axis=1, mode="wrap").take(columns, axis=2, mode="wrap")


if __name__ == "__main__":
    runScript(main)

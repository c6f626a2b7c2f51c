"""Segmentation: SegNet gives a class to every pixel of scenes of digits; by indices, or by plain up-sampling."""

from __future__ import annotations

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Dataset
from layers import BatchNormalization, Conv2D, Dense, Flatten, Layer, MaxPooling2D, MaxUnpooling2D, UpSampling2D
from loss import CategoricalCrossEntropy
from nn import MLP
from optimizer import Adam, Cosine, WarmUp

WIDTHS = 16, 32, 64
SCENES, IMAGES = 50_000, 20_000  # of scenes to learn from, and before that of single digits
EPOCHS = 1
MODEL = "SegNet 16-32-64, digits over textured ground, 48 x 48"
EASY = "the same, easy scenes of 40 x 40"
PROTOTYPES = "PyTorch prototypes of this project"


def _figures(model: str, enlarging: str, *anchors: str | Another) -> list[Figure]:
    """The three of a network; anchors that are texts are the prototypes'."""
    measures = ("mean IoU", "", 3), ("pixel accuracy", "%", 2), ("class accuracy", "%", 2)
    sources = [PROTOTYPES if isinstance(anchor, str) and anchor else "" for anchor in anchors]
    return [
        Figure(name, model, f"{name}, {enlarging}", unit, digits, "higher", anchor, source)
        for (name, unit, digits), anchor, source in zip(measures, anchors, sources, strict=True)
    ]


def _beside(name: str) -> list[Another]:
    return [Another(name, figure, "by indices") for figure in ("mean IoU", "pixel accuracy", "class accuracy")]


@row(_figures(MODEL, "by indices", ".48 (seven minutes)", "94.8", ""), seconds=280)
def segnet(now: Setting) -> dict[str, float]:
    return _segmented(now, "indices", easy=False)


@row(_figures(MODEL, "plain up-sampling", *_beside("segnet")), seconds=280)
def segnetUpSampling(now: Setting) -> dict[str, float]:
    return _segmented(now, "upsampling", easy=False)


@row(_figures(EASY, "by indices", ".83 (U-Net, two digits)", "", ""), seconds=220)
def segnetEasy(now: Setting) -> dict[str, float]:
    return _segmented(now, "indices", easy=True)


def _segmented(now: Setting, enlarging: str, easy: bool) -> dict[str, float]:
    """First the encoder learns as a classifier of single digits, then all of it scenes made of the same images.

    With --quick fewer scenes in the one epoch. Rate and widths are the prototypes'. A shorter training was tried on
    validation scenes; how many scenes there are is a matter of time.
    """
    adam = Adam(lr=0.002, weightDecay=0.01)
    down, up = _segnet(enlarging, adam)
    seen = max(1, round(now.factor * EPOCHS * SCENES)) // now.epochs(EPOCHS)
    mnist = now.images == "mnist"
    digits = Dataset(now.images, round(now.factor * IMAGES) if mnist else None, images=True, batch_size=32)
    side = max(digits.imageShape)
    classifier = MLP([*down, Flatten(), Dense(WIDTHS[-1] * (side // 8) ** 2, 10, Softmax(), adam)])
    classifier.train(digits, CategoricalCrossEntropy(), 1, metrics=[], schedule=Cosine())
    for layer in up:
        layer.astype(np.float32)
    network = MLP([*down, *up])
    scenes = Dataset("scenes", seen, of=now.images, easy=easy, batch_size=16)
    network.train(scenes, CategoricalCrossEntropy(), now.epochs(EPOCHS), metrics=[], schedule=WarmUp(0.1, Cosine()))
    found = network.evaluate(scenes, ["mean_iou", "accuracy", "balanced_accuracy"])
    return {
        "mean IoU": found["mean_iou"],
        "pixel accuracy": 100 * found["accuracy"],
        "class accuracy": 100 * found["balanced_accuracy"],
    }


def _segnet(enlarging: str, adam: Adam) -> tuple[list[Layer], list[Layer]]:
    """Encoder and decoder, two convolutions at every size in each."""

    def convolution(inputs: int, outputs: int) -> list[Layer]:
        return [Conv2D(inputs, outputs, 3, ReLU(), adam, padding="same"), BatchNormalization(outputs, optimizer=adam)]

    down: list[Layer] = []
    up: list[Layer] = [Conv2D(WIDTHS[0], 11, 3, Softmax(), adam, padding="same")]
    for before, width in zip((1, *WIDTHS), WIDTHS, strict=False):
        pool = MaxPooling2D(2)
        down += [*convolution(before, width), *convolution(width, width), pool]
        enlarge = MaxUnpooling2D(pool) if enlarging == "indices" else UpSampling2D(2)
        up = [enlarge, *convolution(width, width), *(convolution(width, before) if before > 1 else []), *up]
    return down, up

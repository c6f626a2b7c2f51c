"""A classifier of pictures, asked about a drawing."""

from __future__ import annotations

from typing import Any, NamedTuple

from leibnet.types import Array

import numpy as np

from nn.explore.pictures import levels
from nn.explore.scale import PictureScale, inputShapeOf, pictureShape
from nn.explore.subjects.insights import Insight, insights
from nn.models.autoencoders.supervisedautoencoder import SupervisedAutoencoder
from nn.models.mlp import MLP
from nn.models.objective import lastActivation
from nn.plots.canvas import colours


class Answer(NamedTuple):
    """What was seen, what is said of it, and what the layers gave.

    seen (height, width) from 0 to 1; probabilities (classes,).
    """

    seen: Array
    probabilities: Array
    layers: list[Insight]


class Classifier:
    """A network from pictures to probabilities of classes, for drawings and for samples.

    Attributes
    ----------
    names : of the classes.
    scale : how its inputs are pictures.
    exclusive : whether the probabilities are of classes of which one is right, and add up to 1.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.scale = PictureScale(model)
        self.names = _names(model, classesOf(model))
        self.exclusive = len(self.names) > 1 and _end(model) == "Softmax"

    def drawn(self, ink: Array, layers: bool = True) -> Answer:
        """What it says of a drawing (rows, columns) of ink 1 on paper 0."""
        return self.answer(self.scale.ofDrawing(ink), layers)

    def answer(self, x: Array, layers: bool = True) -> Answer:
        """What it says of one sample (*inputShape, 1)."""
        found = insights(self.model, x) if layers else []
        probabilities = np.asarray(self.model.predict(x), float).ravel()
        return Answer(self.scale.shown(x), probabilities, found)


class Segmentation:
    """A network from pictures to the class of every pixel.

    Attributes
    ----------
    scale : how its inputs are pictures.
    names : of the classes.
    colours : (classes, 3) of bytes.
    """

    def __init__(self, model: Any) -> None:
        from matplotlib.colors import to_rgb

        self.model = model
        self.scale = PictureScale(model)
        output = outputShapeOf(model)
        self.names = _names(model, max(2, output[0]))
        chosen = ["#d9d9d9", *colours(max(10, len(self.names) - 1))][: len(self.names)]
        self.colours = np.array([levels(to_rgb(one)) for one in chosen])

    def drawn(self, ink: Array) -> tuple[Array, Array]:
        """The picture of a drawing, as it is, and the colours (height, width, 3) of its pixels' classes."""
        return self.answer(self.scale.ofField(ink))

    def answer(self, x: Array) -> tuple[Array, Array]:
        """The picture of one sample (*inputShape, 1), and the colours (height, width, 3) of its pixels' classes."""
        y = np.asarray(self.model.predict(x))[..., 0]
        classes = y.argmax(axis=0) if len(y) > 1 else (y[0] > 0.5).astype(int)
        return self.scale.shown(x), self.colours[classes]


def isClassifier(model: Any) -> bool:
    """Whether it says to which class a picture belongs."""
    if not isinstance(model, (MLP, SupervisedAutoencoder)) or pictureShape(model) is None:
        return False
    return _end(model) in ("Softmax", "Sigmoid") and len(outputShapeOf(model)) == 1 and classesOf(model) <= MOST_CLASSES


def isSegmentation(model: Any) -> bool:
    """Whether it says of every pixel of a picture to which class it belongs."""
    picture = pictureShape(model)
    if not isinstance(model, MLP) or picture is None or _end(model) not in ("Softmax", "Sigmoid"):
        return False
    output = outputShapeOf(model)
    return len(output) == 3 and output[1:] == picture[1:] and output[0] <= MOST_CLASSES


MOST_CLASSES = 200


def outputShapeOf(model: Any) -> tuple[int, ...]:
    """The shape of the answer to one sample."""
    x = np.zeros((*(inputShapeOf(model) or ()), 1))
    return tuple(model.predict(x).shape[:-1])


def classesOf(model: Any) -> int:
    """How many numbers it answers."""
    return outputShapeOf(model)[0]


def _end(model: Any) -> str:
    chain = model.head.chain if isinstance(model, SupervisedAutoencoder) else model.chain
    return type(lastActivation(chain)).__name__


def _names(model: Any, count: int) -> list[str]:
    names = getattr(model, "classNames", None)
    if names is not None and len(names) == count:
        return [str(name) for name in names]
    if names is not None and count == 1 and len(names) == 2:
        return [str(names[1])]
    return [str(i) for i in range(count)] if count > 1 else ["yes"]

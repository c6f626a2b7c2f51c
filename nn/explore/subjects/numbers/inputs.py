"""Numbers into a network, one by one, and what it answers."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from activations import Sigmoid, Softmax
from layers import Embedding
from nn.explore.scale import inputRange, pictureShape
from nn.explore.subjects.numbers.shapes import shapeOf
from nn.explore.subjects.numbers.systems import takesSequences
from nn.models.autoencoders.supervisedautoencoder import SupervisedAutoencoder
from nn.models.mlp import MLP
from nn.models.sequences.languagemodel import LanguageModel
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel
from nn.plots.canvas import colours

RANGE = 3.0  # deviations on both sides of the mean
STRONG = 0.6  # how strong the colour of a class is where the network is sure of it


class Inputs:
    """The numbers of one sample of an MLP, from mean - 3 deviations to mean + 3 deviations of its training.

    Parameters
    ----------
    model : an MLP, or a `SupervisedAutoencoder`, whose head answers. Samples of any shape are taken as one line of
        numbers.

    Attributes
    ----------
    shape, outputShape : of one sample, and of the answer.
    count : how many inputs there are.
    centre, low, high : of every input, (count,). Where the file has no means, the range of pictures, or -3 to 3; of
        tokens their numbers.
    whole : whether the inputs are whole numbers, of tokens.
    names : of the outputs.
    classes : whether the outputs are probabilities: several of Softmax, or one of Sigmoid.
    """

    def __init__(self, model: MLP | SupervisedAutoencoder) -> None:
        shape = shapeOf(model)
        if shape is None:
            raise ValueError(refusal("Inputs", "the model", "one that says the shape of its samples", model.name))
        self.model, self.shape, self.count = model, shape, math.prod(shape)
        first = next(iter(model.namedLayers().values()))
        self.whole = isinstance(first, Embedding)
        self.centre, self.low, self.high = self._ranges(first)
        network = model.head if isinstance(model, SupervisedAutoencoder) else model
        link = "" if network.chain.activation is None else network.chain.activation.link
        y = self._predict(self.centre[:, np.newaxis])
        self.outputShape = y.shape[:-1]
        outputs = math.prod(self.outputShape)
        self.classes = len(self.outputShape) == 1 and (link == Softmax.link or (link == Sigmoid.link and outputs == 1))
        usual = [f"{'class' if self.classes else 'output'} {i + (not self.classes)}" for i in range(outputs)]
        if self.classes and outputs == 1:
            usual = ["class 0", "class 1"]
        self.names = model.classNames if model.classNames and len(model.classNames) == len(usual) else usual

    def answer(self, values: Any) -> Array:
        """The outputs, in a line (outputs,), for inputs (count,)."""
        x = np.asarray(values, float)
        if x.shape != (self.count,):
            raise ValueError(refusal("Inputs", "values", f"{self.count} numbers", x.shape))
        return self._predict(x[:, np.newaxis]).ravel()

    def shares(self, values: Any) -> Array:
        """The outputs by `names`: of one Sigmoid the probabilities of both classes."""
        return _both(self.answer(values)[:, np.newaxis], len(self.names))[:, 0]

    def plane(self, side: int = 100) -> Array:
        """Over all of two inputs, (outputs by `names`, side, side): rows from the highest second input downwards."""
        if self.count != 2:
            raise ValueError(refusal("Inputs", "the model", "one of two inputs", self.count))
        side = wholeNumber("Inputs", "side", side, least=2)
        across, up = (np.linspace(low, high, side) for low, high in zip(self.low, self.high, strict=True))
        grid = np.stack([one.ravel() for one in np.meshgrid(across, up[::-1])])
        return _both(self._columns(grid), len(self.names)).reshape(-1, side, side)

    def colours(self, side: int = 100, output: int = 0) -> Array:
        """The plane as a picture of bytes, (side, side, 3).

        Classes mix their colours by their probabilities, as in `plotDecisionBoundary`; of numbers, the lowest of one
        output is dark blue, the highest yellow.
        """
        from matplotlib import colormaps
        from matplotlib.colors import to_rgba_array

        plane = self.plane(side)
        if self.classes:
            mixed = np.tensordot(to_rgba_array(colours(len(self.names)))[:, :3], plane, (0, 0))
            shades = np.moveaxis(1 - STRONG + STRONG * np.clip(mixed, 0, 1), 0, -1)
        else:
            low, high = plane[output].min(), plane[output].max()
            shades = colormaps["viridis"]((plane[output] - low) / ((high - low) or 1))[..., :3]
        return np.round(255 * shades).astype(np.uint8)

    def legend(self, output: int = 0) -> str:
        """What the colours of the plane are, as HTML."""
        if not self.classes:
            plane = self.plane(50)[output]
            return f"{escape(self.names[output])}: dark {plane.min():.3g}, bright {plane.max():.3g}"
        from matplotlib.colors import to_hex

        marks = [to_hex(one) for one in colours(len(self.names))]
        squares = [f'<span style="color:{mark}">&#9632;</span>' for mark in marks]
        return "&ensp;".join(f"{one} {escape(name)}" for one, name in zip(squares, self.names, strict=True))

    def line(self, place: int, values: Any, side: int = 100) -> tuple[Array, Array]:
        """Over one input, the others as they are: its numbers (side,), and the outputs by `names`, (outputs, side)."""
        x = np.repeat(np.asarray(values, float)[:, np.newaxis], side, axis=1)
        x[place] = np.linspace(self.low[place], self.high[place], side)
        return x[place], _both(self._columns(x), len(self.names))

    # Inside ----------------------------------------------------------------------------------------------------------

    def _columns(self, x: Array) -> Array:
        """The outputs in lines, (outputs, N), for inputs (count, N)."""
        return self._predict(x).reshape(-1, x.shape[1])

    def _predict(self, x: Array) -> Array:
        given = np.round(x) if self.whole else x
        return self.model.predict(given.reshape(*self.shape, -1))

    def _ranges(self, first: Any) -> tuple[Array, Array, Array]:
        """Middle, low and high of every input."""
        scale = self.model.standardization
        if scale is not None:
            flat = scale.flattened(self.shape)
            mean, deviation = np.array(flat.mean), np.array(flat.deviation)
            return mean, mean - RANGE * deviation, mean + RANGE * deviation
        low, high = -RANGE, RANGE
        if self.whole:
            low, high = 0.0, first.classes - 1.0
        elif pictureShape(self.model) is not None:
            low, high = inputRange(self.model)
        ends = np.full(self.count, low), np.full(self.count, high)
        return np.full(self.count, low if self.whole else (low + high) / 2), *ends


def takesNumbers(model: Any) -> bool:
    """Whether a model answers for samples of a shape that is known, each a line of numbers."""
    if isinstance(model, (LanguageModel, MaskedLanguageModel)) or not isinstance(model, (MLP, SupervisedAutoencoder)):
        return False
    return bool(model.namedLayers()) and not takesSequences(model) and shapeOf(model) is not None


def _both(outputs: Array, names: int) -> Array:
    """Probabilities of both classes, where the outputs (1, N) are those of the second."""
    return np.concatenate((1 - outputs, outputs)) if names == 2 and len(outputs) == 1 else outputs

"""Plain numbers into a network, and what it answers."""

from __future__ import annotations

from html import escape
from typing import Any

from leibnet.arguments import refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from activations import Sigmoid, Softmax
from nn.models.autoencoders.supervisedautoencoder import SupervisedAutoencoder
from nn.models.mlp import MLP
from nn.plots.canvas import colours

RANGE = 3.0  # deviations on both sides of the mean
STRONG = 0.6  # how strong the colour of a class is where the network is sure of it
MANY = 64  # inputs that get a field each


class Inputs:
    """The inputs of an MLP on columns, from mean - 3 deviations to mean + 3 deviations of its training.

    Parameters
    ----------
    model : an MLP, or a `SupervisedAutoencoder`, whose head answers.

    Attributes
    ----------
    count : how many inputs there are.
    centre, low, high : of every input, (count,). Where the file has no means, 0, -3 and 3.
    names : of the outputs.
    classes : whether the outputs are probabilities: several of Softmax, or one of Sigmoid.
    """

    def __init__(self, model: MLP | SupervisedAutoencoder) -> None:
        shape = model.inputShape
        if shape is None or len(shape) != 1:
            raise ValueError(refusal("Inputs", "the model", "one of columns (features, N)", shape))
        self.model, self.count = model, shape[0]
        scale = model.standardization
        self.centre = np.zeros(self.count) if scale is None else np.array(scale.mean)
        spread = np.ones(self.count) if scale is None else np.array(scale.deviation)
        self.low, self.high = self.centre - RANGE * spread, self.centre + RANGE * spread
        network = model.head if isinstance(model, SupervisedAutoencoder) else model
        link = "" if network.chain.activation is None else network.chain.activation.link
        outputs = len(self.answer(self.centre))
        self.classes = link == Softmax.link or (link == Sigmoid.link and outputs == 1)
        two = self.classes and outputs == 1
        usual = [f"class {i}" if self.classes else f"output {i + 1}" for i in range(2 if two else outputs)]
        self.names = model.classNames if model.classNames and len(model.classNames) == len(usual) else usual

    def answer(self, values: Any) -> Array:
        """The outputs (outputs,) for inputs (count,)."""
        x = np.asarray(values, float)
        if x.shape != (self.count,):
            raise ValueError(refusal("Inputs", "values", f"{self.count} numbers", x.shape))
        return self.model.predict(x[:, np.newaxis])[:, 0]

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
        return _both(self.model.predict(grid), len(self.names)).reshape(-1, side, side)

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
        return x[place], _both(self.model.predict(x), len(self.names))


def takesNumbers(model: Any) -> bool:
    """Whether a model answers for columns of at most `MANY` numbers."""
    kinds = isinstance(model, (MLP, SupervisedAutoencoder))
    shape = model.inputShape if kinds else None
    return shape is not None and len(shape) == 1 and shape[0] <= MANY


def _both(outputs: Array, names: int) -> Array:
    """Probabilities of both classes, where the outputs (1, N) are those of the second."""
    return np.concatenate((1 - outputs, outputs)) if names == 2 and len(outputs) == 1 else outputs

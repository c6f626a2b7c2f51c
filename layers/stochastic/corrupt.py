"""A corruption inside a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from leibnet import arguments
from leibnet.siblings import sibling
from leibnet.types import Array, Shape

import numpy as np

from layers.layer import Layer
from layers.passes import Pass, Wanted


class Corrupt(Layer):
    """y = corrupt(x) in training, y = x otherwise.

    Additive noise hands the gradient on as it is; a number that was replaced by another one has none, see
    `Corruption.backward`.

    Parameters
    ----------
    corruption : a `dataset.Corruption` such as `Masking(0.25, value=0)`, or the deviation of Gaussian noise that is not
        cut off, as of the third lecture's `GaussianNoise(0.5)`. What may be left to the data must be said here.
    rng : numpy.random.Generator or seed; default the library's own, which `nn.seed` sets.

    Example
    -------
    >>> layer, x = Corrupt(0.5, rng=0), np.zeros((2, 3))
    >>> layer.feedforward(x).round(2), layer.feedforward(x, training=False)
    (array([[ 0.06, -0.07,  0.32],
           [ 0.05, -0.27,  0.18]]), array([[0., 0., 0.],
           [0., 0., 0.]]))
    """

    def __init__(self, corruption: Any = 0.5, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        dataset = sibling("dataset")  # asked for here: layers work beside a dataset.py of the user's own
        if not isinstance(corruption, dataset.Corruption):
            deviation = arguments.number("Corrupt", "corruption, the deviation of noise,", corruption, low=0)
            corruption = dataset.GaussianNoise(deviation, clip=None)
        for name, value in corruption.config().items():
            if value == "data":
                expected = f"one that does not leave {name} to the data"
                raise ValueError(arguments.refusal("Corrupt", "corruption", expected, corruption, f"give {name}="))
        self.corruption = corruption
        self.rng = arguments.randomGenerator("Corrupt", rng)

    def outputShape(self, inputShape: Shape) -> Shape:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.corrupted = None
        if not training:
            return x
        now.corrupted = y = self.corruption.apply(x, self.generator())
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        return dy if now.corrupted is None else self.corruption.backward(dy, now.x, now.corrupted)

    @classmethod
    def fromArguments(cls, given: Mapping[str, Any]) -> Self:
        corruption = given["corruption"]
        if isinstance(corruption, Mapping):
            corruption = sibling("dataset").Corruption.fromConfig(corruption)
        return super().fromArguments({**given, "corruption": corruption})

    def __repr__(self) -> str:
        return f"Corrupt {self.corruption!r}"

"""What convolutions and transposed convolutions have in common."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from leibnet import arguments, randomness
from leibnet.fused.choice import Kernel
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.affine import Affine
from layers.images.windows import PADDINGS, Windows, imageShape, pair
from layers.initializer import Initializer, initial
from layers.passes import Pass
from layers.penalties.penalty import Penalty
from optimizer import Optimizer

FEW = 32 * 32  # input times output channels, below which a compiled convolution without columns is faster


class Convolutional(Affine):
    """A layer with a weight (out, in, height, width) that moves over images, and a bias for every output channel.

    Base of `Conv2D` and `Conv2DTranspose`, whose parameters these are, and of `Conv1D`, which moves over sequences.
    """

    paddings: ClassVar[tuple[str, ...]] = PADDINGS

    def __init__(
        self,
        inputChannels: int,
        outputChannels: int,
        kernelSize: int | Shape,
        activation: Activation | None = None,
        optimizer: Optimizer | None = None,
        strides: int | Shape = 1,
        padding: str = "valid",
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(activation, optimizer, penalty)
        owner = self.name
        self.inputChannels = arguments.wholeNumber(owner, "inputChannels", inputChannels)
        self.outputChannels = arguments.wholeNumber(owner, "outputChannels", outputChannels)
        self.kernelSize = self._sides("kernelSize", kernelSize)
        self.strides = self._sides("strides", strides)
        self.padding = arguments.choice(owner, "padding", padding, self.paddings)
        source = arguments.randomGenerator(owner, rng) or randomness.networks.generator
        name, window = self.activation.initializer if initializer is None else initializer, math.prod(self.kernelSize)
        shape = (self.outputChannels, self.inputChannels, *self.kernelSize)
        fan_in, fan_out = self._fans(self.inputChannels * window, self.outputChannels * window)
        weight = initial(owner, name, shape, fan_in, fan_out, source)
        self._create(weight=weight, bias=np.zeros((self.outputChannels, 1)))

    def _sides(self, name: str, value: Any) -> Shape:
        """An argument as a whole number for every axis that the window moves along."""
        return pair(self.name, name, value)

    def _sample(self, shape: Shape) -> Shape:
        """The shape of a sample, if the layer takes such; else ValueError."""
        return imageShape(self.describe, shape, self.inputChannels)

    def _fans(self, inputs: int, outputs: int) -> tuple[int, int]:
        """How many inputs reach one output, and how many outputs one input reaches."""
        return inputs, outputs

    def _direct(self, name: str, step: int, array: Array, now: Pass) -> Kernel | None:
        """The compiled form for windows of 3 x 3 and these steps that needs no columns, where it is faster.

        See `leibnet.fused.compiled.convolution`.
        """
        if self.inputChannels * self.outputChannels >= FEW or (self.kernelSize, self.strides) != ((3, 3), (step, step)):
            return None
        return now.kernel(name, array)

    def _columns(self, x: Array, windows: Windows, now: Pass, first: int, last: int) -> Array:
        """The windows of x at these rows of places as columns, (channels · k · k, places · N): a buffer."""
        shape = windows.columnShape(len(x), first, last, x.shape[-1])
        columns = now.buffer("columns", (math.prod(shape[:3]), math.prod(shape[3:])))
        windows.gather(x, columns.reshape(shape), first, last)
        return columns

    def accept(self, x: Any) -> Array:
        x = super().accept(x)
        self._sample(x.shape[:-1])
        return x

    def __repr__(self) -> str:
        size, step = ("x".join(map(str, sides)) for sides in (self.kernelSize, self.strides))
        steps = "" if set(self.strides) == {1} else f" by {step}"
        padding = "" if self.padding == "valid" else f", {self.padding}"
        return f"{self.name} {self.inputChannels} -> {self.outputChannels}, {size}{steps}{padding}, {self.activation!r}"

"""The fully connected layer."""

from __future__ import annotations

import math

from leibnet import arguments, randomness
from leibnet.arrays import euclideanNorm
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.affine import Affine
from layers.initializer import Initializer, initial
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.shapes import wrongShape
from optimizer import Optimizer


class Dense(Affine):
    """a = f(W x + b), the fully connected layer of the lectures.

    Parameters
    ----------
    inputDim, outputDim : number of inputs and outputs, positive integers.
    activation : f; default Identity().
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : name or function for the weights, see `layers.initializer`; default what suits the activation
        (He for the ReLU family, Glorot otherwise). Biases start at 0.
    rng : numpy.random.Generator or seed for the weights; default the library's own, which `nn.seed` sets.
    penalty : a `Penalty` on the outputs; default none.

    Example
    -------
    >>> from activations import Identity
    >>> layer = Dense(inputDim=3, outputDim=2, activation=Identity())
    >>> layer.weight = [[1, 0, 0], [0, 1, 1]]
    >>> layer.feedforward(np.array([[1.0], [2.0], [3.0]]))
    array([[1.],
           [5.]])
    """

    isLinear = True
    isSamplewise = True

    def __init__(
        self,
        inputDim: int,
        outputDim: int,
        activation: Activation | None = None,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(activation, optimizer, penalty)
        self.inputDim = arguments.wholeNumber("Dense", "inputDim", inputDim)
        self.outputDim = arguments.wholeNumber("Dense", "outputDim", outputDim)
        self.inputShape = (self.inputDim,)
        source = arguments.randomGenerator("Dense", rng) or randomness.networks.generator
        name = self.activation.initializer if initializer is None else initializer
        weight = initial("Dense", name, (self.outputDim, self.inputDim), self.inputDim, self.outputDim, source)
        self._create(weight=weight, bias=np.zeros((self.outputDim, 1)))

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()}: {wrongShape((self.inputDim,), (*inputShape, 'N'))}")
        return (self.outputDim,)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        # W x, to which b is added with the activation: (out, in) · (in, N) + (out, 1) = (out, N)
        return np.dot(self.weight, x, out=now.buffer("z", (self.outputDim, x.shape[1])))

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        x = now.x
        if wanted.parameters:
            np.dot(dz, x.T, out=self.block.gradients["weight"])  # (out, N) · (N, in) = (out, in)
        if not wanted.input:
            return None
        return np.dot(self.weight.T, dz, out=now.buffer("dx", x.shape))  # (in, out) · (out, N) = (in, N)

    def multiplications(self, inputShape: Shape) -> int:
        return (self.inputDim + 1) * self.outputDim

    def hasFiniteGradients(self) -> bool:
        # |(dz xᵀ)ᵢⱼ| ≤ ‖dz‖ ‖x‖, |(dz 1)ᵢ| ≤ ‖dz‖ √N: two small arrays in place of a large one
        if self._summed:
            return super().hasFiniteGradients()
        now = self.passed()
        dz, x = now.dy, now.x
        if self.block.vector.size <= dz.size + x.size:  # which are smaller, or the gradients are
            return super().hasFiniteGradients()
        bound = euclideanNorm(dz) * max(euclideanNorm(x), math.sqrt(x.shape[1]))
        return bound < (1e37 if self.dtype.itemsize == 4 else 1e307) or super().hasFiniteGradients()

    def __repr__(self) -> str:
        return f"Dense {self.inputDim} -> {self.outputDim}, {self.activation!r}"

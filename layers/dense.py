"""The fully connected layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from activations import Activation, Identity
from layers.initializer import Initializer, find
from layers.layer import Array, Layer, Shape, positive_dimension
from leibnet import randomness
from optimizer import Optimizer
from optimizer.optimizer import euclidean_norm


class Dense(Layer):
    """a = f(W X + b), the fully connected layer of the lectures.

    Parameters
    ----------
    inputDim, outputDim : number of inputs and outputs, positive integers.
    activation : f; default Identity().
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : name or function for the weights, see `layers.initializer`; default what suits the activation
        (He for the ReLU family, Glorot otherwise). Biases start at 0.
    rng : numpy.random.Generator or seed for the weights; default the library's own, which `nn.seed` sets.

    Example
    -------
    >>> layer = Dense(inputDim=3, outputDim=2, activation=Identity())
    >>> layer.weight = [[1, 0, 0], [0, 1, 1]]
    >>> layer.feedforward(np.array([[1.0], [2.0], [3.0]]))
    array([[1.],
           [5.]])
    """

    activation: Activation

    def __init__(
        self,
        inputDim: int,
        outputDim: int,
        activation: Activation | None = None,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if activation is not None and not isinstance(activation, Activation):
            raise TypeError(f"Dense needs an activation such as ReLU() (an instance), got {activation!r}")
        super().__init__(optimizer)
        self.inputDim = positive_dimension("Dense", "inputDim", inputDim)
        self.outputDim = positive_dimension("Dense", "outputDim", outputDim)
        self.activation = Identity() if activation is None else activation
        self.inputShape = (self.inputDim,)
        initialize = find(initializer or self.activation.initializer)
        rng = randomness.networks.generator if rng is None else np.random.default_rng(rng)
        shape = (self.outputDim, self.inputDim)
        weight = np.asarray(initialize(shape, self.inputDim, self.outputDim, rng))
        if weight.shape != shape:
            raise ValueError(f"Dense needs an initializer that makes arrays of shape {shape}, got {weight.shape}")
        self._create(weight=weight, bias=np.zeros((self.outputDim, 1)))

    def outputShape(self, inputShape: Shape) -> Shape:
        if inputShape != self.inputShape:
            raise ValueError(f"{self.describe()} takes {self.inputDim} inputs, got samples of shape {inputShape}")
        return (self.outputDim,)

    def _forward(self, input: Array, training: bool) -> Array:
        z = np.matmul(self.weight, input, out=self.buffer("z", (self.outputDim, input.shape[1])))
        z += self.bias  # (out, in) · (in, N) + (out, 1) = (out, N)
        return z

    def _backward(self, gradient: Array, parameterGradients: bool, inputGradient: bool) -> Array | None:
        delta, X = gradient, self._pass["input"]
        if parameterGradients:
            np.matmul(delta, X.T, out=self._gradients["weight"])  # (out, N) · (N, in) = (out, in)
            np.matmul(delta, self.ones(X.shape[1]), out=self._gradients["bias"])  # (out, N) · (N, 1) = (out, 1)
        if not inputGradient:
            return None
        return np.matmul(self.weight.T, delta, out=self.buffer("gradient", X.shape))  # (in, out) · (out, N) = (in, N)

    def hasFiniteGradients(self) -> bool:
        # |(ΔXᵀ)ᵢⱼ| ≤ ‖Δ‖ ‖X‖, |(Δ1)ᵢ| ≤ ‖Δ‖ √N: two small arrays in place of a large one
        delta, X = self._pass["upstream"], self._pass["input"]
        bound = euclidean_norm(delta) * max(euclidean_norm(X), math.sqrt(X.shape[1]))
        return bound < (1e37 if self._block.itemsize == 4 else 1e307) or super().hasFiniteGradients()

    @property
    def weight(self) -> Array:
        """W, of shape (outputDim, inputDim). Assigning copies the values into the existing array."""
        return self._parameters["weight"]

    @weight.setter
    def weight(self, value: Any) -> None:
        self._assign("weight", value)

    @property
    def bias(self) -> Array:
        """b, of shape (outputDim, 1). Assigning copies the values into the existing array."""
        return self._parameters["bias"]

    @bias.setter
    def bias(self, value: Any) -> None:
        self._assign("bias", value)

    def __repr__(self) -> str:
        return f"Dense {self.inputDim} → {self.outputDim}, {self.activation!r}"

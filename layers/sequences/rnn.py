"""The simple recurrent layer."""

from __future__ import annotations

from collections.abc import Mapping

from leibnet import arguments
from leibnet.types import Array

import numpy as np

from activations import Activation, ReLU, Tanh
from layers.initializer import Initializer
from layers.passes import Pass
from layers.penalties.penalty import Penalty
from layers.sequences.recurrent import Recurrent, Step
from optimizer import Optimizer


class RNN(Recurrent):
    """h_t = f(W_h h_{t-1} + W_x x_t + b), the simple recurrent layer.

    Elman 1990, "Finding structure in time". With ReLU: Le et al. 2015, arXiv:1504.00941. Backward, with dh_t from above
    and from step t + 1:

        dz_t = f'(z_t) dh_t,        dh_{t-1} = W_hᵀ dz_t

    so that a gradient is multiplied at every step, and shrinks or grows with the number of steps.

    Parameters
    ----------
    inputDim, outputDim : features of a step that come in, and units, which are the features that go out.
    activation : f, Tanh() (default) or ReLU().
    optimizer, initializer, rng, penalty : see `Recurrent`.

    Example
    -------
    A unit that adds up what it is given.

    >>> layer = RNN(1, 1, ReLU())
    >>> layer.weight = [[1, 1]]
    >>> layer.feedforward(np.array([1.0, 2, 3, 4]).reshape(4, 1, 1)).ravel()
    array([ 1.,  3.,  6., 10.])
    """

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
        self.activation: Activation = Tanh() if activation is None else activation
        if not isinstance(self.activation, (Tanh, ReLU)):
            raise TypeError(arguments.refusal("RNN", "activation", "Tanh() or ReLU()", activation))
        super().__init__(inputDim, outputDim, optimizer, initializer, rng, penalty)

    def _products(self, now: Pass) -> Array:
        _, T, N = now.hx.shape
        now.products = now.buffer("z", (T - 1, self.outputDim, N))
        return now.products

    def _forwardStep(self, now: Pass) -> Step:
        fused = now.kernel(f"{self.activation.kernel}StepForward", now.products, now.hx)
        return (fused, (now.products, now.hx)) if fused else (_forward, (self.activation, now.products, now.hx))

    def _backwardStep(self, gradients: Mapping[str, Array], dz: Array, now: Pass) -> Step:
        given = gradients["h"], now.hx, dz
        fused = now.kernel(f"{self.activation.kernel}StepBackward", *given)
        return (fused, given) if fused else (_backward, (self.activation, *given))


def _forward(f: Activation, z: Array, hx: Array, t: int) -> None:
    """h_t = f(z_t)"""
    f.apply(z[t], out=hx[: z.shape[1], t + 1])


def _backward(f: Activation, dh: Array, hx: Array, dz: Array, t: int) -> None:
    """dz_t = f'(z_t) dh_t, which for these f the values h_t say."""
    h = hx[: len(dh), t + 1]
    f.backward(dh, h, h, out=dz[:, t])

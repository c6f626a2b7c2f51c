"""How much a network's outputs change with its inputs."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from activations import Activation
from layers import Chain, Dense, Layer, Wanted
from nn.models.mlp import MLP

SAMPLES = 200  # at once
INPUT = Wanted(parameters=False)


def jacobianNorm(network: MLP | Layer, x: Any) -> float:
    """‖∂f/∂x‖²_F, averaged over the samples: how much codes f(x) change with a small change of x.

    It is exact, and that of a prediction. Of one `Dense` layer with an element-wise activation it is

        Σⱼ f'(zⱼ)² ‖Wⱼ‖²

    and of all else the sum of the squares of the gradients of all outputs, one backward pass for each. What contractive
    autoencoders hold small (Rifai et al. 2011, "Contractive auto-encoders").

    Parameters
    ----------
    network : an `MLP` or a layer, such as `autoencoder.encoder`.
    x : samples (..., N), one or more, as its first layer sees them.

    Example
    -------
    >>> layer = Dense(2, 1)
    >>> layer.weight = [[3.0, 4.0]]
    >>> jacobianNorm(layer, np.ones((2, 5)))
    25.0
    """
    if not isinstance(network, (MLP, Layer)):
        raise TypeError(refusal("jacobianNorm", "network", "an MLP or a layer, such as autoencoder.encoder", network))
    layer = network.chain if isinstance(network, MLP) else network
    while isinstance(layer, Chain) and len(layer.layers) == 1:
        (layer,) = layer.layers
    x = realNumbers("jacobianNorm", "x", layer.accept(x), finite=True)
    if not x.size:
        raise ValueError(refusal("jacobianNorm", "x", "one sample or more", x.shape))
    total = 0.0
    with layer.use("inference"):
        for start in range(0, x.shape[-1], SAMPLES):
            total += _sum(layer, x[..., start : start + SAMPLES])
    return total / x.shape[-1]


def _sum(layer: Layer, x: Array) -> float:
    """Σ ‖∂f/∂x‖²_F over these samples."""
    y = layer.forward(x, training=False)
    if isinstance(y, tuple):
        raise TypeError(refusal("jacobianNorm", "network", "one whose output is one array", layer))
    if isinstance(layer, Dense) and _is_element_wise(layer.activation):
        slopes = np.square(layer.activation.derivative(layer.preactivation), dtype=float).sum(axis=1)
        return float(slopes @ np.square(layer.weight, dtype=float).sum(axis=1))
    total, shape = 0.0, y.shape
    dy = np.zeros((math.prod(shape[:-1]), shape[-1]), y.dtype)
    for row in dy:
        row[:] = 1
        total += float(np.square(layer.backward(dy.reshape(shape), INPUT), dtype=float).sum())
        row[:] = 0
    return total


def _is_element_wise(activation: Activation) -> bool:
    z = np.zeros((2, 1))
    return activation.derivative(z).shape == z.shape

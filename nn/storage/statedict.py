"""The parameters of networks under the names that PyTorch gives them.

==========================================  ======================================================================
here                                        as a module of PyTorch
==========================================  ======================================================================
`Chain`, `MLP`                              `Sequential`: "0.", "1.", ...
`Dense` and its activation                  `Linear`, and a module for the activation, which the next number counts
                                            too; none for `Identity`
`Conv1D`, `Conv2D`, `Conv2DTranspose`       `Conv1d`, `Conv2d`, `ConvTranspose2d`, and their activations the same
                                            way; pooling and other layers on images are a number, no parameters
`BatchNormalization`                        `BatchNorm1d` or `BatchNorm2d`, with its running averages
`Flatten`, `Reshape`, `Dropout`             `Flatten`, `Unflatten`, `Dropout`: a number, no parameters
`Embedding`                                 `Embedding`
`TimeDistributed`                           what is in it: PyTorch's layers take steps as samples; `LastStep` and
                                            `TappedDelayLine` are a number, no parameters
`Activate`                                  a module for the activation
`Sampler`                                   `Linear` with 2 latentDim outputs: the means, then r, of which the
                                            log-variances are 20 tanh(r / 20)
`Residual`, `Parallel`                      modules of one's own with the parts `chain` and `projection`, or a
                                            `ModuleList` called `layers`
`Autoencoder`, `VAE`, `GAN`                 a module of one's own with the parts `encoder`, `sampler`, `decoder`,
                                            `generator`, `discriminator`
==========================================  ======================================================================

A part that is one `Dense` with an activation is a `Sequential` of the two. Images have the same order in PyTorch, with
the samples first; of sequences (steps, features, N), PyTorch's convolutions take (N, features, steps). Padding "same"
of a transposed convolution, or with strides of more than 1, is Keras's and not PyTorch's: `ZeroPadding2D` and
`Cropping2D` before or behind a "valid" one say it in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leibnet.types import Array

import numpy as np

from activations import Identity
from layers import Activate, Activated, Chain, Composite, Conv2DTranspose, Layer, TimeDistributed

NAMES = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
VECTORS = {"bias", *NAMES}  # (features, 1) here, (features,) there


def stateDict(networks: Mapping[str, Chain]) -> dict[str, Array]:
    """Copies of the parameters of these networks; with one of them alone, its name is left out."""
    several = len(networks) > 1
    return {
        name: array
        for network, chain in networks.items()
        for name, array in _named(chain, f"{network}." if several else "")
    }


def _named(layer: Layer, prefix: str) -> Iterator[tuple[str, Array]]:
    """Parameters and averages of a layer and of those in it, by their names in PyTorch."""
    for place, leaf in _places(layer, prefix):
        for own, array in (leaf.parameters | leaf.statistics).items():
            if isinstance(leaf, Conv2DTranspose) and own == "weight":
                array = np.swapaxes(array, 0, 1)  # (in, out, height, width) there
            yield f"{place}{NAMES.get(own, own)}", array.flatten() if own in VECTORS else array.copy("C")


def _places(layer: Layer, prefix: str) -> Iterator[tuple[str, Layer]]:
    """The layers without parts, each with the beginning of its parameters' names."""
    layer = _on_steps(layer)
    children = layer.children() if isinstance(layer, Composite) else {}
    if not children:
        yield prefix, layer
    elif isinstance(layer, Chain) and all(name.startswith("layers.") for name in children):
        number = 0
        for child in children.values():
            yield from _places(child, f"{prefix}{number}.")
            number += 2 if _is_two_modules(child) else 1
    else:
        for name, child in children.items():
            yield from _places(child, f"{prefix}{name}.0." if _is_two_modules(child) else f"{prefix}{name}.")


def _is_two_modules(layer: Layer) -> bool:
    """Whether a layer and its activation are two modules in PyTorch."""
    layer = _on_steps(layer)
    alone = isinstance(layer, Activate) or isinstance(layer.activation, Identity)
    return isinstance(layer, Activated) and not alone


def _on_steps(layer: Layer) -> Layer:
    """The layer itself, or what it puts on every step."""
    return _on_steps(layer.layer) if isinstance(layer, TimeDistributed) else layer

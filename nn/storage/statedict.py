"""The parameters of networks under the names that PyTorch gives them.

==========================================  ===============================================================

here                                        as a module of PyTorch
==========================================  ===============================================================

`Chain`, `MLP`                              `Sequential`: "0.", "1.", ...
`Dense` and its activation                  `Linear`, and a module for the activation, which the next number counts
                                            too; none for `Identity`
`Conv1D`, `Conv2D`, `Conv2DTranspose`       `Conv1d`, `Conv2d`, `ConvTranspose2d`, and their activations the same
                                            way; pooling and other layers on images are a number, no parameters
`BatchNormalization`                        `BatchNorm1d` or `BatchNorm2d`, with its running averages
`LayerNormalization`                        `LayerNorm`
`Attention`, `CrossAttention`               `MultiheadAttention`, whose module is called with queries, keys and values
`PositionalEncoding`                        a module of one's own; where it is learnt, with the parameter `positions`
`RNN`, `LSTM`, `GRU`                        `RNN`, `LSTM`, `GRU` of one layer, with the gates in its order, and its
                                            second bias 0 but for the candidate of `GRU`; they give a tuple there,
                                            so that a module of one's own takes the place of `Sequential`
`Bidirectional` of two of a kind            the same with bidirectional=True; of others, parts `layer` and `reverse`
`Flatten`, `Reshape`, `Dropout`             `Flatten`, `Unflatten`, `Dropout`: a number, no parameters
`SpectralNormalization`                     the module of its layer, by `torch.nn.utils.parametrizations.spectral_norm`
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
==========================================  ===============================================================


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
from layers import (
    GRU,
    LSTM,
    Activate,
    Activated,
    Bidirectional,
    Chain,
    Composite,
    Conv2DTranspose,
    Layer,
    Recurrent,
    SpectralNormalization,
    TimeDistributed,
)

ATTENTION = {
    "inputWeight": "in_proj_weight",
    "inputBias": "in_proj_bias",
    "outputWeight": "out_proj.weight",
    "outputBias": "out_proj.bias",
}
NAMES = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var", **ATTENTION}
OF_WEIGHT = {"weight": "original", "left": "0._u", "right": "0._v"}
NORMALIZED = {own: f"parametrizations.weight.{name}" for own, name in OF_WEIGHT.items()} | {"updates": ""}
VECTORS = {"bias", "left", "right", *NAMES} - {"inputWeight", "outputWeight"}  # (features, 1) here, (features,) there
GATES = {LSTM: (1, 2, 0, 3), GRU: (0, 1, 2)}  # our blocks of rows in PyTorch's order: i, f, g, o and r, z, n


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
        if isinstance(leaf, Recurrent):
            yield from _recurrent(leaf, f"{place}{{}}_l0")
            continue
        if isinstance(leaf, Bidirectional):
            yield from _recurrent(leaf.layer, f"{place}{{}}_l0")
            yield from _recurrent(leaf.reverse, f"{place}{{}}_l0_reverse")
            continue
        names = NAMES
        if isinstance(leaf, SpectralNormalization):
            leaf, names = leaf.layer, NORMALIZED
        for own, array in (leaf.parameters | leaf.statistics).items():
            if isinstance(leaf, Conv2DTranspose) and own == "weight":
                array = np.swapaxes(array, 0, 1)  # (in, out, height, width) there
            if name := names.get(own, own):
                yield f"{place}{name}", array.flatten() if own in VECTORS else array.copy("C")


def _recurrent(layer: Layer, name: str) -> Iterator[tuple[str, Array]]:
    """The parameters of a recurrent layer, with the weights of x and of h apart, and a bias for each."""
    assert isinstance(layer, Recurrent)
    H = layer.outputDim
    order = next((gates for kind, gates in GATES.items() if isinstance(layer, kind)), (0,))
    rows = np.concatenate([np.arange(k * H, (k + 1) * H) for k in order])
    second = np.zeros_like(layer.bias[:, 0])
    if isinstance(layer, GRU):
        second[2 * H :] = layer.recurrentBias[:, 0]
    yield name.format("weight_ih"), layer.weight[rows, H:]
    yield name.format("weight_hh"), layer.weight[rows, :H]
    yield name.format("bias_ih"), layer.bias[rows, 0]
    yield name.format("bias_hh"), second


def _places(layer: Layer, prefix: str) -> Iterator[tuple[str, Layer]]:
    """The layers without parts, each with the beginning of its parameters' names."""
    layer = _on_steps(layer)
    children = layer.children() if isinstance(layer, Composite) and not _is_one_module(layer) else {}
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
    layer = layer.layer if isinstance(layer, SpectralNormalization) else layer
    alone = isinstance(layer, Activate) or isinstance(layer.activation, Identity)
    return isinstance(layer, Activated) and not alone


def _on_steps(layer: Layer) -> Layer:
    """The layer itself, or what it puts on every step."""
    return _on_steps(layer.layer) if isinstance(layer, TimeDistributed) else layer


def _is_one_module(layer: Layer) -> bool:
    """Whether a layer that is made of others is one module in PyTorch."""
    if isinstance(layer, SpectralNormalization):
        return True
    if not isinstance(layer, Bidirectional) or not isinstance(layer.layer, Recurrent):
        return False
    ahead, back = layer.layer, layer.reverse
    return type(ahead) is type(back) and ahead.weight.shape == back.weight.shape

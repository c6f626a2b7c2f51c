"""The training of one layer on the codes of those below: in an autoencoder, or as a restricted Boltzmann machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leibnet import randomness
from leibnet.arguments import refusal
from leibnet.arrays import bernoulli
from leibnet.types import Array

from activations import Activation, Identity, Sigmoid
from dataset import Corruption
from layers import Dense, Penalty
from nn.models.autoencoder import Autoencoder
from nn.models.energy.rbm import RBM
from nn.models.mlp import MLP
from nn.training.history import History
from optimizer import Optimizer


@dataclass(frozen=True)
class Stage:
    """One layer's training.

    Attributes
    ----------
    layer : the layer.
    model : what it was trained in, an `Autoencoder`, or the `RBM` whose weights it has.
    decoder : from the layer's codes back to what it sees, with the layer's optimizer.
    history : of that training.
    """

    layer: Dense
    model: Autoencoder | RBM
    decoder: Dense
    history: History


def inAutoencoder(layer: Dense, codes: Array, corruption: Corruption | None) -> Autoencoder:
    """The layer with a decoder of one Dense layer, for codes (inputDim, N) of the layers below."""
    activation: Activation = Sigmoid() if _inside(codes) else Identity()
    decoder = Dense(layer.outputDim, layer.inputDim, activation, layer.optimizer)
    decoder.astype(layer.dtype)
    return Autoencoder(MLP([layer]), MLP([decoder]), corruption=corruption)


def asMachine(layer: Dense, codes: Array, steps: int, persistent: int) -> RBM:
    """A machine of the layer's size and optimizer, for codes (inputDim, N); Gaussian outside [0, 1].

    ValueError if the layer is no Sigmoid, which is what hidden units are, or frozen.
    """
    if layer.activation.link != "Sigmoid":
        expected, remedy = "a Sigmoid, for the hidden units of an RBM are on or off", "take another way, or until="
        raise ValueError(refusal("pretrain", f"{layer.describe()} by='rbm'", expected, layer.activation, remedy))
    if not layer.trainable:
        raise ValueError(refusal("pretrain", f"{layer.describe()} by='rbm'", "trainable", "a frozen layer"))
    visible = "bernoulli" if _inside(codes) else "gaussian"
    rbm = RBM(layer.inputDim, layer.outputDim, visible, layer.optimizer, steps, persistent)
    rbm.astype(layer.dtype)
    return rbm


def drawn(codes: Array) -> Array:
    """Units (inputDim, N) that are on or off with the probabilities `codes`; codes outside [0, 1] as they are.

    Were the probabilities themselves the data, the draws of the machine's chains would be noise that the data have not,
    and the weights would shrink.
    """
    if not _inside(codes):
        return codes
    return bernoulli(randomness.networks.generator, codes)


def copied(rbm: RBM, layer: Dense) -> Dense:
    """Copies the machine's encoder into the layer, and gives its decoder."""
    encoder = rbm.toDense()
    layer.weight, layer.bias = encoder.weight, encoder.bias
    return rbm.toDecoder(layer.optimizer)


@contextmanager
def learning(layer: Dense, optimizer: Optimizer | None, penalty: Penalty | None) -> Iterator[None]:
    """A stretch in which the layer has this optimizer and this penalty, where they are given, instead of its own.

    Its own optimizer remembers nothing of the stretch.
    """
    before = layer.optimizer.clone(), layer.penalty
    if optimizer is not None:
        layer.optimizer = optimizer.clone()
    if penalty is not None:
        penalty.check(layer.describe(), layer.activation, layer.parameters)
        layer.penalty = penalty
    try:
        yield
    finally:
        layer.optimizer, layer.penalty = before


def _inside(codes: Array) -> bool:
    """Whether they are probabilities, or can be taken for such."""
    return bool(codes.min() >= 0 and codes.max() <= 1)

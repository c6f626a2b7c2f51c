"""The estimators' arguments as objects of the library."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from numbers import Integral
from typing import Any

from leibnet.arguments import choice, instance, number, refusal, wholeNumber

from activations import ELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Tanh
from layers import Dense, Learning
from layers.parameters import pack
from nn.models.model import Model
from optimizer import SGD, Adam, Optimizer

ACTIVATIONS: dict[str, type[Activation]] = {
    "relu": ReLU,
    "tanh": Tanh,
    "logistic": Sigmoid,
    "identity": Identity,
    "elu": ELU,
    "leaky_relu": LeakyReLU,
}
SOLVERS = "adam", "sgd"


def activation_of(owner: str, value: Any) -> Activation:
    """The activation of a name, or the one that was given."""
    if isinstance(value, str):
        return ACTIVATIONS[choice(owner, "activation", value, list(ACTIVATIONS))]()
    return instance(owner, "activation", value, Activation, "'relu' or ReLU()")


def optimizer_of(owner: str, solver: Any, step: Any, decay: Any, momentum: Any) -> Optimizer:
    """The optimizer of a solver's name, its step, its weight decay and, for "sgd", its (Nesterov's) momentum."""
    step = number(owner, "learning_rate_init", step, low=0, excluding="low")
    decay = number(owner, "alpha", decay, low=0)
    momentum = number(owner, "momentum", momentum, low=0, high=1, excluding="high")
    if choice(owner, "solver", solver, SOLVERS) == "adam":
        return Adam(lr=step, weightDecay=decay)
    return SGD(lr=step, momentum=momentum, nesterov=momentum > 0, weightDecay=decay)


def sizes_of(owner: str, value: Any) -> list[int]:
    """The sizes of the hidden layers: a whole number stands for one layer."""
    sizes = [value] if isinstance(value, Integral) else value
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise TypeError(refusal(owner, "hidden_layer_sizes", "whole numbers such as (100,)", value))
    return [wholeNumber(owner, "every one of hidden_layer_sizes", size) for size in sizes]


def dense(sizes: list[int], hidden: Activation, last: Activation | None, optimizer: Optimizer) -> list[Dense]:
    """Fully connected layers between these sizes; the last one has an activation of its own, Identity for None."""
    pairs = list(pairwise(sizes))
    return [
        Dense(inputs, outputs, hidden if place < len(pairs) else last, optimizer)
        for place, (inputs, outputs) in enumerate(pairs, 1)
    ]


def settle(model: Model, dtype: Any) -> None:
    """Converts a model that nobody has seen yet, and puts the parameters of each of its networks behind one another.

    One update then moves all of them. A training does so itself only where it changes the precision.
    """
    model.astype(dtype)
    for chain in model.networks().values():
        pack([layer.block for layer in chain.leaves().values() if isinstance(layer, Learning)], dtype)

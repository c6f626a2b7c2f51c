"""What can go wrong in every model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layers import Layer
from nn.watch.gradients.throughlayers import Gradients
from nn.watch.gradients.throughtime import ExplodingThroughTime
from nn.watch.inside.heads import Heads
from nn.watch.inside.units import Units
from nn.watch.reading import inner, isNew
from nn.watch.scales import Inputs, LossOf, Signals, Updates, Weights
from nn.watch.symptom import Symptom


def general(chains: Sequence[Sequence[Layer]], loss: LossOf, hidden: Iterable[Layer] | None = None) -> list[Symptom]:
    """The symptoms of every model.

    Parameters
    ----------
    chains : the layers of each network, in the order of the forward pass (of a layer made of layers those it is made
        of, see `Layer.leaves`); the data enter the last network.
    loss : the loss of the step of an observation, before its update; NaN for a model whose loss does not fall when
        training goes well.
    hidden : the layers whose units are looked at; default all but the output layer of each network.
    """
    inside = [layer for chain in chains for layer in inner(chain)]
    new = all(isNew(layer) for chain in chains for layer in chain)
    return [
        Inputs(chains[-1][0]),
        Weights(chains),
        Signals(inside if new else ()),
        Updates(chains, loss),
        Units(inside if hidden is None else hidden),
        Heads(layer for chain in chains for layer in chain),
        ExplodingThroughTime(layer for chain in chains for layer in chain),
        Gradients(chains),
    ]

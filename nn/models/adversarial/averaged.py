"""A network that follows another one as its average."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import number

from layers import Learning, SpectralNormalization
from nn.models.mlp import MLP

AT_FIRST = 10  # updates over which the average grows to its length


class AveragedNetwork:
    """A copy of a network whose parameters are the average over its last updates, for samples.

        θ' ← d θ' + (1 - d) θ        d = min(decay, (1 + t)/(10 + t)) in update t

    A game goes round in circles rather than to a point, and the average lies nearer to the middle (Yazıcı et al. 2019,
    arXiv:1806.04498; Karras et al. 2018, arXiv:1710.10196). The first updates weigh less, so that the initial values
    are soon forgotten. What is kept beside parameters, as by `BatchNormalization`, is averaged alike; σ of a
    `SpectralNormalization` is that of the averaged weight.

    Parameters
    ----------
    network : the network that learns.
    decay : from 0 to below 1; the average is over about 1/(1 - decay) updates.

    Attributes
    ----------
    network : the average, an MLP of its own.
    learner : the network that it follows.
    decay : as given.
    updates : how many it has followed.
    """

    def __init__(self, owner: str, network: MLP, decay: float) -> None:
        self.decay = number(owner, "averaging", decay, low=0, high=1, excluding="high")
        self.network, self.updates = network.copy(), 0
        self.network.freeze()
        self.learner = network

    def fits(self) -> bool:
        """Whether the network still has the layers that it had when the average was made."""
        mine, theirs = ([array.shape for array in one.arrays().values()] for one in (self.network, self.learner))
        return mine == theirs

    def follow(self) -> None:
        """Takes in one update of the network."""
        self.updates += 1
        rest = 1 - min(self.decay, (1 + self.updates) / (AT_FIRST + self.updates))
        for mine, theirs in zip(self.network.chain.parts(), self.learner.chain.parts(), strict=True):
            if isinstance(mine, Learning) and isinstance(theirs, Learning):
                mine.parameterVector[...] += rest * (theirs.parameterVector - mine.parameterVector)
            for name, array in mine.statistics.items():
                array += rest * (theirs.statistics[name] - array)
        for mine in self.network.chain.parts():
            if isinstance(mine, SpectralNormalization):
                mine.iterate()  # an average of directions has another length

    def state(self) -> dict[str, Any]:
        """How many updates it has followed; its parameters are kept with those of the networks."""
        return {"updates": self.updates}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""
        self.updates = int(state["updates"])

"""The chains of a restricted Boltzmann machine and of a deep belief network."""

from __future__ import annotations

from leibnet.arguments import randomGenerator
from leibnet.arrays import bernoulli
from leibnet.types import Array

import numpy as np

from layers import Pass
from nn.explore.subjects.chains.running import ChainStep, RunningChain, raw, scaled
from nn.models.energy.dbn import DBN
from nn.models.energy.rbm import RBM


class GibbsChain(RunningChain):
    """An RBM's: h ~ p(h | v), v ~ p(v | h). It is that of `RBM.gibbs`, with the hidden states to be seen."""

    figureName = "free energy F(v)"
    model: RBM

    def _noise(self) -> Array:
        return raw(self.model, self.model.layer.noise(1, self.rng))[:, 0]

    def _at(self, x: Array) -> ChainStep:
        return ChainStep(x, x, self.model.encode(x[:, np.newaxis])[:, 0], self._figure(x))

    def _next(self, step: ChainStep) -> ChainStep:
        layer, now = self.model.layer, Pass()
        u = self.model.centredStates(step.state[:, np.newaxis])
        _, centred = layer.drawHidden(layer.hiddenInput(u, now), now, self.rng)
        hidden = (centred + layer.hiddenOffset)[:, 0]
        mean, u = layer.drawVisible(centred, now, self.rng)
        state = raw(self.model, u + layer.visibleOffset)[:, 0]
        return ChainStep(state, raw(self.model, mean.copy())[:, 0], hidden, self._figure(state))

    def _figure(self, x: Array) -> float:
        return float(self.model.freeEnergy(x[:, np.newaxis])[0])


class BeliefChain(RunningChain):
    """A deep belief network's: Gibbs steps of the top machine, and from every state of it draws down to the pixels.

    What lies below the top is drawn from it, and does not lead the chain: so no pixel can be held.
    """

    figureName, canClamp = "free energy of the top machine", False
    model: DBN

    def __init__(self, model: DBN, rng: np.random.Generator | int | None = None) -> None:
        rng = randomGenerator("BeliefChain", rng) or np.random.default_rng()
        self._aside = rng.spawn(1)[0]  # for the way down, so that the chain is the same whether it is looked at or not
        self.top = GibbsChain(model.rbms[-1], rng)
        super().__init__(model, rng)

    def _noise(self) -> Array:
        return self._down(self.top.begin().state)

    def _at(self, x: Array) -> ChainStep:
        h = scaled(self.model, x[:, np.newaxis])
        for rbm in self.model.rbms[:-1]:
            h = bernoulli(self._aside, rbm.encode(h))
        top = self.top.begin(h[:, 0])
        return ChainStep(x, x, top.hidden, top.figure)

    def _next(self, step: ChainStep) -> ChainStep:
        top = self.top.advance()
        x = self._down(top.mean)
        return ChainStep(x, x, top.hidden, top.figure)

    def _figure(self, x: Array) -> float:
        return self.top.step.figure

    def _down(self, h: Array) -> Array:
        """The mean of the pixels, by draws of the units in between, as `DBN.sample` goes down."""
        x = h[:, np.newaxis]
        for rbm in reversed(self.model.rbms[:-1]):
            x = rbm.decode(bernoulli(self._aside, x))
        return raw(self.model, x)[:, 0]

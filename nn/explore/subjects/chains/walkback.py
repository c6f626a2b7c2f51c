"""The chain of a generative stochastic network, and the chain that a model has."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np

from nn.explore.subjects.chains.boltzmann import BeliefChain, GibbsChain
from nn.explore.subjects.chains.running import ChainStep, RunningChain, raw, scaled
from nn.models.energy.dbn import DBN
from nn.models.energy.rbm import RBM
from nn.models.gsn import GSN


class WalkBackChain(RunningChain):
    """A generative stochastic network's: corrupt, reconstruct, draw. It is that of `GSN.walk`."""

    figureName = "-ln p(x | corrupted x before)"
    model: GSN

    def _noise(self) -> Array:
        return raw(self.model, self.rng.integers(2, size=(*self.shape, 1)).astype(float))[..., 0]

    def _at(self, x: Array) -> ChainStep:
        return ChainStep(x, x, self._code(x), self._entropy(x, self.model.reconstruct(x[..., np.newaxis])[..., 0]))

    def _next(self, step: ChainStep) -> ChainStep:
        mean, state = (one[..., 0] for one in next(self.model.walk(step.state[..., np.newaxis], self.rng)))
        self._mean = mean
        return ChainStep(state, mean, self._code(state), self._figure(state))

    def _figure(self, x: Array) -> float:
        return self._entropy(x, self._mean)

    def _code(self, x: Array) -> Array:
        return self.model.encode(x[..., np.newaxis]).ravel()

    def _entropy(self, x: Array, mean: Array) -> float:
        """-Σ ln p(x), of units in [0, 1] with these means; both raw."""
        x, mean = (scaled(self.model, one[..., np.newaxis]) for one in (x, mean))
        p = np.clip(np.asarray(mean, float), 1e-12, 1 - 1e-12)
        return float(-(x * np.log(p) + (1 - x) * np.log1p(-p)).sum())


CHAINS: dict[type, type[RunningChain]] = {RBM: GibbsChain, DBN: BeliefChain, GSN: WalkBackChain}


def runningChain(model: Any, rng: np.random.Generator | int | None = None) -> RunningChain:
    """The chain of a model; TypeError for one that has none."""
    for kind, chain in CHAINS.items():
        if isinstance(model, kind):
            return chain(model, rng)
    raise TypeError(refusal("runningChain", "the model", f"one of {', '.join(one.__name__ for one in CHAINS)}", model))

"""A chain of random states that runs step by step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from leibnet.arguments import randomGenerator, refusal
from leibnet.types import Array

import numpy as np


@dataclass
class ChainStep:
    """Where a chain is after a step.

    Attributes
    ----------
    state : x, the samples' shape; it goes on from here.
    mean : what the state was drawn from, likewise: the same without the last draw's noise.
    hidden : the states of the hidden units, (units,): 0 or 1 where they are drawn, else probabilities or numbers.
    figure : of the state, in nats; see `RunningChain.figureName`.
    """

    state: Array
    mean: Array
    hidden: Array
    figure: float


class RunningChain(ABC):
    """A chain that is led by hand: begin, step, clamp. It keeps its own state; the model has none of it.

    Attributes
    ----------
    figureName : what the figure of a step is.
    canClamp : whether a part of the state can be held while the rest is drawn.
    shape : of one sample.
    count : how many steps were made since the beginning.
    kept : True where the state is held, in the shape of a sample; None: nowhere.
    step : the last one.
    """

    figureName: str
    canClamp = True

    def __init__(self, model: Any, rng: np.random.Generator | int | None = None) -> None:
        self.model, self.shape = model, tuple(model.inputShape or model.sampleShape or ())
        self.rng = randomGenerator(type(self).__name__, rng) or np.random.default_rng()
        self.begin()

    def begin(self, start: Any = None) -> ChainStep:
        """Begins anew: in a sample of this shape, or in noise. Nothing is held any more."""
        x = self._noise() if start is None else np.asarray(start, float)
        if x.shape != self.shape:
            raise ValueError(refusal(type(self).__name__, "start", f"a sample of shape {self.shape}", x.shape))
        self.count = 0
        self.kept: Array | None = None
        self._held = x
        self.step = self._at(x)
        return self.step

    def clamp(self, kept: Any) -> None:
        """Holds the state where `kept` (in a sample's shape) is True, as it is now; None: nothing any more."""
        if kept is None:
            self.kept = None
            return
        if not self.canClamp:
            raise ValueError(refusal(type(self).__name__, "kept", "None: this chain holds nothing", "places"))
        mask = np.asarray(kept, bool)
        if mask.shape != self.shape:
            raise ValueError(refusal(type(self).__name__, "kept", f"True or False in shape {self.shape}", mask.shape))
        self.kept, self._held = mask, self.step.state.copy()

    def advance(self) -> ChainStep:
        """One step of the chain."""
        self.step, self.count = self._next(self.step), self.count + 1
        if self.kept is not None:
            state, mean = (np.where(self.kept, self._held, one) for one in (self.step.state, self.step.mean))
            self.step = ChainStep(state, mean, self.step.hidden, self._figure(state))
        return self.step

    @abstractmethod
    def _noise(self) -> Array:
        """A beginning."""

    @abstractmethod
    def _at(self, x: Array) -> ChainStep:
        """The place of a sample."""

    @abstractmethod
    def _next(self, step: ChainStep) -> ChainStep:
        """The place after the next step."""

    @abstractmethod
    def _figure(self, x: Array) -> float:
        """That of a state."""


def raw(model: Any, x: Array) -> Array:
    """Samples (..., N) in the units of the data."""
    return x if model.standardization is None else np.asarray(model.standardization.undo(x))


def scaled(model: Any, x: Array) -> Array:
    """Samples (..., N) as the layers see them."""
    return x if model.standardization is None else np.asarray(model.standardization.apply(x))

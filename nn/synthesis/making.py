"""A picture that is being made, octave by octave."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from leibnet.arrays import isFinite
from leibnet.types import Array, Shape

import numpy as np

from nn.synthesis.energy import Energy, titles
from nn.synthesis.frozennetwork import FrozenNetwork
from nn.synthesis.keeping import Keeping, Moment
from nn.synthesis.objectives.inputobjective import InputObjective
from nn.synthesis.resizing import resized
from nn.synthesis.showing import shownSteps
from nn.synthesis.stepping import Bounds, Stepping
from nn.training.checkpoints.interruption import Interruption
from nn.training.history import History
from nn.watch.divergence import DivergenceError

Schedule = Callable[[float, float], float]
TOO_LARGE = "The steps are too large: take a smaller lr, or bounds for the pixels"


class Making:
    """The loop of `optimizeInput`, whose arguments these are, after they were checked.

    Attributes
    ----------
    picture : as it is now.
    history : of all steps so far.
    """

    def __init__(
        self,
        network: FrozenNetwork,
        objectives: Sequence[InputObjective],
        start: Array,
        sizes: list[Shape],
        steps: int,
        stepping: Stepping,
        bounds: Bounds,
        jitter: int,
        schedule: Schedule | None,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._objectives, self._start, self._sizes = network, objectives, start, sizes
        self._steps, self._stepping, self._bounds, self._jitter = steps, stepping, bounds, jitter
        self._schedule, self._rng = schedule, rng
        self._interruption = Interruption()
        self.history = History(["total", *titles(objectives)])
        self.picture = self._sized(start, 0)
        self._now = Moment(0, 0, self.picture, self.picture, rng.bit_generator.state, 0)
        self._energy(0, self.picture)  # which looks at all that it is given

    def run(self, keeping: Keeping, resume: bool, progress: bool | None) -> None:
        """Makes all steps that are left, or those until Ctrl-C."""
        if resume and (kept := keeping.read(self._sizes, self._rng, self.history)) is not None:
            self._now, remembered = kept
            self.picture = self._now.x
            self._rng.bit_generator.state = self._now.rng
            self._stepping.setArrays(remembered, self._now.step)
        began = time.perf_counter() - self.history.seconds
        self._interruption.install()
        try:
            with shownSteps(progress, self._steps * len(self._sizes), self._now.entries) as show:
                while self._now.octave < len(self._sizes) and not self._interruption.noted:
                    energy = self._energy(self._now.octave, self._now.began)

                    def after(picture: Array, energy: Energy = energy) -> bool:
                        if not (math.isfinite(energy.last["total"]) and isFinite(picture)):
                            raise DivergenceError("the picture", TOO_LARGE, len(self.history.index) + 1)
                        self.picture = picture
                        self.history.append(len(self.history.index) + 1, energy.last)
                        self.history.seconds = time.perf_counter() - began
                        show(len(self.history.index), energy.last)
                        return not self._interruption.noted

                    self._octave(energy, after, keeping)
        finally:
            self._interruption.remove()
        keeping.write(self._now, self.history, self._stepping.arrays())

    @property
    def isInterrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._interruption.noted

    def _octave(self, energy: Energy, after: Callable[[Array], bool], keeping: Keeping) -> None:
        """The steps of one size of the picture."""
        while (now := self._now).step < self._steps:
            factor = 1.0 if self._schedule is None else float(self._schedule(now.step, self._steps))
            left, before = self._steps - now.step, len(self.history.index)
            x = self._stepping.round(now.x, energy, self._bounds, left, factor, after)
            made = len(self.history.index) - before
            if self._interruption.noted and not self._stepping.isRound(made, left):
                return  # in the middle of a round, from which nothing could go on
            self._now = now._replace(
                step=now.step + made, x=x, rng=self._rng.bit_generator.state, entries=len(self.history.index)
            )
            if keeping.isDue:
                keeping.write(self._now, self.history, self._stepping.arrays())
            if self._interruption.noted:
                return
            if not made:
                break  # there is no way down any more
        self._next()

    def _next(self) -> None:
        """Goes on to the next octave, with what was added to the picture in this one."""
        octave, x = self._now.octave + 1, self._now.x
        if octave < len(self._sizes):
            detail = x - self._sized(self._start, octave - 1)
            x = self._sized(self._start, octave) + self._sized(detail, octave)
            if self._bounds is not None:
                np.clip(x, *self._bounds, out=x)
        self._stepping.begin()
        self._now = self._now._replace(octave=octave, step=0, x=x, began=x)
        self.picture = x

    def _energy(self, octave: int, x: Array) -> Energy:
        scale = x.shape[1] / self._sizes[-1][1] if x.ndim == 4 else 1.0
        return Energy(self._network, self._objectives, x, scale, self._jitter, self._rng)

    def _sized(self, x: Array, octave: int) -> Array:
        """The picture in the size of an octave."""
        return resized(x, *self._sizes[octave][1:3]) if x.ndim == 4 else x

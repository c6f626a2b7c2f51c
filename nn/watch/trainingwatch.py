"""The training watch: a look at the layers after some of the steps, and a warning where something goes wrong."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from nn.training.step import Batch
from nn.watch.symptom import Finding, Look, Symptom

FIRST = (1, 2, 4, 8, 16, 32, 50, 100, 150, 200)  # steps that are looked at
EVERY = 100  # steps from one look to the next from then on


class TrainingWarning(RuntimeWarning):
    """A training goes wrong, though its numbers are finite.

    Attributes
    ----------
    kind : what was found, see `nn.watch.symptom.Finding`.
    layer : place and kind of the layer.
    cause : the figure, and what to try.
    step : number of the step, from 1.
    """

    def __init__(self, finding: Finding, step: int) -> None:
        self.kind, self.layer, self.cause, self.step = finding.kind, finding.layer, finding.text, step
        super().__init__(f"{self.layer}, at step {step}: {self.cause}")


class Watch:
    """Looks for symptoms in the course of a training, and says each once.

    After the steps 1, 2, 4, 8, 16, 32, 50, 100, 150, 200, and then every 100th one. What a finding explains is not said
    after it: a learning rate that was too large leaves dead units, and those a loss that stays where it is.

    Parameters
    ----------
    symptoms : what to look for.
    aside : a context in which others may print; default one that does nothing.
    steps : how many were made before, in a training that goes on; default 0.
    """

    def __init__(
        self,
        symptoms: Iterable[Symptom],
        aside: Callable[[], AbstractContextManager[Any]] = nullcontext,
        steps: int = 0,
    ) -> None:
        self._symptoms = sorted(symptoms, key=lambda symptom: symptom.rank)
        self._aside = aside
        self._held: Mapping[str, Mapping[str, float]] = {}
        self._plan(steps)

    def look(self, step: int, batch: Batch, epoch: float) -> None:
        """To be called after every step, with its number from 1, its mini-batch, and the epochs before it."""
        if step < self._wake:
            return
        if step == self._next:
            with np.errstate(all="ignore"):
                self._examine(Look(batch.inputs, batch.labels, step=step, epoch=epoch, held=self._held))
        self._plan(step)

    def entry(self, quantities: Mapping[str, Mapping[str, float]]) -> None:
        """To be called at an entry of the metrics, with the quantities of each set."""
        self._held = {split: values for split, values in quantities.items() if split != "train"}

    def _plan(self, step: int) -> None:
        """After this step, finds the next one to be looked at, for which the step before prepares."""
        self._next = next((first for first in FIRST if first > step), (step // EVERY + 1) * EVERY)
        if step == self._next - 1:
            for symptom in self._symptoms:
                symptom.prepare()
        self._wake = max(step + 1, self._next - 1) if self._symptoms else math.inf

    def _examine(self, look: Look) -> None:
        done = {id(symptom) for symptom in self._symptoms if symptom.once}
        for symptom in self._symptoms:
            finding = symptom.examine(look)
            if finding is None:
                continue
            done.add(id(symptom))
            if finding.explains:
                done |= {id(one) for one in self._symptoms if one.rank > symptom.rank}
            with self._aside():
                warnings.warn(TrainingWarning(finding, look.step), stacklevel=4)
            break
        self._symptoms = [symptom for symptom in self._symptoms if id(symptom) not in done]

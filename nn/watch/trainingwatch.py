"""The training watch: the layers are looked at after some of the steps, and a warning says what goes wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from leibnet.terminal import warn

import numpy as np

from dataset import Batch
from nn.training.course import Course
from nn.training.listener import Listener
from nn.watch.symptom import Finding, Observation, Symptom

FIRST = (1, 2, 4, 8, 16, 32, 50, 100, 150, 200)  # steps that are observed
EVERY = 100  # steps from one observation to the next from then on


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
        super().__init__(finding, step)  # from which it is made again where it is copied or pickled
        self.kind, self.layer, self.cause, self.step = finding.kind, finding.layer, finding.text, step

    def __str__(self) -> str:
        return f"{self.layer}, at step {self.step}: {self.cause}"


class Watch(Listener):
    """Looks for symptoms in the course of a training, and says each once.

    After the steps 1, 2, 4, 8, 16, 32, 50, 100, 150, 200, and then every 100th one. What a finding explains is not said
    after it: a learning rate that was too large leaves dead units, and those a loss that stays where it is.

    Parameters
    ----------
    symptoms : what to look for.
    """

    def __init__(self, symptoms: Iterable[Symptom]) -> None:
        self._symptoms = sorted(symptoms, key=lambda symptom: symptom.rank)
        self._heldOut: Mapping[str, Mapping[str, float]] = {}
        self._wake = math.inf

    def begin(self, course: Course) -> None:
        self._plan(course.steps)

    def stepped(self, course: Course) -> None:
        if course.steps < self._wake or course.batch is None:
            return
        if course.steps == self._next:
            self._observe(course, course.batch)
        self._plan(course.steps)

    def entered(self, course: Course) -> None:
        self._heldOut = {split: values for split, values in course.means.items() if split != "train"}

    def _observe(self, course: Course, batch: Batch) -> None:
        """Examines what the last step has left in the layers, and says what was found."""
        epoch = (course.steps - 1) / course.stepsPerEpoch  # done before the step
        with np.errstate(all="ignore"):
            seen = Observation(batch.inputs, batch.labels, step=course.steps, epoch=epoch, heldOut=self._heldOut)
            finding = self._examine(seen)
        if finding is not None:
            with course.suspended():
                warn(TrainingWarning(finding, course.steps))

    def _plan(self, step: int) -> None:
        """After this step, finds the next one to be observed, for which the step before prepares."""
        self._next = next((first for first in FIRST if first > step), (step // EVERY + 1) * EVERY)
        if step == self._next - 1:
            for symptom in self._symptoms:
                symptom.prepare()
        self._wake = max(step + 1, self._next - 1) if self._symptoms else math.inf

    def _examine(self, seen: Observation) -> Finding | None:
        """The first finding, from causes to consequences."""
        done = {id(symptom) for symptom in self._symptoms if symptom.once}
        found = None
        for symptom in self._symptoms:
            found = symptom.examine(seen)
            if found is None:
                continue
            done.add(id(symptom))
            if found.explains:
                done |= {id(one) for one in self._symptoms if one.rank > symptom.rank}
            break
        self._symptoms = [symptom for symptom in self._symptoms if id(symptom) not in done]
        return found

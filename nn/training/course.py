"""Where a training is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from leibnet import randomness
from leibnet.arguments import number
from leibnet.plain import generatorLike, generatorState, isCount, require

from dataset import Batch, Dataset
from nn.training.arguments import checkTraining
from nn.training.history import History
from nn.training.metrics import Meter, MetricName
from nn.training.ranks.alone import Alone
from nn.training.step import StepContext, Trainable

Plain = dict[str, Any]


class Course:
    """The course of a training: what is known before it, and where it is. Listeners read it.

    Parameters
    ----------
    model : the model.
    dataset : the data set.
    epochs : how often to go through the training set.
    metrics : the names of the metrics.
    entriesPerEpoch : how many entries of the metrics are made in an epoch, evenly spread.
    schedule : a function of (epoch, epochs) that multiplies the step, or None.
    together : the ranks that train the model; default this process alone.

    Attributes
    ----------
    model, dataset, epochs, entriesPerEpoch, schedule, together : as given.
    metrics : a `MetricName` by the metric's name.
    stepsPerEpoch : the steps of an epoch.
    history : the entries so far.
    meter : means of the training's own quantities since the last entry.
    steps : steps made.
    index : samples processed.
    batch : the batch of the last step; None before the first.
    values : what the last step measured.
    means : at an entry, the quantities of each set, by split and quantity.
    resumed : whether the training goes on from a checkpoint.
    isCheckpointed : whether somebody asks for its `state`, which then says in which order an epoch began.
    suspended : a function whose context is a stretch in which others may print, without a progress bar in their way.
    """

    def __init__(
        self,
        model: Trainable,
        dataset: Dataset,
        epochs: int,
        metrics: Iterable[str],
        entriesPerEpoch: int = 1,
        schedule: Callable[[float, float], float] | None = None,
        together: Alone | None = None,
    ) -> None:
        names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
        self.metrics: Mapping[str, MetricName] = {name: MetricName.parse(name, model.directions) for name in names}
        self.epochs, self.entriesPerEpoch = checkTraining(dataset, epochs, self.metrics, entriesPerEpoch, schedule)
        self.model, self.dataset, self.schedule = model, dataset, schedule
        self.stepsPerEpoch = steps = len(dataset)
        self.samplesPerEpoch = min(steps * dataset.batch_size, dataset.train_size)
        self.history, self.meter = History(self.metrics, samplesPerEpoch=self.samplesPerEpoch), Meter()
        self.steps = self.index = 0
        self.batch: Batch | None = None
        self.values: Mapping[str, float] = {}
        self.means: Mapping[str, Mapping[str, float]] = {}
        self.resumed = self.isCheckpointed = False
        self.suspended: Callable[[], AbstractContextManager[Any]] = nullcontext
        self.together = Alone() if together is None else together
        self._isOver, self._stepFactor = False, 1.0
        self._began = time.perf_counter()
        self._epochStart = dataset.rng.bit_generator.state
        self._entryAt = {math.ceil(k * steps / self.entriesPerEpoch) for k in range(1, self.entriesPerEpoch + 1)}
        asked = frozenset(one.quantity for one in self.metrics.values() if one.split == "train")
        self._measured = asked.intersection(model.quantities)

    @property
    def epoch(self) -> float:
        """Epochs done, with their fraction."""
        return self.steps / self.stepsPerEpoch

    @property
    def progress(self) -> float:
        """The share of the training that is done, from 0 to 1."""
        return self.epoch / self.epochs

    @property
    def entryIsDue(self) -> bool:
        """Whether an entry of the metrics belongs to the last step."""
        return (self.steps - 1) % self.stepsPerEpoch + 1 in self._entryAt

    def stop(self) -> None:
        """Ends the training after this step."""
        self._isOver = True

    # What the loop does with it --------------------------------------------------------------------------------------

    def batches(self) -> Iterator[Batch]:
        """The batches that are left."""
        self._isOver = self.together.isOver(self._isOver)
        while self.steps < self.epochs * self.stepsPerEpoch and not self._isOver:
            done = self.steps % self.stepsPerEpoch
            for batch, _, _ in self._resumedEpoch(done) if done else self._newEpoch():
                yield batch
                self._isOver = self.together.isOver(self._isOver)
                if self._isOver:
                    return

    def _newEpoch(self) -> Iterator[tuple[Batch, Batch, int]]:
        self.together.begin(self.model, self.dataset)
        if self.isCheckpointed:
            self._epochStart = self.dataset.rng.bit_generator.state
        return self.together.batches(self.dataset)

    def _resumedEpoch(self, done: int) -> Iterator[tuple[Batch, Batch, int]]:
        """The batches of an epoch after the first ones, in the order in which they were drawn then."""
        generators = self.dataset.rng, randomness.data.generator, randomness.networks.generator
        now = [generator.bit_generator.state for generator in generators]
        self.dataset.rng.bit_generator.state = self._epochStart
        batches = self.together.batches(self.dataset)
        for _ in range(done):
            next(batches)
        for generator, state in zip(generators, now, strict=True):
            generator.bit_generator.state = state
        return batches

    def context(self, wanted: Iterable[Callable[[Course], frozenset[str]]] = ()) -> StepContext:
        """What the model is told about the next step; `wanted` are functions that say what else to measure."""
        quantities = self._measured
        for more in wanted:
            quantities |= more(self)
        quantities = self.together.wanted(self.model, quantities)
        epoch = self.epoch
        size = min(self.dataset.batch_size, self.dataset.train_size)
        self._stepFactor = self._factor(epoch)
        return StepContext(quantities, self._stepFactor, size, epoch, epoch / self.epochs, self.steps + 1)

    def _factor(self, epoch: float) -> float:
        """What the schedule gives; an exception of its own goes on, with a note."""
        if self.schedule is None:
            return 1.0
        try:
            factor = self.schedule(epoch, self.epochs)
        except Exception as error:
            error.add_note(f"raised by the schedule of this training for epoch {epoch:g} of {self.epochs}")
            raise
        if type(factor) is float and 0 <= factor < math.inf:
            return factor
        return number("train", f"what schedule gives for epoch {epoch:g} of {self.epochs}", factor, low=0)

    def note(self, batch: Batch, values: Mapping[str, float]) -> None:
        """Takes in a step that was made."""
        self.batch = batch
        self.values, samples, weight = self.together.whole(batch, values, self._stepFactor)
        self.steps += 1
        self.index += samples
        self.meter.add(self.values, samples, weight)
        self.tick()

    def enter(self, measured: Mapping[str, Mapping[str, float]]) -> None:
        """Makes an entry of the metrics, from what was measured of each set; of the training set also in its steps."""
        self.means = {**measured, "train": self.meter.means() | dict(measured.get("train", {}))}
        self.history.append(self.index, {name: self.means[m.split][m.quantity] for name, m in self.metrics.items()})
        self.meter = Meter()
        self.tick()

    def tick(self) -> None:
        """Takes down the time."""
        self.history.seconds = time.perf_counter() - self._began

    def equalize(self) -> None:
        """Lets all ranks be where the first is, and have what its listeners have made of the model."""
        self.together.equalize(self.model, self.dataset)
        state, best = self.together.fromFirst(lambda: (self.state(), self.history.bestIndex))
        if not self.together.isFirst:
            self.setState(state)
            self.history.bestIndex = best

    # What is kept of it ----------------------------------------------------------------------------------------------

    def state(self) -> Plain:
        """Where the training is, as plain values, for `setState`."""
        return {
            "steps": self.steps,
            "epochStart": generatorState(self._epochStart),
            "meter": self.meter.state(),
            "history": self.history.state(),
        }

    def checkState(self, state: Plain) -> None:
        """ValueError or LookupError if this, from a file, is no state of this course; it may hold more."""
        steps = require("steps", isCount(state["steps"]), "a whole number >= 0", state["steps"])
        if steps > self.epochs * self.stepsPerEpoch:
            raise ValueError(
                f"it has gone through {steps / self.stepsPerEpoch:g} epochs, and epochs, all of them together, is "
                f"{self.epochs}"
            )
        generatorLike("epochStart", self.dataset.rng, state["epochStart"])
        self.history.checkState(state["history"], steps * self.dataset.batch_size)
        self.meter.checkState(state["meter"], self._measured)

    def setState(self, state: Plain) -> None:
        """Goes on from what `state()` described."""
        self.steps, self.resumed = state["steps"], True
        epochs, rest = divmod(self.steps, self.stepsPerEpoch)
        self.index = epochs * self.samplesPerEpoch + rest * self.dataset.batch_size
        self._epochStart = generatorLike("epochStart", self.dataset.rng, state["epochStart"])
        self.meter.setState(state["meter"])
        self.history.setState(state["history"])
        self._began = time.perf_counter() - self.history.seconds

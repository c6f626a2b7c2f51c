"""A training in a file, from which it goes on."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dataset import Dataset
from leibnet import randomness
from leibnet.files import keepEarlier, reason, remedy, removeLeftovers, writeAtomically
from nn.storage.modelfile import build, plainly, read, serialize, why
from nn.training.earlystopping import EarlyStopping, toMinimise
from nn.training.history import History
from nn.training.metrics import Meter
from nn.training.step import Batch
from nn.training.trainingstate import BEST, TrainingState, differences, plainState
from nn.watch.divergence import isFinite
from optimizer.schedule import Schedule

if TYPE_CHECKING:
    from nn.models.model import Model

Array = NDArray[Any]
Plain = dict[str, Any]


class Checkpoint:
    """Where a training is kept, and how often.

        model.train(dataset, epochs=100, checkpoint="run.safetensors")
        model.train(dataset, epochs=100, checkpoint="run.safetensors", resume=True)     # after an interruption

    The file holds the last state: weights, optimizers, random-number generators, the place in the epoch, the history.
    It is written every so many seconds, at the end, and on Ctrl-C, which ends the training after the step that is under
    way (a second one ends it at once). Every time it is written in full before it replaces the one before, so a
    training that is killed goes on from there. `Model.load` opens it as the model with its last weights.

    The best weights so far are in a file beside it, "run.best.safetensors", a model for `Model.load`. So a second
    training in this folder must not be kept in "run.best.safetensors".

    Parameters
    ----------
    path : the file, in a folder that exists.
    seconds : from one writing to the next, at least; default 30. 0 writes after every step.
    metric : by which the best weights are chosen, one of the training's; larger is better if its name ends in
        "accuracy". Default: that of the early stopping, otherwise the first loss or accuracy of the validation set,
        or of the test set, or of the training set. A training without any of them has no file of the best weights.
    """

    def __init__(self, path: str | os.PathLike[str], seconds: float = 30.0, metric: str | None = None) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float, np.number)) or not seconds >= 0:
            raise ValueError(f"Checkpoint needs seconds >= 0 between two writings, got {seconds!r}")
        self.path, self.seconds, self.metric = Path(path), float(seconds), metric

    @staticmethod
    def at(place: Checkpoint | str | os.PathLike[str] | None) -> Checkpoint | None:
        """The checkpoint of that path; a checkpoint and None are taken as they are."""
        return place if place is None or isinstance(place, Checkpoint) else Checkpoint(place)

    @property
    def bestPath(self) -> Path:
        """The file of the best weights."""
        return self.path.with_name(f"{self.path.stem}.best{self.path.suffix}")

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, seconds={self.seconds:g}, metric={self.metric!r})"


class CheckpointError(ValueError):
    """A file is no checkpoint from which this training could go on; says why, and what to do."""


class Keeper:
    """Leads a training through its epochs, keeps it in the file of a `Checkpoint`, and gives it back.

    Parameters
    ----------
    checkpoint : where, or None to keep nothing.
    model, data, history, stopping : what the training is of.
    settings : what a training that goes on must have in common with this one, plain values by name.

    Attributes
    ----------
    steps : made so far.
    meter : means since the last entry.
    """

    def __init__(
        self,
        checkpoint: Checkpoint | None,
        model: Model,
        data: Dataset,
        history: History,
        stopping: EarlyStopping | None,
        settings: Plain,
    ) -> None:
        self._checkpoint, self._model, self._data = checkpoint, model, data
        self._history, self._stopping = history, stopping
        self._interrupted = False
        self.steps, self.meter = 0, Meter()
        self._metric = None
        if checkpoint is None:
            return
        if not checkpoint.path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {checkpoint.path.parent} for the checkpoint: make it first")
        for path in (checkpoint.path, checkpoint.bestPath):
            if path.is_dir():
                raise IsADirectoryError(f"{path} is a folder: give the path of a file as checkpoint")
        self._began = self._config()
        self._metric = checkpoint.metric or _chosen(tuple(history.values), stopping)
        if self._metric is not None and self._metric not in history.values:
            raise ValueError(
                f"the checkpoint's best weights go by {self._metric!r}: add it to metrics={list(history.values)}"
            )
        watched = None if stopping is None else f"{stopping.metric}, minDelta={stopping.minDelta:g}"
        self._settings = settings | {"earlyStopping": watched, "metric of the best weights": self._metric}
        self._settings |= _fingerprint(data)
        self._best, self._bestFile = np.inf, b""
        self._written = time.perf_counter()
        self._epochStart = data.rng.bit_generator.state
        for path in (checkpoint.path, checkpoint.bestPath):
            removeLeftovers(path)

    # The course of the training ----------------------------------------------------------------------------------

    def begin(self, resume: bool, epochs: int) -> bool:
        """Puts the training back to where the file says, if it is to go on; otherwise makes room for the new one.

        Returns whether it goes on. Writes the file: what keeps it from being written shows before the first step.
        """
        if self._checkpoint is None:
            if resume:
                raise ValueError("resume=True goes on from a checkpoint: say which one, checkpoint='run.safetensors'")
            return False
        path = self._checkpoint.path
        goesOn = resume and path.exists()
        if goesOn:
            self._resume(path, epochs)
        else:
            keepEarlier(path.parent, (path.name, self._checkpoint.bestPath.name))
        try:
            self._write()
        except TypeError as error:
            raise TypeError(
                f"this training cannot be kept in a checkpoint, which holds numbers, texts and arrays: {error}. See to "
                "the attributes of layers and optimizers of your own"
            ) from error
        return goesOn

    def batches(self, epochs: int) -> Iterator[Batch]:
        """The batches that are left of so many epochs."""
        perEpoch = len(self._data)
        if self._stopping is not None and self._stopping.isOver:
            return
        while self.steps < epochs * perEpoch:
            done = self.steps % perEpoch
            batches = self._goneOn(done) if done else self._begun()
            for train, _, _ in batches:
                yield train

    def _begun(self) -> Iterator[Any]:
        """The batches of an epoch."""
        if self._checkpoint is not None:
            self._epochStart = self._data.rng.bit_generator.state
        return self._data.batches()

    def _goneOn(self, done: int) -> Iterator[Any]:
        """The batches of an epoch after the first ones, in the order in which they were drawn then."""
        generators = self._generators()
        now = {name: generator.bit_generator.state for name, generator in generators.items()}
        self._data.rng.bit_generator.state = self._epochStart
        batches = self._data.batches()
        for _ in range(done):
            next(batches)
        for name, generator in generators.items():
            generator.bit_generator.state = now[name]
        return batches

    def entry(self) -> None:
        """To be called after an entry in the history: keeps the weights if they are the best so far."""
        self.meter = Meter()
        if self._metric is None:
            return
        value = toMinimise(self._metric, self._history)
        if value < self._best:
            self._best, self._bestFile = value, serialize(self._model)

    def look(self, first: Callable[[], Any]) -> None:
        """To be called when all is done that belongs to a step: writes the file if it is time, after calling `first`.

        KeyboardInterrupt if Ctrl-C was pressed.
        """
        if self._checkpoint is None:
            return
        if self._interrupted or time.perf_counter() - self._written >= self._checkpoint.seconds:
            first()
            self._keep()
        if self._interrupted:
            raise KeyboardInterrupt

    def end(self) -> None:
        """To be called after the last step."""
        if self._checkpoint is not None:
            self._keep()

    def close(self) -> None:
        """To be called in any case: the best weights are worth keeping however a training ends."""
        if self._checkpoint is not None:
            with self._forgiving(self._checkpoint.bestPath):
                self._writeBest(self._checkpoint.bestPath)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Lets the first Ctrl-C wait for the end of the step, where this is Python's to decide."""
        usual = self._checkpoint is not None and threading.current_thread() is threading.main_thread()
        if not usual or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return

        def note(number: int, frame: Any) -> None:
            if self._interrupted:
                raise KeyboardInterrupt
            self._interrupted = True

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._interrupted:  # after the last step
            raise KeyboardInterrupt

    # Going on ----------------------------------------------------------------------------------------------------

    def _resume(self, path: Path, epochs: int) -> None:
        """Nothing is changed if the file does not fit."""
        try:
            metadata, tensors = read(path)
        except ValueError as error:
            raise CheckpointError(str(error)) from error
        generators = self._generators()
        before = {name: generator.bit_generator.state for name, generator in generators.items()}
        try:
            state = TrainingState(metadata, tensors)
            self._compare(state, epochs)
            self._restore(state, build(path, metadata, tensors))
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            for name, generator in generators.items():  # a layer of one's own may draw when it is made
                generator.bit_generator.state = before[name]
            message = f"{path} is no checkpoint from which this training could go on: {why(error)}"
            raise CheckpointError(message) from error

    def _compare(self, state: TrainingState, epochs: int) -> None:
        """ValueError that names what differs between the training in the file and this one."""
        then = state.part("settings")
        for name, value in self._settings.items():
            if then.get(name) != value:
                raise ValueError(
                    f"{name} was {then.get(name)!r} there and is {value!r} here; make them equal, or train without "
                    "resume=True"
                )
        began = state.part("began")
        if self._began not in (began, state.part("config")):
            path, one, other = next(differences(began, self._began))
            where = re.sub(r"\.(\d+)", r"[\1]", ".".join(path)) or "description"
            raise ValueError(
                f"it is of another model, whose {where} was {one!r} and is {other!r} here; make them equal, or train "
                "without resume=True"
            )
        perEpoch, done = len(self._data), state.count("steps")
        if done > epochs * perEpoch:
            raise ValueError(
                f"it has gone through {done / perEpoch:g} epochs, and epochs, all of them together, is {epochs}"
            )

    def _restore(self, state: TrainingState, there: Any) -> None:
        """Looks at everything, then puts it in its place. `there` is the model in the file, newly made."""
        model, steps, metrics = self._model, state.count("steps"), list(self._history.values)
        named, generators = model.namedLayers(), self._generators()
        if state.part("config") != plainly(there.config()):
            raise ValueError("it describes two models, one for the training and one for Model.load")
        changes = state.changes(model, there)
        state.checkWeights(model)
        state.checkNames(named)
        state.part("optimizers", named)
        layersThere = there.namedLayers()
        optimizers = {place: state.optimizer(place, layer, layersThere[place]) for place, layer in named.items()}
        drawn = state.part("generators", generators)
        states = {name: state.generator(name, generator, drawn[name]) for name, generator in generators.items()}
        epochStart = state.generator("epochStart", self._data.rng, state.plain["epochStart"])
        history = state.history(metrics, steps * self._data.batch_size)
        wanted = {name.removeprefix("train_") for name in metrics if name.startswith("train_")}
        meter = state.meter(wanted)
        stopping = None if self._stopping is None else state.stopping(model)
        best = state.number("best")
        state.setMemory(model)

        model.setWeights(state.weights)
        for change in changes:
            change.make()
        for place, layer in named.items():
            layer.optimizer.__dict__.update(optimizers[place].settings)
            layer.optimizer.state = optimizers[place].arrays
        self._history.setState(history)
        if self._stopping is not None and stopping is not None:
            self._stopping.setState(*stopping)
        for name, generator in generators.items():
            generator.bit_generator.state = states[name]
        self.steps, self.meter = steps, _meter(meter)
        self._began, self._best, self._epochStart = state.part("began"), best, epochStart

    # Keeping -----------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Writes the file, if that is possible."""
        assert self._checkpoint is not None
        with self._forgiving(self._checkpoint.path):
            self._write()

    @contextmanager
    def _forgiving(self, path: Path) -> Iterator[None]:
        """A training is worth more than its checkpoint: what cannot be written is tried again."""
        try:
            yield
        except (OSError, TypeError, ValueError) as error:
            self._written = time.perf_counter()
            cause = f"{reason(error)}. {remedy(error)}" if isinstance(error, OSError) else f"{error}."
            kept = ", what was written before still stands" if path.exists() else ""
            warnings.warn(
                f"the checkpoint {path} cannot be written: {cause} The training goes on{kept}, and it is tried again.",
                RuntimeWarning,
                stacklevel=6,
            )

    def _writeBest(self, path: Path) -> None:
        if self._bestFile:
            writeAtomically(path, self._bestFile)
            self._bestFile = b""

    def _write(self) -> None:
        """Writes the file, unless the last update has overflowed: the one before is then worth more."""
        assert self._checkpoint is not None
        named = self._model.namedLayers()
        if not all(isFinite(layer.parameterVector) for layer in named.values()):
            return
        arrays = {
            f"{place}.{name}": array for place, layer in named.items() for name, array in layer.optimizer.state.items()
        }
        stopping: Plain = {}
        if self._stopping is not None:
            stopping, bestWeights = self._stopping.state()
            arrays |= {f"{BEST}{name}": array for name, array in (bestWeights or {}).items()}
        state = {
            "steps": self.steps,
            "settings": self._settings,
            "began": self._began,
            "config": self._config(),
            "optimizers": {place: layer.optimizer.settings() for place, layer in named.items()},
            "generators": {name: plainState(one.bit_generator.state) for name, one in self._generators().items()},
            "epochStart": plainState(self._epochStart),
            "model": self._model.state(),
            "meter": self.meter.state(),
            "history": self._history.state(),
            "stopping": stopping,
            "best": self._best,
        }
        self._writeBest(self._checkpoint.bestPath)
        writeAtomically(self._checkpoint.path, serialize(self._model, state, arrays))
        self._written = time.perf_counter()

    def _config(self) -> Plain:
        """The model's, as it is after a way through a file."""
        config: Plain = plainly(self._model.config())
        return config

    def _generators(self) -> dict[str, np.random.Generator]:
        """All that random numbers can come from in this training, by name."""
        own = {f"drawing {i}": one.rng for i, one in enumerate(self._model.drawing()) if one.rng is not None}
        libraries = {"layers": randomness.networks.generator, "dataset": randomness.data.generator}
        return libraries | {"data": self._data.rng} | own


def described(schedule: Any) -> str | None:
    """A schedule as text, by which it is known again."""
    if schedule is None:
        return None
    if isinstance(schedule, Schedule):
        return f"{type(schedule).__name__}({', '.join(f'{k}={_inner(v)}' for k, v in vars(schedule).items())})"
    return getattr(schedule, "__qualname__", type(schedule).__qualname__)


def _inner(value: Any) -> str | None:
    return described(value) if isinstance(value, Schedule) or callable(value) else repr(value)


def _chosen(metrics: tuple[str, ...], stopping: EarlyStopping | None) -> str | None:
    """The metric for the best weights."""
    if stopping is not None:
        return stopping.metric
    names = [f"{split}_{quantity}" for split in ("validation", "test", "train") for quantity in ("loss", "accuracy")]
    return next((name for name in names if name in metrics), None)


def _fingerprint(data: Dataset) -> Plain:
    """What tells data sets from one another."""
    inputs, labels = next(iter(data.chunks("train")))
    content = zlib.crc32(np.ascontiguousarray(labels).data, zlib.crc32(np.ascontiguousarray(inputs).data))
    return {
        "data set": data.name,
        "training samples": data.train_size,
        "batch size": data.batch_size,
        "shuffle": data.shuffle,
        "dropLast": data.dropLast,
        "precision": str(data.dtype),
        "data (checksum)": content,
    }


def _meter(state: Plain) -> Meter:
    meter = Meter()
    meter.setState(state)
    return meter

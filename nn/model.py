"""What all models have in common: parameters, precision, files, evaluation, and the one training loop."""

from __future__ import annotations

import math
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataset import Dataset
from layers import Layer
from loss import Loss
from nn.divergence import DivergenceError, isFinite
from nn.earlystopping import EarlyStopping
from nn.history import History, Meter, MetricName
from nn.progress import ProgressBar
from nn.writer import Callback, Writer

Array = NDArray[Any]
Pair = tuple[Array, Array]


class Model(ABC):
    """Something with layers that `train` can train.

    A model names its layers (`namedLayers`) and its measurable quantities (`quantities`), and writes what one step and
    one evaluation are (`_step`, `_measure`). The rest is here, once.

    Attributes
    ----------
    history : the `History` of the last training, also of one that was interrupted; None before the first.
    """

    kinds: ClassVar[dict[str, type[Model]]] = {}
    quantities: ClassVar[tuple[str, ...]] = ("loss",)
    history: History | None = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Model.kinds[cls.__name__] = cls

    # What a model must say ---------------------------------------------------------------------------------------

    @abstractmethod
    def namedLayers(self) -> dict[str, Layer]:
        """The layers by name, in the order of the forward pass; the names stand in saved files."""

    @abstractmethod
    def _step(
        self, inputs: Array, labels: Array, quantities: frozenset[str], factor: float, batchSize: int
    ) -> dict[str, float]:
        """One update from one mini-batch. Returns the `quantities`, as means over the batch before the update.

        `factor` multiplies the step, and `learningRate` is divided by `batchSize`, also for a smaller last batch: over
        its own size, a batch of one sample would make the largest step of the epoch.

        Raises DivergenceError before anything is updated if a number is not finite.
        """

    @abstractmethod
    def _measure(self, inputs: Array, labels: Array, quantities: frozenset[str]) -> dict[str, float]:
        """The `quantities`, as means over these samples."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What it takes to make this model again, without its parameters' values, as plain values with a "kind"."""

    @classmethod
    @abstractmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        """The model that `config()` described, with fresh parameters."""

    def _prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        """Takes the loss that `train` was called with, if any; checks that loss, data set and model fit together."""
        if loss is not None:
            raise TypeError(f"{type(self).__name__} has a loss of its own: leave out loss={loss!r}")

    # Training ----------------------------------------------------------------------------------------------------

    def train(
        self,
        dataset: Dataset,
        loss: Loss | None = None,
        epochs: int = 10,
        metrics: Iterable[str] = ("train_loss", "test_loss"),
        tensorboard: bool = False,
        callbacks: Mapping[str, Callback] | None = None,
        *,
        schedule: Any = None,
        earlyStopping: EarlyStopping | None = None,
        entriesPerEpoch: int = 1,
        folder: str | os.PathLike[str] | None = None,
        progress: bool | None = None,
    ) -> History:
        """Trains the model on a data set: the one training loop of the library.

        Parameters
        ----------
        dataset : a `Dataset`. The model is converted to its precision before the first step.
        loss : what to minimise; default: what the model has.
        epochs : how often to go through the training set; default 10.
        metrics : names such as "train_loss", "test_accuracy", "validation_loss". Training metrics are averaged over
            the samples since the last entry, as they were before each update; the others are over their whole set.
        tensorboard, callbacks, folder : where the entries go, see `Writer`; `callbacks` maps a metric's name to a
            function of (index, value), the index counts the samples processed.
        schedule : a function of (epoch, epochs) that multiplies the step, see `optimizer.Schedule`; default constant.
        earlyStopping : an `EarlyStopping`; default none.
        entriesPerEpoch : how many entries of the metrics are made in an epoch, evenly spread; default 1, at its end.
        progress : whether to draw a progress bar; default: on a terminal only.

        Returns
        -------
        History : the entries of all metrics.

        Raises
        ------
        DivergenceError : if a number is not finite; names the step, the layer and the likely cause.
        """
        metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
        parsed = {name: MetricName.parse(name, self.quantities) for name in metrics}
        steps = self._checkTraining(
            dataset, epochs, metrics, schedule, entriesPerEpoch, earlyStopping, {m.split for m in parsed.values()}
        )
        wanted = frozenset(metric.quantity for metric in parsed.values() if metric.split == "train")
        entryAt = {math.ceil(k * steps / entriesPerEpoch) for k in range(1, entriesPerEpoch + 1)}
        self._prepare(loss, dataset)
        writer = Writer(metrics, callbacks, tensorboard, folder)
        self.astype(dataset.dtype)
        history = self.history = History(metrics, writer.folder)
        meter, index, start = Meter(), 0, time.perf_counter()
        bar = ProgressBar(epochs * min(steps * dataset.batch_size, dataset.train_size), progress)
        try:
            with writer, bar:
                for step, (inputs, labels) in enumerate(_batches(dataset, epochs)):
                    factor = 1.0 if schedule is None else schedule(step / steps, epochs)
                    with self._watched(step + 1):
                        values = self._step(inputs, labels, wanted | bar.quantities(), factor, dataset.batch_size)
                    index += inputs.shape[-1]
                    meter.add(values, inputs.shape[-1])
                    bar.advance(inputs.shape[-1], values)
                    if step % steps + 1 not in entryAt:
                        continue
                    with self._watched(step + 1):
                        means = {"train": meter.means()} | self._measured(dataset, parsed.values())
                    meter = Meter()
                    history.append(index, {name: means[m.split][m.quantity] for name, m in parsed.items()})
                    with bar.aside():
                        writer.write(index, history.last)
                    if earlyStopping is not None and earlyStopping.shouldStop(self, history):
                        break
        finally:  # also of a training that is interrupted
            if earlyStopping is not None:
                earlyStopping.restore(self, history)
            history.seconds = time.perf_counter() - start
        return history

    def _checkTraining(
        self,
        dataset: Dataset,
        epochs: int,
        metrics: tuple[str, ...],
        schedule: Any,
        entriesPerEpoch: int,
        earlyStopping: EarlyStopping | None,
        splits: set[str],
    ) -> int:
        """The number of steps in an epoch, after a look at the arguments of `train`."""
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f"train needs a Dataset, got {type(dataset).__name__}: make one with Dataset.fromArrays(inputs, labels)"
            )
        if not isinstance(epochs, (int, np.integer)) or epochs < 1:
            raise ValueError(f"train needs epochs to be a positive integer, got {epochs!r}")
        for split in splits - {"train"}:
            if not getattr(dataset, split + "_size"):
                raise ValueError(
                    f"a {split} metric is asked for, but the data set has no {split} samples: give {split}_size"
                )
        steps = len(dataset)
        if not isinstance(entriesPerEpoch, (int, np.integer)) or not 1 <= entriesPerEpoch <= steps:
            raise ValueError(
                f"train needs 1 <= entriesPerEpoch <= {steps} (the steps of an epoch), got {entriesPerEpoch!r}"
            )
        if schedule is not None and (isinstance(schedule, type) or not callable(schedule)):
            raise TypeError(
                f"schedule is a function of (epoch, epochs) such as Cosine() (an instance), got {schedule!r}"
            )
        if earlyStopping is not None:
            if not isinstance(earlyStopping, EarlyStopping):
                raise TypeError(f"earlyStopping is an EarlyStopping(...), got {earlyStopping!r}")
            if earlyStopping.metric not in metrics:
                raise ValueError(f"early stopping watches {earlyStopping.metric!r}: add it to metrics={list(metrics)}")
            earlyStopping.reset()
        return steps

    @contextmanager
    def _watched(self, step: int) -> Iterator[None]:
        """Numbers that are not finite raise no warnings here, but a DivergenceError with the number of the step."""
        try:
            with np.errstate(all="ignore"):
                yield
        except DivergenceError as error:
            raise DivergenceError(error.layer, error.cause, step) from None

    def _measured(self, dataset: Dataset, metrics: Collection[MetricName]) -> dict[str, dict[str, float]]:
        """The metrics of the test and validation set, by split and quantity, if they and the parameters are finite."""
        for place, layer in self.namedLayers().items():
            for name, parameter in layer.parameters.items():
                if not isFinite(parameter):
                    cause = f"Its {name} overflowed in an update: try a tenth of the learning rate, or clipNorm=1."
                    raise DivergenceError(layer.describe() or place, cause)
        means = {}
        for split in {metric.split for metric in metrics} - {"train"}:
            means[split] = self.evaluate(dataset, [m.quantity for m in metrics if m.split == split], split)
            for quantity, value in means[split].items():
                if not math.isfinite(value):
                    cause = f"The {quantity} of the {split} set is {value}: try a tenth of the learning rate."
                    raise DivergenceError(f"the {split} set", cause)
        return means

    # Evaluation --------------------------------------------------------------------------------------------------

    def evaluate(
        self, data: Dataset | Pair, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        """Measures the model: means over all samples, in bounded memory.

        Parameters
        ----------
        data : a `Dataset`, or a pair of arrays (inputs, labels).
        quantities : names such as "loss", "accuracy"; default all that this model has.
        split : "test", "train" or "validation" of the data set; default "test".

        Example
        -------
        >>> classifier.evaluate(dataset)  # doctest: +SKIP
        {'loss': 0.1305, 'accuracy': 0.9781}
        """
        if not isinstance(data, Dataset) and not (isinstance(data, (tuple, list)) and len(data) == 2):
            raise TypeError(f"evaluate takes a Dataset or a pair (inputs, labels), got {type(data).__name__}")
        asked = (quantities,) if isinstance(quantities, str) else tuple(quantities or self.quantities)
        for name in asked:
            if name not in self.quantities:
                raise ValueError(f"unknown quantity {name!r}: this model has {', '.join(self.quantities)}")
        self._prepare(None)
        meter = Meter()
        for inputs, labels in data.chunks(split) if isinstance(data, Dataset) else _chunks(*data):
            meter.add(self._measure(inputs, labels, frozenset(asked)), inputs.shape[-1])
        means = meter.means()
        if not means:
            raise ValueError(f"there are no {split} samples to measure")
        return {name: means[name] for name in asked}

    # Parameters --------------------------------------------------------------------------------------------------

    def astype(self, dtype: Any) -> None:
        """Converts all layers to float32 or float64."""
        for layer in self.namedLayers().values():
            layer.astype(dtype)

    def numParameters(self) -> int:
        """How many numbers the model learns."""
        return sum(layer.numParameters() for layer in self.namedLayers().values())

    def weights(self) -> dict[str, Array]:
        """Copies of all parameters, by "layer.parameter"."""
        return {name: parameter.copy() for name, parameter in self._namedParameters().items()}

    def setWeights(self, weights: Mapping[str, Array]) -> None:
        """Copies values, as `weights()` returned them, into the existing parameters."""
        own = self._namedParameters()
        if own.keys() != weights.keys():
            missing, strange = sorted(own.keys() - weights.keys()), sorted(weights.keys() - own.keys())
            raise ValueError(f"these are not the weights of this model: missing {missing}, unknown {strange}")
        for name, parameter in own.items():
            if parameter.shape != np.shape(weights[name]):
                raise ValueError(f"{name} has shape {parameter.shape}, got {np.shape(weights[name])}")
        for name, parameter in own.items():
            parameter[...] = weights[name]

    def _namedParameters(self) -> dict[str, Array]:
        return {
            f"{place}.{name}": parameter
            for place, layer in self.namedLayers().items()
            for name, parameter in layer.parameters.items()
        }

    # Files -------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Saves architecture and weights to one safetensors file, written in full or not at all; returns its path."""
        from nn.serialization import saveModel

        return saveModel(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model saved in a file by `save`, equal to the bit. Nothing in the file is executed.

        `Model.load` takes every model, a subclass's `load` only its own kind. A layer or activation of your own must
        be imported first.
        """
        from nn.serialization import loadModel

        model = loadModel(path)
        if not isinstance(model, cls):
            raise TypeError(f"{path} holds a model of kind {type(model).__name__}, not {cls.__name__}: use Model.load")
        return model


def _batches(dataset: Dataset, epochs: int) -> Iterable[Pair]:
    for _ in range(epochs):
        for train, _, _ in dataset.batches():
            yield train[0], train[1]


def _chunks(inputs: Array, labels: Array, size: int = 1000) -> Iterable[Pair]:
    inputs, labels = np.asarray(inputs), np.asarray(labels)
    if inputs.ndim < 2 or inputs.shape[-1] == 0 or inputs.shape[-1] != labels.shape[-1]:
        raise ValueError(
            f"expected inputs and labels with as many columns (samples), got {inputs.shape} and {labels.shape}"
        )
    if not isFinite(inputs):
        raise ValueError("the inputs hold NaN or infinity: clean the data")
    for start in range(0, inputs.shape[-1], size):
        yield inputs[..., start : start + size], labels[..., start : start + size]

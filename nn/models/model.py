"""What all models have in common: parameters, precision, files, evaluation, and the one training loop."""

from __future__ import annotations

import math
import os
import time
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataset import Dataset
from layers import Layer
from layers.layer import Shape, moveTogether
from leibnet.threadcount import Threads
from loss import Loss
from nn.storage.stored import Stored
from nn.training.checkpoint import Checkpoint, Keeper, described
from nn.training.earlystopping import EarlyStopping
from nn.training.history import History
from nn.training.metrics import Direction, Meter, MetricName
from nn.training.progress import ProgressBar
from nn.training.step import Batch, Samples, StepContext
from nn.training.writer import Callback, Writer
from nn.watch.divergence import DivergenceError, isFinite
from nn.watch.symptom import Look, Symptom
from nn.watch.symptoms import general
from nn.watch.trainingwatch import Watch

if TYPE_CHECKING:
    from nn.watch.diagnosis import Diagnosis

Array = NDArray[Any]
Pair = tuple[Array, Array]

# The seed of an evaluation's random numbers: one that no user's seed makes equal to the noise in the data.
EVALUATION = 0x1E1B_2E7


Descent = tuple[dict[str, Layer], Callable[[], float]]


class Model(Stored):
    """Something with layers that `train` can train.

    A model names its layers (`namedLayers`) and its measurable quantities (`quantities`), and writes what one step and
    one evaluation are (`step`, `measure`). The rest is here, once.

    Attributes
    ----------
    quantities : what the model can measure, and in which direction it is better.
    metrics : what `train` records if it is not told.
    shown : the quantities in the progress bar.
    labelled : whether labels play a part in the training.
    history : the `History` of the last training, also of one that was interrupted; None before the first.
    """

    quantities: ClassVar[Mapping[str, Direction]] = {"loss": Direction.LOWER}
    metrics: ClassVar[tuple[str, ...]] = ("train_loss", "test_loss")
    shown: ClassVar[tuple[str, ...]] = ("loss",)
    labelled: ClassVar[bool] = True
    history: History | None = None

    # What a model must say ---------------------------------------------------------------------------------------

    @abstractmethod
    def namedLayers(self) -> dict[str, Layer]:
        """The layers by name, in the order of the forward pass; the names stand in saved files."""

    @property
    @abstractmethod
    def inputShape(self) -> Shape | None:
        """The shape of one training sample; None where any will do."""

    @abstractmethod
    def step(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """One update from one mini-batch. Returns the quantities asked for, as means over the batch before the update.

        Raises DivergenceError before anything is updated if a number is not finite.
        """

    @abstractmethod
    def measure(self, batch: Batch, quantities: frozenset[str]) -> dict[str, float]:
        """The `quantities`, as means over these samples."""

    def overall(self, quantities: frozenset[str]) -> dict[str, float]:
        """Quantities that are of all samples of an evaluation together, and no means over them."""
        return {}

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Descent]:
        """What the training descends, for `checkGradients`.

        By name: the layers that move, and a function that computes the loss and leaves its gradients in those layers.
        """

    def state(self) -> dict[str, Any]:
        """What the model itself remembers from one step to the next, besides layers and generators; plain values."""
        return {}

    def setState(self, state: dict[str, Any]) -> None:
        """Takes what `state` gave."""

    def prepare(self, loss: Loss | None, dataset: Dataset | None = None) -> None:
        """Takes the loss that `train` was called with, if any; checks that loss, data set and model fit together."""
        if loss is not None:
            raise TypeError(f"{type(self).__name__} has a loss of its own: leave out loss={loss!r}")

    def chains(self) -> list[list[Layer]]:
        """The layers of each network, in the order of the forward pass."""
        return [list(self.namedLayers().values())]

    def lastLoss(self, look: Look) -> float:
        """The loss of the step that is looked at, before its update; NaN where it does not tell what went well."""
        return math.nan

    def symptoms(self, dataset: Dataset) -> list[Symptom]:
        """What can go wrong in a training; a model adds what is special to it."""
        return general(self.chains(), self.lastLoss)

    # Training ----------------------------------------------------------------------------------------------------

    def train(
        self,
        dataset: Dataset,
        loss: Loss | None = None,
        epochs: int = 10,
        metrics: Iterable[str] | None = None,
        tensorboard: bool = False,
        callbacks: Mapping[str, Callback] | None = None,
        *,
        schedule: Any = None,
        earlyStopping: EarlyStopping | None = None,
        entriesPerEpoch: int = 1,
        folder: str | os.PathLike[str] | None = None,
        progress: bool | None = None,
        watch: bool = True,
        checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> History:
        """Trains the model on a data set: the one training loop of the library.

        Parameters
        ----------
        dataset : a `Dataset`. The model is converted to its precision before the first step.
        loss : what to minimise; default: what the model has.
        epochs : how often to go through the training set; default 10.
        metrics : names such as "train_loss", "test_accuracy", "validation_loss". Training metrics are averaged over
            the samples since the last entry, as they were before each update; the others are over their whole set.
            Default: the loss on training and test set, or what else the model has in its attribute `metrics`.
        tensorboard, callbacks, folder : where the entries go, see `Writer`; `callbacks` maps a metric's name to a
            function of (index, value), the index counts the samples processed.
        schedule : a function of (epoch, epochs) that multiplies the step, see `optimizer.Schedule`; default constant.
        earlyStopping : an `EarlyStopping`; default none.
        entriesPerEpoch : how many entries of the metrics are made in an epoch, evenly spread; default 1, at its end.
        progress : whether to draw a progress bar; default: on a terminal only.
        watch : whether to look, now and then, for what goes wrong in trainings; default True. What is found is said,
            once in each training, as a `TrainingWarning` with the layer, the figure and what to try. `diagnose` tells
            more.
        checkpoint : a file to keep the training in, or a `Checkpoint`, see there; default none.
        resume : whether to go on from the checkpoint, to `epochs` epochs in all, with the same data, arguments and
            model; from the beginning, where there is no such file yet. With one thread (see `leibnet.threadcount`), the
            result is to the bit that of a training that was never interrupted. What callbacks, a `schedule` and
            layers of one's own remember, apart from parameters, is theirs to keep. Default False: a checkpoint that is
            there is kept under another name.

        Returns
        -------
        History : the entries of all metrics.

        Raises
        ------
        DivergenceError : if a number is not finite; names the step, the layer and the likely cause.
        """
        metrics = (metrics,) if isinstance(metrics, str) else tuple(self.metrics if metrics is None else metrics)
        parsed = {name: MetricName.parse(name, self.quantities) for name in metrics}
        steps = self._checkTraining(
            dataset, epochs, metrics, schedule, entriesPerEpoch, earlyStopping, {m.split for m in parsed.values()}
        )
        wanted = frozenset(metric.quantity for metric in parsed.values() if metric.split == "train")
        entryAt = {math.ceil(k * steps / entriesPerEpoch) for k in range(1, entriesPerEpoch + 1)}
        self.prepare(loss, dataset)
        writer = Writer(metrics, callbacks, tensorboard, folder)
        self.astype(dataset.dtype)
        history = self.history = History(metrics, writer.folder)
        settings = {"metrics": list(metrics), "entriesPerEpoch": int(entriesPerEpoch), "schedule": described(schedule)}
        keeper = Keeper(Checkpoint.at(checkpoint), self, dataset, history, earlyStopping, settings)
        if keeper.begin(resume, epochs):
            writer.resume(history, keeper.steps)
        samples = min(steps * dataset.batch_size, dataset.train_size)  # of an epoch
        index = keeper.steps // steps * samples + keeper.steps % steps * dataset.batch_size
        start = time.perf_counter() - history.seconds
        bar = ProgressBar(epochs * samples, progress, self.shown, index)
        try:
            with keeper.interruptible(), writer, bar, Threads(self._largestProduct(dataset.batch_size)) as threads:
                watcher = Watch(self.symptoms(dataset) if watch else (), bar.aside, keeper.steps)
                for batch in keeper.batches(epochs):
                    columns = batch.inputs.shape[-1]
                    epoch = keeper.steps / steps
                    keeper.steps += 1
                    factor = 1.0 if schedule is None else schedule(epoch, epochs)
                    context = StepContext(
                        wanted | bar.quantities(), factor, dataset.batch_size, epoch, epoch / epochs, keeper.steps
                    )
                    threads.look()
                    with self._watched(keeper.steps):
                        values = self.step(batch, context)
                    watcher.look(keeper.steps, batch, epoch)
                    writer.step(self)
                    index += columns
                    keeper.meter.add(values, columns)
                    bar.advance(columns, values)
                    over = False
                    if (keeper.steps - 1) % steps + 1 in entryAt:
                        with self._watched(keeper.steps):
                            means = {"train": keeper.meter.means()} | self._measured(dataset, parsed.values())
                        history.append(index, {name: means[m.split][m.quantity] for name, m in parsed.items()})
                        keeper.entry()
                        watcher.entry(means)
                        with bar.aside():
                            writer.write(index, history.last)
                        over = earlyStopping is not None and earlyStopping.shouldStop(self, history)
                    history.seconds = time.perf_counter() - start
                    keeper.look(writer.flush)
                    if over:
                        break
                keeper.end()
        finally:  # also of a training that is interrupted
            keeper.close()
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
        self, data: Dataset | Pair | Array, quantities: Iterable[str] | None = None, split: str = "test"
    ) -> dict[str, float]:
        """Measures the model: means over all samples, in bounded memory.

        A model that draws random numbers draws the same ones in every evaluation, and none of those of the training.

        Parameters
        ----------
        data : a `Dataset`, a pair of arrays (inputs, labels), or inputs alone for a model that needs no labels.
        quantities : names such as "loss", "accuracy"; default all that this model has.
        split : "test", "train" or "validation" of the data set; default "test".

        Example
        -------
        >>> classifier.evaluate(dataset)  # doctest: +SKIP
        {'loss': 0.1305, 'accuracy': 0.9781}
        """
        if isinstance(data, np.ndarray) and not self.labelled:
            if data.ndim < 2:
                raise ValueError(f"expected samples as columns, (inputDim, N), got shape {data.shape}")
            data = data, np.empty((0, data.shape[-1]))
        if not isinstance(data, Dataset) and not (isinstance(data, (tuple, list)) and len(data) == 2):
            raise TypeError(f"evaluate takes a Dataset or a pair (inputs, labels), got {type(data).__name__}")
        asked = (quantities,) if isinstance(quantities, str) else tuple(quantities or self.quantities)
        for name in asked:
            if name not in self.quantities:
                raise ValueError(f"unknown quantity {name!r}: this model has {', '.join(self.quantities)}")
        self.prepare(None)
        meter = Meter()
        with self.randomness(np.random.default_rng(EVALUATION)):
            for inputs, labels in data.chunks(split) if isinstance(data, Dataset) else _chunks(*data):
                meter.add(self.measure(Samples(inputs, labels), frozenset(asked)), inputs.shape[-1])
        if not meter.samples:
            raise ValueError(f"there are no {split} samples to measure")
        means = meter.means() | self.overall(frozenset(asked))
        return {name: means[name] for name in asked}

    def diagnose(self, dataset: Dataset, split: str = "train", samples: int = 1000) -> Diagnosis:
        """Looks at every layer after one pass, forward and back: a report to print, with pictures.

        The model and all random numbers stay as they are. What one pass can show of what the `watch` of a training
        looks for is said, or "healthy": all but the size of the updates, and whether the loss has stopped falling.

        Parameters
        ----------
        dataset : a `Dataset`.
        split : "train" (default), "validation" or "test".
        samples : how many are chosen from it at random; default 1,000, or all.

        Example
        -------
        >>> diagnosis = classifier.diagnose(dataset)  # doctest: +SKIP
        >>> print(diagnosis)  # doctest: +SKIP
        >>> diagnosis.figures()["activations"].savefig("activations.png")  # doctest: +SKIP
        """
        from nn.watch.diagnosis import diagnose

        return diagnose(self, dataset, split, samples)

    # Parameters --------------------------------------------------------------------------------------------------

    def astype(self, dtype: Any) -> None:
        """Converts all layers to float32 or float64. Their parameters are new arrays afterwards."""
        layers = list(self.namedLayers().values())
        if any(layer.dtype != dtype for layer in layers):
            moveTogether(layers, dtype)

    def numParameters(self) -> int:
        """How many numbers the model learns."""
        return sum(layer.numParameters() for layer in self.namedLayers().values())

    def _largestProduct(self, batchSize: int) -> int:
        """Multiplications in the largest product of a step."""
        return max(layer.numParameters() for layer in self.namedLayers().values()) * batchSize

    def arrays(self) -> dict[str, Array]:
        return {
            f"{place}.{name}": parameter
            for place, layer in self.namedLayers().items()
            for name, parameter in layer.parameters.items()
        }

    # Random numbers ----------------------------------------------------------------------------------------------

    def drawing(self) -> list[Any]:
        """Everything that draws random numbers while the model computes, by its attribute `rng`."""
        return list(self.namedLayers().values())

    @contextmanager
    def randomness(self, rng: np.random.Generator) -> Iterator[None]:
        """For a while, all random numbers come from this generator: the same state, the same noise."""
        kept = [(one, one.rng) for one in self.drawing()]
        for one, _ in kept:
            one.rng = rng
        try:
            yield
        finally:
            for one, own in kept:
                one.rng = own


def _chunks(inputs: Array, labels: Array, size: int = 1000) -> Iterable[Pair]:
    inputs, labels = np.asarray(inputs), np.asarray(labels)
    if inputs.ndim < 2 or inputs.shape[-1] == 0 or inputs.shape[-1:] != labels.shape[-1:]:
        raise ValueError(
            f"expected inputs and labels with as many columns (samples), got {inputs.shape} and {labels.shape}"
        )
    if inputs.dtype.kind not in "fiub":
        raise TypeError(f"expected inputs of real numbers, got dtype {inputs.dtype}")
    if inputs.dtype.kind == "f" and not isFinite(inputs):
        raise ValueError("the inputs hold NaN or infinity: clean the data")
    for start in range(0, inputs.shape[-1], size):
        yield inputs[..., start : start + size], labels[..., start : start + size]
